using System.Buffers.Binary;

namespace Volley.Ssh.Packets;

/// <summary>Reads frames (uint32 length and so many bytes) from a stream. Its buffer is small until much comes: there may be thousands of them.</summary>
internal sealed class FrameReader(Stream stream)
{
    /// <summary>A little more than the longest packet that OpenSSH sends, 256 KiB.</summary>
    public const int LongestFrame = (256 << 10) + (4 << 10);

    private const int SmallestBuffer = 1 << 10;
    private const int LargestBuffer = 128 << 10;

    // Not from the pool: whoever disposes the stream while a read waits could not tell when to give it back.
    private byte[] _buffer = new byte[SmallestBuffer];
    private int _start;
    private int _end;

    /// <summary>Reads the next frame, without its length.</summary>
    /// <returns>Valid until the next read; null at the end of the stream.</returns>
    /// <exception cref="SshException">The stream ended within a frame, or a frame is too long.</exception>
    /// <exception cref="IOException">The stream is broken.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var needed = sizeof(uint);
            if (_end - _start >= needed)
            {
                var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
                if (length > LongestFrame)
                    throw SshException.Violation($"a message of {length} bytes");
                needed += (int)length;
                if (_end - _start >= needed)
                {
                    var frame = _buffer.AsMemory(_start + sizeof(uint), (int)length);
                    _start += needed;
                    return frame;
                }
            }
            MakeRoom(needed);
            var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return _start == _end
                    ? null
                    : throw new SshException(SshFailure.ConnectionLost, "the connection was closed in the middle of a message");
            }
            _end += count;
        }
    }

    private void MakeRoom(int needed)
    {
        var unread = _end - _start;
        // A buffer that was filled to its end is one that more could have come into.
        var size = _end == _buffer.Length && _buffer.Length < LargestBuffer ? _buffer.Length * 2 : _buffer.Length;
        if (Math.Max(size, needed) > _buffer.Length)
        {
            var larger = new byte[Math.Max(size, needed)];
            _buffer.AsSpan(_start, unread).CopyTo(larger);
            _buffer = larger;
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, unread).CopyTo(_buffer);
        }
        (_start, _end) = (0, unread);
    }
}
