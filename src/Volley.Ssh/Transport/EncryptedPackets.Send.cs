using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Volley.Ssh.Transport;
using Volley.Ssh.Transport.Ciphers;
using Volley.Ssh.Transport.KeyExchange;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>
/// Sending: messages are encrypted into one buffer, in order, while the previous buffer is being written, so that one write takes as many as
/// have accumulated. The receiving side never waits for a write.
/// </content>
public sealed partial class EncryptedPackets
{
    /// <summary>The number of bytes behind a pending write at which the writer must wait.</summary>
    private const int FullAt = 64 << 10;

    /// <summary>The number of unread bytes that ends the connection, because the peer requests answers without reading them.</summary>
    private const int MostUnread = 1 << 20;

    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromMilliseconds(20);

    private readonly Lock _sendLock = new();
    private byte[]? _out;
    private int _outLength;
    private bool _isWriting;
    private TaskCompletionSource? _room;
    // Set during a key exchange, from this side's KEXINIT to its NEWKEYS: messages of the layers above wait for it.
    private TaskCompletionSource? _newKeys;
    private byte[] _clientInit = [];
    // The messages of the login, whose sender does not wait for the exchange.
    private readonly List<OutgoingMessage> _afterNewKeys = [];
    // The thread whose writes are buffered until its next read.
    private int _holdingThread;
    private PacketCipher _sealer = new ClearPackets();
    private uint _sendNumber;
    private KeyAge _sendAge;
    private SshException? _failure;
    // The stream is broken in both directions.
    private bool _isBroken;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        WriteAsync(message, moreFollow: false, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, bool moreFollow, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        if (TrySend(message.Span, moreFollow) is not { } wait)
            return ValueTask.CompletedTask;
        return WaitAndWriteAsync(wait, message, moreFollow, cancellationToken);
    }

    /// <summary>Adds a message, which is coalesced into the next write, at the latest when the reader waits. Takes ownership of the array.</summary>
    internal void Queue(OutgoingMessage message)
    {
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
        }
        message.Return();
        if (_outLength > MostUnread)
            throw SshException.Violation("the server does not read the answers that it asks for");
    }

    /// <inheritdoc/>
    public void HoldUntilRead()
    {
        lock (_sendLock)
            _holdingThread = Environment.CurrentManagedThreadId;
    }

    private async ValueTask WaitAndWriteAsync(Task wait, ReadOnlyMemory<byte> message, bool moreFollow, CancellationToken cancellationToken)
    {
        for (var next = wait; next is not null; next = TrySend(message.Span, moreFollow))
            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a message of the layers above. Returns null, or the task to wait for before another try.</summary>
    private Task? TrySend(ReadOnlySpan<byte> message, bool moreFollow)
    {
        lock (_sendLock)
        {
            if (_failure is not null)
                throw _failure.Again();
            if (_newKeys is not null)
                return _newKeys.Task;
            if (_isWriting && _outLength >= FullAt)
                return (_room ??= NewSignal()).Task;
            Seal(message);
            if (IsAuthenticated && _exchange is null && _sendAge.IsRipe(_options))
                AskForNewKeys();
            // A message during a key exchange is written at once: the next message waits for the server, which waits for this one.
            if ((moreFollow || _holdingThread == Environment.CurrentManagedThreadId) && _newKeys is null && _outLength < FullAt)
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
            _newKeys = NewSignal();
            _clientInit = KexInit.Of(_options).Write(isFirst: _sessionId.Length == 0);
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
        if (padding < SmallestPadding)
            padding += block;
        var length = 1 + message.Length + padding;
        var packet = Claim(PacketCipher.HeaderLength + length + _sealer.TagLength);
        BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)length);
        packet[PacketCipher.HeaderLength] = (byte)padding;
        message.CopyTo(packet[(PacketCipher.HeaderLength + 1)..]);
        RandomPadding.Fill(packet.Slice(PacketCipher.HeaderLength + 1 + message.Length, padding));
        _sealer.Seal(_sendNumber++, packet);
        _sendAge.Count(packet.Length);
    }

    private Span<byte> Claim(int count)
    {
        var needed = _outLength + count;
        if (_out is null || _out.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(needed);
            if (_out is not null)
            {
                _out.AsSpan(0, _outLength).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_out);
            }
            _out = larger;
        }
        _outLength = needed;
        return _out.AsSpan(needed - count, count);
    }

    /// <summary>Starts writing the buffer. Does not wait for the write.</summary>
    internal void Flush()
    {
        lock (_sendLock)
        {
            if (_isWriting || _outLength == 0)
                return;
            _isWriting = true;
        }
        _ = WriteOutAsync();
    }

    /// <summary>Starts writing the buffer before the reader waits, and stops buffering this thread's writes.</summary>
    private void FlushForReader()
    {
        lock (_sendLock)
            _holdingThread = 0;
        Flush();
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
                if (!_isWriting)
                    return;
                written = (_room ??= NewSignal()).Task;
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
            if (_out is not null)
                ArrayPool<byte>.Shared.Return(_out);
            (_out, _outLength) = (null, 0);
            foreach (var message in _afterNewKeys)
                message.Return();
            _afterNewKeys.Clear();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task WriteOutAsync()
    {
        while (true)
        {
            byte[] bytes;
            int length;
            TaskCompletionSource? room;
            lock (_sendLock)
            {
                (room, _room) = (_room, null);
                if (_outLength == 0 || _isBroken)
                {
                    _isWriting = false;
                    bytes = [];
                    length = 0;
                }
                else
                {
                    (bytes, length) = (_out!, _outLength);
                    (_out, _outLength) = (null, 0);
                }
            }
            room?.TrySetResult();
            if (length == 0)
                return;
            try
            {
                await _stream.WriteAsync(bytes.AsMemory(0, length)).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // After any failure the stream can't be used, and the next writer gets the error.
            catch (Exception e)
#pragma warning restore CA1031
            {
                OnStreamBroken(e);
                continue;
            }
            // Not returned after a failure, because the stream may still use the array.
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
