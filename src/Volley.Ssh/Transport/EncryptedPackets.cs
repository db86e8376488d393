using System.Net.Sockets;
using System.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Transport;

/// <summary>
/// The encrypted transport of SSH (RFC 4253), client side: whole messages in both directions, with new keys whenever either side requests
/// them. <see cref="SshTransport.ConnectAsync"/> creates it.
/// </summary>
internal sealed partial class EncryptedPackets : IPacketStream
{
    /// <summary>The number of meaningless messages before the login that ends the connection. Honest servers send fewer.</summary>
    private const int MaxIdleMessages = 1024;

    private readonly Stream _stream;
    private readonly SshTransportOptions _options;
    private int _idleMessages;
    private long _receivedBytes;
    // The list as the server sent it. It is split on demand, because it matters only for keys with several algorithms.
    private string? _signatureAlgorithms;
    private bool _isLeaving;

    internal EncryptedPackets(Stream stream, SshTransportOptions options)
    {
        (_stream, _options) = (stream, options);
        _out = new(stream, _sendLock, e => OnStreamBroken(e));
    }

    /// <inheritdoc/>
    public uint? LastSequenceNumber { get; private set; }

    /// <summary>The hash of the first key exchange, which identifies this connection (RFC 4253 section 7.2).</summary>
    public ReadOnlyMemory<byte> SessionId => _sessionId;

    /// <summary>The host's proof from the first key exchange; null before it.</summary>
    public SessionProof? Session { get; private set; }

    /// <summary>The server's software name: its identification string without "SSH-2.0-".</summary>
    public string ServerSoftware { get; private set; } = "";

    /// <summary>The algorithms in use, for display.</summary>
    public string Algorithms { get; private set; } = "";

    /// <summary>Whether strict key exchange is in use (OpenSSH's PROTOCOL section 1.9).</summary>
    public bool IsStrict { get; private set; }

    /// <summary>The signature algorithms that the server accepts from users (RFC 8308 section 3.1); null if it did not send them.</summary>
    public IReadOnlyList<string>? ServerSignatureAlgorithms => _signatureAlgorithms?.Split(',');

    /// <inheritdoc/>
    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    /// <summary>The number of completed key exchanges.</summary>
    internal int KeyExchanges { get; private set; }

    /// <summary>Whether the user is logged in. Only then does this side request new keys, as in ssh.</summary>
    internal bool IsAuthenticated { get; set; }

    /// <inheritdoc/>
    public bool TryRead(out ReadOnlyMemory<byte> message)
    {
        try
        {
            while (TryTakePacket(out message))
            {
                if (IsPassedOn(message.Span[0]))
                    return true;
                Take(message.Span);
            }
            return false;
        }
        catch (Exception e) when (Broken(e) is { } cause)
        {
            EndExchange();
            throw cause;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> message;
            while (!TryRead(out message) && await ReceiveMoreAsync(cancellationToken).ConfigureAwait(false)) ;
            if (message.IsEmpty)
                EndExchange();
            return message;
        }
        catch (Exception e) when (Broken(e) is { } cause)
        {
            EndExchange();
            throw cause;
        }
    }

    /// <summary>Reads a message where the connection must not end.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> ReadNextAsync(CancellationToken cancellationToken)
    {
        var message = await ReadAsync(cancellationToken).ConfigureAwait(false);
        return message.IsEmpty ? throw Fail(Ended()) : message;
    }

