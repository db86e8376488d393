namespace Volley.Cli.Buffers;

/// <summary>Receives the lines that a <see cref="LineBuffer"/> splits.</summary>
internal interface ILineSink
{
    /// <summary>Begins a line.</summary>
    void BeginLine();

    /// <summary>Receives the next piece of the line. The last piece ends with the newline.</summary>
    void Write(ReadOnlySpan<byte> piece);

    /// <summary>Ends the line.</summary>
    void EndLine();
}
