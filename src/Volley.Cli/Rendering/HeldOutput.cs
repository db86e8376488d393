using System.Buffers.Binary;

namespace Volley.Cli.Rendering;

/// <summary>What one node printed, both streams in their order of arrival, held back until it is shown as a whole.</summary>
internal sealed class HeldOutput : IDisposable
{
    // Before each chunk: its stream and its length.
    private const int HeaderSize = 5;

    private readonly SpillBuffer _chunks = new();

    // An append that failed may have left a part of a chunk behind it.
    private long _length;

    /// <summary>Takes one piece of the output.</summary>
    internal delegate void Take(StreamKind stream, ReadOnlySpan<byte> piece);

    /// <summary>Adds what has come.</summary>
    /// <exception cref="IOException">The temporary file takes no more. What was added before is still there.</exception>
    public void Append(NodeOutput output)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        header[0] = (byte)output.Stream;
        BinaryPrimitives.WriteInt32LittleEndian(header[1..], output.Data.Length);
        _chunks.Append(header);
        _chunks.Append(output.Data.Span);
        _length = _chunks.Length;
    }

    /// <summary>Forgets all of it.</summary>
    public void Clear()
    {
        _chunks.Clear();
        _length = 0;
    }

    /// <summary>Gives all of it back, in pieces of at most 64 KiB.</summary>
    public void Replay(Take take)
    {
        var buffer = new byte[64 * 1024];
        Span<byte> header = stackalloc byte[HeaderSize];
        for (long position = 0; position < _length;)
        {
            ReadExactly(position, header);
            position += HeaderSize;
            var stream = (StreamKind)header[0];
            for (var left = BinaryPrimitives.ReadInt32LittleEndian(header[1..]); left > 0;)
            {
                var piece = buffer.AsSpan(0, Math.Min(left, buffer.Length));
                ReadExactly(position, piece);
                take(stream, piece);
                position += piece.Length;
                left -= piece.Length;
            }
        }
    }

    public void Dispose() => _chunks.Dispose();

    private void ReadExactly(long position, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = _chunks.Read(position, buffer);
            if (count == 0)
                throw new IOException("the temporary file is shorter than what was written to it");
            position += count;
            buffer = buffer[count..];
        }
    }
}
