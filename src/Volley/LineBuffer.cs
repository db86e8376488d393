namespace Volley;

/// <summary>
/// Cuts one stream into whole lines, whatever chunks it comes in. Only a newline ends a line. A line that is not complete
/// yet is held, beyond 1 MiB in a temporary file.
/// </summary>
public sealed class LineBuffer : IDisposable
{
    private SpillBuffer? _partial;

    /// <summary>How many bytes of an incomplete line it holds.</summary>
    public long Held => _partial?.Length ?? 0;

    /// <summary>Adds a chunk; what it completes is passed on.</summary>
    /// <param name="chunk">The next bytes of the stream.</param>
    /// <param name="sink">Takes the pieces.</param>
    /// <exception cref="IOException">The temporary file can't be written or read.</exception>
    public void Append(ReadOnlySpan<byte> chunk, ILineSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        while (chunk.IndexOf((byte)'\n') is >= 0 and var newline)
        {
            var end = newline + 1;
            PassOn(chunk[..end], sink);
            chunk = chunk[end..];
        }

        Hold(chunk);
    }

    /// <summary>Adds a chunk; all lines that lie in it as a whole are passed on as if they were one.</summary>
    /// <inheritdoc cref="Append"/>
    public void AppendBlock(ReadOnlySpan<byte> chunk, ILineSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var first = Held > 0 ? chunk.IndexOf((byte)'\n') + 1 : 0;
        var last = chunk.LastIndexOf((byte)'\n') + 1;
        if (first > 0)
            PassOn(chunk[..first], sink);
        if (last > first)
            PassOn(chunk[first..last], sink);
        Hold(chunk[last..]);
    }

    /// <summary>The stream has ended: a last line without a newline gets one.</summary>
    /// <exception cref="IOException">The temporary file can't be read.</exception>
    public void Complete(ILineSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (Held > 0)
            PassOn("\n"u8, sink);
    }

    /// <inheritdoc/>
    public void Dispose() => _partial?.Dispose();

    private void PassOn(ReadOnlySpan<byte> end, ILineSink sink)
    {
        BeginLine(sink);
        sink.Write(end);
        sink.EndLine();
    }

    private void Hold(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > 0)
            (_partial ??= new SpillBuffer()).Append(rest);
    }

    /// <summary>Begins a line with what is held of it.</summary>
    private void BeginLine(ILineSink sink)
    {
        sink.BeginLine();
        if (_partial is not { Length: > 0 } held)
            return;
        var buffer = new byte[Math.Min(held.Length, 64 * 1024)];
        for (long position = 0; held.Read(position, buffer) is > 0 and var count; position += count)
            sink.Write(buffer.AsSpan(0, count));
        held.Clear();
    }
}

/// <summary>Takes the lines that a <see cref="LineBuffer"/> cuts.</summary>
public interface ILineSink
{
    /// <summary>A line begins.</summary>
    void BeginLine();

    /// <summary>A piece of the line, in order; the last one ends with its newline.</summary>
    void Write(ReadOnlySpan<byte> piece);

    /// <summary>The line is complete.</summary>
    void EndLine();
}
