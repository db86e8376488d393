using System.Buffers.Binary;
using Volley.Input;

namespace Volley.Cli.Output;

/// <summary>The buffered output of one node, both streams in the order of arrival.</summary>
internal sealed class OutputBuffer : IDisposable
{
    // The header of each chunk: one byte for the stream, four for the length.
    private const int HeaderSize = 5;

    private readonly SpillBuffer _chunks = new();

    // The end of the last complete chunk: a failed append can leave part of a chunk behind.
    private long _length;

    /// <summary>Receives a piece of the output.</summary>
    internal delegate void Take(StreamKind stream, ReadOnlySpan<byte> piece);

    /// <summary>Appends a chunk.</summary>
    /// <exception cref="IOException">The temporary file can't be written. Earlier chunks are intact.</exception>
    public void Append(NodeOutput output)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        header[0] = (byte)output.Stream;
        BinaryPrimitives.WriteInt32LittleEndian(header[1..], output.Data.Length);
        _chunks.Append(header);
        _chunks.Append(output.Data.Span);
        _length = _chunks.Length;
    }

    /// <summary>Discards the output.</summary>
    public void Clear()
    {
        _chunks.Clear();
        _length = 0;
    }

    /// <summary>Passes the whole output to <paramref name="take"/>, in pieces of at most 64 KiB.</summary>
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
                throw new IOException("the temporary file was truncated");
            position += count;
            buffer = buffer[count..];
        }
    }
}
