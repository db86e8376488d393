using System.Buffers.Binary;
using System.Diagnostics;
using Volley.Ssh.Net;
using Volley.Ssh.Transport.Ciphers;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Transport;

/// <content>
/// Sending: messages are encrypted into one buffer, in order, while the previous buffer is being written. The receiving side never waits for a
/// write.
/// </content>
internal sealed partial class EncryptedPackets
{
    /// <summary>The number of unread bytes that ends the connection, because the peer requests answers without reading them.</summary>
    private const int MaxUnread = 1 << 20;

    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromMilliseconds(20);

    private readonly Lock _sendLock = new();
    private readonly WriteBuffer _out;
    private readonly RandomBytes _random = new();
    // Set during a key exchange, from this side's KEXINIT to its NEWKEYS: messages of the layers above wait for it.
    private TaskCompletionSource? _newKeys;
    private byte[] _clientInit = [];
    // The messages of the login, whose sender does not wait for the exchange.
    private readonly List<OutgoingMessage> _afterNewKeys = [];
    private PacketCipher _sealer = new ClearPackets();
    private uint _sendNumber;
    private KeyAge _sendAge;
    private SshException? _failure;
    // The stream is broken in both directions.
    private bool _isBroken;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        return TrySend(message.Span) is { } wait ? WaitAndWriteAsync(wait, message, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Flush() => _out.Flush();

    /// <summary>Adds a message, which is written with the next ones, at the latest when the reader waits. Takes ownership of the array.</summary>
    internal void Queue(OutgoingMessage message)
    {
        int unread;
        lock (_sendLock)
        {
            // During the exchange only messages of the transport may be sent (RFC 4253 section 7.1).
            if (_newKeys is not null && _failure is null && message.Memory.Span[0] is MessageNumber.ServiceRequest or >= MessageNumber.UserAuthRequest)
            {
                _afterNewKeys.Add(message);
                return;
            }
            if (_failure is null)
                Seal(message.Memory.Span);
            unread = _out.Length;
        }
        message.Return();
        if (unread > MaxUnread)
            throw SshException.Violation("the server does not read the answers that it asks for");
    }

    private async ValueTask WaitAndWriteAsync(Task wait, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        for (var next = wait; next is not null; next = TrySend(message.Span))
            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds a message of the layers above to the buffer. Returns null, or the task to wait for before another try.</summary>
    private Task? TrySend(ReadOnlySpan<byte> message)
    {
        lock (_sendLock)
        {
            if (_failure is not null)
                throw new SshException(_failure);
            if (_newKeys is not null)
                return _newKeys.Task;
            if (_out is { IsWriting: true, IsFull: true })
                return _out.WaitAsync();
            Seal(message);
            if (IsAuthenticated && _exchange is null && _sendAge.IsRipe(_options))
                AskForNewKeys();
            // The request for new keys is written at once: the next message waits for the server, which waits for the request.
            if (_newKeys is null && !_out.IsFull)
                return null;
        }
        Flush();
        return null;
    }

    /// <summary>Begins a key exchange, unless one is in progress. The reader completes it.</summary>
    private void AskForNewKeys()
    {
        lock (_sendLock)
        {
            if (_newKeys is not null || _failure is not null)
                return;
            _newKeys = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Span<byte> cookie = stackalloc byte[KexInit.CookieLength];
            _random.Fill(cookie);
            _clientInit = KexInit.Create(_options).Write(cookie, isFirst: _sessionId.Length == 0);
            Seal(_clientInit);
        }
    }

    /// <summary>Sends NEWKEYS and switches to the new keys.</summary>
    private void UseNewKeys(PacketCipher sealer)
    {
        TaskCompletionSource? waiting;
        lock (_sendLock)
        {
            Seal([MessageNumber.NewKeys]);
            _sealer.Dispose();
            _sealer = sealer;
            if (IsStrict)
                _sendNumber = 0;
            _sendAge = new(_options.Time);
            (waiting, _newKeys) = (_newKeys, null);
            foreach (var message in _afterNewKeys)
            {
                Seal(message.Memory.Span);
                message.Return();
            }
            _afterNewKeys.Clear();
        }
        waiting?.TrySetResult();
    }

    /// <summary>Encrypts a message into a packet at the end of the buffer. Requires the lock.</summary>
    private void Seal(ReadOnlySpan<byte> message)
    {
        if (_sendAge.IsOver)
            throw SshException.Violation("the server takes no new keys");
        var block = _sealer.BlockLength;
        var padding = block - ((_sealer.AlignedHeader + 1 + message.Length) % block);
        if (padding < MinPadding)
            padding += block;
        var length = 1 + message.Length + padding;
        var packet = _out.Claim(PacketCipher.HeaderLength + length + _sealer.TagLength);
        BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)length);
        packet[PacketCipher.HeaderLength] = (byte)padding;
        message.CopyTo(packet[(PacketCipher.HeaderLength + 1)..]);
        _random.Fill(packet.Slice(PacketCipher.HeaderLength + 1 + message.Length, padding));
        _sealer.Seal(_sendNumber++, packet);
        _sendAge.Count(packet.Length);
    }

    /// <summary>Sends SSH_MSG_DISCONNECT, unless the server is gone or does not read.</summary>
    private async ValueTask SayGoodbyeAsync()
    {
        lock (_sendLock)
        {
            if (_isBroken || _failure?.Failure is SshFailure.Disconnected || _sendAge.IsOver)
                return;
            var goodbye = new SshWriter(MessageNumber.Disconnect);
            goodbye.WriteUInt32(DisconnectReason.Of(_failure?.Failure));
            goodbye.WriteText(_failure is null ? "done" : "failed");
            goodbye.WriteText("");
            var message = goodbye.Finish();
            Seal(message.Memory.Span);
            message.Return();
        }
        Flush();
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            Task written;
            lock (_sendLock)
            {
                if (!_out.IsWriting)
                    return;
                written = _out.WaitAsync();
            }
            try
            {
                await written.WaitAsync(GoodbyeLimit - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    /// <summary>Stops sending. A pending write ends with the stream.</summary>
    private void EndSending()
    {
        lock (_sendLock)
        {
            _sealer.Dispose();
            _out.Drop();
            foreach (var message in _afterNewKeys)
                message.Return();
            _afterNewKeys.Clear();
        }
    }
}