    /// <summary>Sends SSH_MSG_DISCONNECT if the peer accepts it at once, and closes the stream.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_sendLock)
        {
            if (_isLeaving)
                return;
            _isLeaving = true;
        }
        await SayGoodbyeAsync().ConfigureAwait(false);
        Fail(new(SshFailure.ChannelClosed, "the connection was closed"));
        await _stream.DisposeAsync().ConfigureAwait(false);
        EndSending();
        EndReceiving();
    }

    /// <summary>
    /// Records the failure that broke the connection, so that all calls report the same. A reason that the server sends replaces a lost
    /// connection, because it says more than a write that failed after the server had left.
    /// </summary>
    internal SshException Fail(SshException cause)
    {
        TaskCompletionSource? keys;
        lock (_sendLock)
        {
            if (_failure is not null && (_failure.Failure is not SshFailure.ConnectionLost || cause.Failure is not SshFailure.Disconnected))
                return ReferenceEquals(_failure, cause) ? cause : new SshException(_failure);
            _failure = cause;
            keys = _newKeys;
            _out.Resume();
        }
        keys?.TrySetResult();
        return cause;
    }

    /// <summary>Returns whether a message is for the layers above: the login, and the connection, which also gets UNIMPLEMENTED.</summary>
    private bool IsPassedOn(byte number) => !IsFirstExchange && !_dropsNext && number switch
    {
        >= MessageNumber.UserAuthRequest or MessageNumber.ServiceAccept => true,
        MessageNumber.Unimplemented => IsAuthenticated,
        _ => false,
    };

    private static SshException Ended() => new(SshFailure.ConnectionLost, "the connection was closed by the other side");

    /// <summary>Converts an exception to the failure of the connection; null if it does not concern the connection.</summary>
    private SshException? Broken(Exception e) => e switch
    {
        SshException known => Fail(known),
        IOException or ObjectDisposedException or SocketException => OnStreamBroken(e),
        _ => null,
    };

    private SshException OnStreamBroken(Exception e)
    {
        lock (_sendLock)
        {
            _isBroken = true;
            _out.Break();
        }
        return Fail(e switch
        {
            { InnerException: SshException inner } => new(inner.Failure, e.Message, e) { ReasonCode = inner.ReasonCode },
            ObjectDisposedException or OperationCanceledException => new(SshFailure.ConnectionLost, "the connection was closed", e),
            { InnerException: SocketException inner } => new(SshFailure.ConnectionLost, inner.Message, e),
            _ => new(SshFailure.ConnectionLost, e.Message, e),
        });
    }

    private static SshException Disconnected(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var reason = reader.ReadUInt32();
        var text = reader.ReadDisplayText();
        return new(SshFailure.Disconnected, $"disconnected by the server: {(text.Length > 0 ? text : DisconnectReason.Words(reason))}")
        {
            ReasonCode = reason,
        };
    }

    /// <summary>
    /// Handles a message that has no effect, is unknown, or is out of place, such as NEWKEYS outside of an exchange. As in ssh, unknown ones are
    /// answered with SSH_MSG_UNIMPLEMENTED.
    /// </summary>
    private void OnIdleMessage(ReadOnlySpan<byte> message)
    {
        if (!IsAuthenticated && ++_idleMessages > MaxIdleMessages)
            throw SshException.Violation("the server sends nothing that matters");
        switch (message[0])
        {
            case MessageNumber.Ignore or MessageNumber.Debug or MessageNumber.Unimplemented:
                break;
            // Unencrypted, the message could have been forged.
            case MessageNumber.ExtInfo when !IsFirstExchange:
                OnExtensions(message);
                break;
            default:
                var answer = new SshWriter(MessageNumber.Unimplemented);
                answer.WriteUInt32(LastSequenceNumber!.Value);
                Queue(answer.Finish());
                break;
        }
    }

    private void OnExtensions(ReadOnlySpan<byte> message)
    {
        const uint Most = 256;
        var reader = new SshReader(message);
        var count = reader.ReadUInt32();
        if (count > Most)
            throw SshException.Violation($"{count} extensions");
        for (; count > 0; count--)
        {
            var name = reader.ReadString();
            var value = reader.ReadString();
            if (name.SequenceEqual("server-sig-algs"u8))
                _signatureAlgorithms = Encoding.ASCII.GetString(value);
        }
    }
}
