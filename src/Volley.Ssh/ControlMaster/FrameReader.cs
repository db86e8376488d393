using System.Buffers.Binary;
using Volley.Ssh.Net;

namespace Volley.Ssh.ControlMaster;

/// <summary>Reads frames from a stream: a uint32 length, followed by that many bytes.</summary>
internal sealed class FrameReader(Stream stream)
{
    /// <summary>The longest frame: a little more than OpenSSH's longest packet, 256 KiB.</summary>
    public const int LongestFrame = (256 << 10) + (4 << 10);

    private const int SmallestBuffer = 1 << 10;
    private const int LargestBuffer = 128 << 10;

    private readonly UnreadBytes _received = new(SmallestBuffer, LargestBuffer);

    /// <summary>Whether the next frame has arrived completely.</summary>
    public bool HasFrame => _received.Count >= sizeof(uint) && _received.Count - sizeof(uint) >= BinaryPrimitives.ReadUInt32BigEndian(_received.Span);

    /// <summary>Reads the next frame, without its length.</summary>
    /// <returns>The frame, valid until the next read; null at the end of the stream.</returns>
    /// <exception cref="SshException">The stream ended within a frame, or a frame is too long.</exception>
    /// <exception cref="IOException">The stream is broken.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var needed = sizeof(uint);
            if (_received.Count >= needed)
            {
                var length = BinaryPrimitives.ReadUInt32BigEndian(_received.Span);
                if (length > LongestFrame)
                    throw SshException.Violation($"a message of {length} bytes");
                needed += (int)length;
                if (_received.Count >= needed)
                    return _received.Take(needed)[sizeof(uint)..];
            }
            var count = await stream.ReadAsync(_received.MakeRoom(needed), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return _received.Count == 0
                    ? null
                    : throw new SshException(SshFailure.ConnectionLost, "the connection was closed in the middle of a message");
            }
            _received.Add(count);
        }
    }
}
