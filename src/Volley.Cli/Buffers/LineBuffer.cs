using Volley.Input;

namespace Volley.Cli.Buffers;

/// <summary>
/// Splits one stream into whole lines, independent of the chunks it arrives in. Only a newline ends a line. An incomplete line
/// is buffered in memory up to 1 MiB, beyond that in a temporary file.
/// </summary>
internal sealed class LineBuffer : IDisposable
{
    private SpillBuffer? _partial;

    /// <summary>The size of the buffered incomplete line, in bytes.</summary>
    public long Held => _partial?.Length ?? 0;

    /// <summary>Adds a chunk, and passes the lines that it completes to the sink.</summary>
    /// <param name="chunk">The next bytes of the stream.</param>
    /// <param name="sink">Receives the pieces of each line.</param>
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

    /// <summary>Adds a chunk, and passes all lines that lie wholly in it to the sink as one block.</summary>
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

    /// <summary>Ends the stream. An incomplete last line gets a newline and is passed on.</summary>
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

    /// <summary>Begins a line with its buffered part.</summary>
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
