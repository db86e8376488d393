using System.Net.Sockets;
using System.Text;
using Volley.Ssh.Messages;

namespace Volley.Ssh.Packets;

/// <summary>
/// The encrypted transport of SSH (RFC 4253), a client's side: whole messages in both directions, and new keys whenever
/// either side asks for them. <see cref="SshTransport.ConnectAsync"/> makes it.
/// </summary>
public sealed partial class EncryptedPackets : IPacketStream
{
    /// <summary>So many messages without a meaning are more than an honest server sends before the login.</summary>
    private const int MostIdleMessages = 1024;

    private readonly Stream _stream;
    private readonly SshTransportOptions _options;
    private int _idleMessages;
    private long _receivedBytes;
    // In the server's words: they matter only where a key can sign in several ways.
    private string? _signatureAlgorithms;
    private bool _isLeaving;

    internal EncryptedPackets(Stream stream, SshTransportOptions options) => (_stream, _options) = (stream, options);

    /// <inheritdoc/>
    public uint? LastSequenceNumber { get; private set; }

    /// <summary>The hash of the first key exchange, which names this connection (RFC 4253 section 7.2).</summary>
    public ReadOnlyMemory<byte> SessionId => _sessionId;

    /// <summary>What the server has proved by the first key exchange; null before it.</summary>
    public SessionProof? Session { get; private set; }

    /// <summary>How the server calls itself: its identification without "SSH-2.0-".</summary>
    public string ServerSoftware { get; private set; } = "";

    /// <summary>The algorithms in use, in words.</summary>
    public string Algorithms { get; private set; } = "";

    /// <summary>Whether the server keeps to strict key exchange (OpenSSH's PROTOCOL section 1.9).</summary>
    public bool IsStrict { get; private set; }

    /// <summary>The signature algorithms that the server takes from users (RFC 8308 section 3.1); null: it does not say.</summary>
    public IReadOnlyList<string>? ServerSignatureAlgorithms => _signatureAlgorithms?.Split(',');

    /// <inheritdoc/>
    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    /// <summary>How often keys were exchanged.</summary>
    internal int KeyExchanges { get; private set; }

    /// <summary>Set once the user is logged in; only then do we ask for new keys ourselves, as ssh does.</summary>
    internal bool IsAuthenticated { get; set; }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var message = await ReadPacketAsync(cancellationToken).ConfigureAwait(false);
                if (message.IsEmpty)
                    EndExchange();
                if (message.IsEmpty || IsPassedOn(message.Span[0]))
                    return message;
                await TakeAsync(message, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (Broken(e) is { } cause)
        {
            EndExchange();
            throw cause;
        }
    }

    /// <summary>Reads a message where the connection may not end.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> ReadNextAsync(CancellationToken cancellationToken)
    {
        var message = await ReadAsync(cancellationToken).ConfigureAwait(false);
        return message.IsEmpty ? throw Fail(Ended()) : message;
    }

    /// <summary>Says goodbye if the peer takes it at once, and closes the stream.</summary>
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

    /// <summary>Remembers what broke the connection first, so that everybody hears the same; but a reason that the server gives says more than a write that failed because it had left.</summary>
    internal SshException Fail(SshException cause)
    {
        TaskCompletionSource? keys, room;
        lock (_sendLock)
        {
            if (_failure is not null && (_failure.Failure is not SshFailure.ConnectionLost || cause.Failure is not SshFailure.Disconnected))
                return ReferenceEquals(_failure, cause) ? cause : _failure.Again();
            _failure = cause;
            (keys, room) = (_newKeys, _room);
        }
        keys?.TrySetResult();
        room?.TrySetResult();
        return cause;
    }

    /// <summary>Whether a message is for the layers above: for the login and the connection, which also hears what the server does not know.</summary>
    private bool IsPassedOn(byte number) => !IsFirstExchange && !_dropsNext && number switch
    {
        >= MessageNumber.UserAuthRequest or MessageNumber.ServiceAccept => true,
        MessageNumber.Unimplemented => IsAuthenticated,
        _ => false,
    };

    private static SshException Ended() => new(SshFailure.ConnectionLost, "the connection was closed by the other side");

    /// <summary>What an exception means for the connection; null: it is not about the connection.</summary>
    private SshException? Broken(Exception e) => e switch
    {
        SshException known => Fail(known),
        IOException or ObjectDisposedException or SocketException => OnStreamBroken(e),
        _ => null,
    };

    private SshException OnStreamBroken(Exception e)
    {
        lock (_sendLock)
            _isBroken = true;
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
        var reader = new MessageReader(message);
        var reason = reader.UInt32();
        var text = reader.Text();
        return new(SshFailure.Disconnected, $"disconnected by the server: {(text.Length > 0 ? text : DisconnectReason.Words(reason))}")
        {
            ReasonCode = reason,
        };
    }

    /// <summary>
    /// Handles a message that changes nothing, that is not known, or that is out of place, as NEWKEYS is outside of an exchange: ssh answers these
    /// with SSH_MSG_UNIMPLEMENTED and goes on.
    /// </summary>
    private void OnIdleMessage(ReadOnlySpan<byte> message)
    {
        if (!IsAuthenticated && ++_idleMessages > MostIdleMessages)
            throw SshException.Violation("the server sends nothing that matters");
        switch (message[0])
        {
            case MessageNumber.Ignore or MessageNumber.Debug or MessageNumber.Unimplemented:
                break;
            // In the clear it could be anybody's.
            case MessageNumber.ExtInfo when !IsFirstExchange:
                OnExtensions(message);
                break;
            default:
                var answer = new MessageWriter(MessageNumber.Unimplemented);
                answer.UInt32(LastSequenceNumber!.Value);
                Queue(answer.Finish());
                break;
        }
    }

    private void OnExtensions(ReadOnlySpan<byte> message)
    {
        const uint Most = 256;
        var reader = new MessageReader(message);
        var count = reader.UInt32();
        if (count > Most)
            throw SshException.Violation($"{count} extensions");
        for (; count > 0; count--)
        {
            var name = reader.Bytes();
            var value = reader.Bytes();
            if (name.SequenceEqual("server-sig-algs"u8))
                _signatureAlgorithms = Encoding.ASCII.GetString(value);
        }
    }
}
