using Volley.Ssh.Net;
using Volley.Ssh.Transport.Ciphers;

namespace Volley.Ssh.Transport;

/// <content>
/// Receiving: one read fills the buffer with as many packets as are available, and each packet is decrypted in place. Used by the reader.
/// </content>
internal sealed partial class EncryptedPackets
{
    /// <summary>The longest packet that OpenSSH sends.</summary>
    private const int MaxPacketLength = 256 << 10;

    /// <summary>The packet size that every implementation must accept (RFC 4253 section 6.1). No unencrypted packet is longer.</summary>
    private const int MaxClearPacketLength = 35_000;

    private const int MinBufferSize = 4 << 10;
    private const int MaxBufferSize = 256 << 10;
    private const int MinPadding = 4;

    private readonly UnreadBytes _received = new(MinBufferSize, MaxBufferSize);
    // Protects the reader against DisposeAsync, which does not wait for it.
    private readonly Lock _receiveLock = new();
    private bool _isClosed;
    private PacketCipher _opener = new ClearPackets();
    private uint _receiveNumber;
    private KeyAge _receiveAge;

    /// <summary>Waits for more bytes. Returns false at the end of the stream.</summary>
    private async ValueTask<bool> ReceiveMoreAsync(CancellationToken cancellationToken)
    {
        Memory<byte> room;
        lock (_receiveLock)
        {
            if (_isClosed)
                return false;
            HasPacket(out _, out var needed);
            room = _received.MakeRoom(needed);
        }
        // The peer can't answer messages that have not been written.
        Flush();
        var count = await _stream.ReadAsync(room, cancellationToken).ConfigureAwait(false);
        OnRead(count);
        return count > 0 || _received.Count == 0 || _isClosed
            ? count > 0
            : throw new SshException(SshFailure.ConnectionLost, "the connection was closed in the middle of a message");
    }

    private void OnRead(int count)
    {
        _received.Add(count);
        Interlocked.Add(ref _receivedBytes, count);
    }

    /// <summary>Takes a packet of any kind from the buffer, if one is complete.</summary>
    private bool TryTakePacket(out ReadOnlyMemory<byte> message)
    {
        message = default;
        lock (_receiveLock)
        {
            if (_isClosed || !HasPacket(out var length, out var needed))
                return false;
            message = Open(length, needed);
            return true;
        }
    }

    /// <summary>Decrypts the next packet of the buffer and returns its message. Requires the lock.</summary>
    private ReadOnlyMemory<byte> Open(uint length, int needed)
    {
        if (!IsSound(length))
            throw SshException.Violation($"a packet of {length} bytes");
        var packet = _received.Take(needed);
        if (!_opener.TryOpen(_receiveNumber, packet.Span))
            throw new SshException(SshFailure.Corrupted, "a message was damaged on its way: its MAC is wrong");
        var padding = packet.Span[PacketCipher.HeaderLength];
        var payload = (int)length - 1 - padding;
        if (padding < MinPadding || payload < 1)
            throw SshException.Violation($"a packet of {length} bytes with {padding} bytes of padding");
        LastSequenceNumber = _receiveNumber++;
        _receiveAge.Count(needed);
        if (_receiveAge.IsOver)
            throw SshException.Violation("the server continues with expired keys");
        if (IsAuthenticated && _exchange is null && _receiveAge.IsRipe(_options))
            AskForNewKeys();
        return packet.Slice(PacketCipher.HeaderLength + 1, payload);
    }

    /// <summary>Returns whether a packet is complete, or its length is invalid; otherwise sets how many bytes are needed to continue.</summary>
    private bool HasPacket(out uint length, out int needed)
    {
        length = 0;
        needed = PacketCipher.HeaderLength + Math.Max(_opener.BlockLength, MinPadding + 2);
        if (_received.Count < needed)
            return false;
        length = _opener.ReadLength(_receiveNumber, _received.Span[..PacketCipher.HeaderLength]);
        if (!IsSound(length))
            return true;
        needed = PacketCipher.HeaderLength + (int)length + _opener.TagLength;
        return _received.Count >= needed;
    }

    private bool IsSound(uint length) =>
        length <= (_opener is ClearPackets ? MaxClearPacketLength : MaxPacketLength)
        && length >= MinPadding + 2
        && (length + _opener.AlignedHeader) % _opener.BlockLength == 0;

    /// <summary>Switches to new keys.</summary>
    private void OpenWith(PacketCipher opener)
    {
        lock (_receiveLock)
        {
            _opener.Dispose();
            _opener = opener;
            if (_isClosed)
                _opener.Dispose();
            if (IsStrict)
                _receiveNumber = 0;
            _receiveAge = new(_options.Time);
        }
    }

    private void EndReceiving()
    {
        lock (_receiveLock)
        {
            _isClosed = true;
            _opener.Dispose();
        }
    }
}
