using System.Buffers.Binary;
using Volley.Ssh.Net;

namespace Volley.Ssh.ControlMaster;

/// <summary>Reads frames from a stream: a uint32 length, followed by that many bytes.</summary>
internal sealed class FrameReader(Stream stream)
{
    /// <summary>The longest frame: a little more than OpenSSH's longest packet, 256 KiB.</summary>
    public const int MaxFrameLength = (256 << 10) + (4 << 10);

    private const int MinBufferSize = 1 << 10;
    private const int MaxBufferSize = 128 << 10;

    private readonly UnreadBytes _received = new(MinBufferSize, MaxBufferSize);
    private long _receivedBytes;

    /// <summary>The number of bytes received so far.</summary>
    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    /// <summary>Takes the next frame, without its length, if it has arrived completely.</summary>
    /// <param name="frame">The frame, valid until more is received.</param>
    /// <exception cref="SshException">The frame is too long.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> frame)
    {
        var needed = Needed();
        var isComplete = _received.Count >= needed;
        frame = isComplete ? _received.Take(needed)[sizeof(uint)..] : default;
        return isComplete;
    }

    /// <summary>Waits for more bytes. Returns false at the end of the stream.</summary>
    /// <exception cref="SshException">The stream ended within a frame.</exception>
    /// <exception cref="IOException">The stream is broken.</exception>
    public async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        var count = await stream.ReadAsync(_received.MakeRoom(Needed()), cancellationToken).ConfigureAwait(false);
        _received.Add(count);
        Interlocked.Add(ref _receivedBytes, count);
        return count > 0 || _received.Count == 0
            ? count > 0
            : throw new SshException(SshFailure.ConnectionLost, "the connection was closed in the middle of a message");
    }

    /// <summary>Reads the next frame, without its length.</summary>
    /// <returns>The frame, valid until the next read; null at the end of the stream.</returns>
    /// <exception cref="SshException">The stream ended within a frame, or a frame is too long.</exception>
    /// <exception cref="IOException">The stream is broken.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> frame;
        while (!TryRead(out frame))
        {
            if (!await ReceiveAsync(cancellationToken).ConfigureAwait(false))
                return null;
        }
        return frame;
    }

    /// <summary>Returns the number of bytes of the next frame, or of its length if that has not arrived.</summary>
    private int Needed()
    {
        if (_received.Count < sizeof(uint))
            return sizeof(uint);
        var length = BinaryPrimitives.ReadUInt32BigEndian(_received.Span);
        return length <= MaxFrameLength ? sizeof(uint) + (int)length : throw SshException.Violation($"a message of {length} bytes");
    }
}
