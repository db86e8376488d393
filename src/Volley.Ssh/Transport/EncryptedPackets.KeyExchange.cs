using System.Security.Cryptography;
using System.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Transport.KeyExchange;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Transport;

/// <content>
/// The key exchanges, first and repeated (RFC 4253 sections 4, 7 and 9). Messages of the layers above that the server still sends between
/// its KEXINIT and its NEWKEYS, although section 7.1 forbids it, are passed on, as in ssh. In the first exchange a server with strict key
/// exchange may send only key exchange messages (OpenSSH's PROTOCOL section 1.9); from other servers, meaningless messages are tolerated,
/// as in ssh (docs/design/decisions/0002).
/// </content>
internal sealed partial class EncryptedPackets
{
    private static readonly string ClientVersion =
        $"SSH-2.0-Volley_{typeof(EncryptedPackets).Assembly.GetName().Version?.ToString(3)}";

    private byte[] _sessionId = [];
    private byte[] _serverVersion = [];
    private byte[] _hostKey = [];
    // The current exchange, from the server's KEXINIT to its NEWKEYS; null outside of an exchange.
    private volatile Exchange? _exchange;
    // The server has sent a wrong guess, so its next key exchange packet is dropped.
    private bool _dropsNext;

    /// <summary>Whether the first exchange has not completed.</summary>
    private bool IsFirstExchange => KeyExchanges == 0;

    /// <summary>Exchanges versions and, for the first time, keys.</summary>
    internal async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        var isAccepted = false;
        try
        {
            QueueGreeting();
            AskForNewKeys();
            _serverVersion = await ReadGreetingAsync(cancellationToken).ConfigureAwait(false);
            ServerSoftware = ReadSoftware(_serverVersion);
            while (IsFirstExchange)
            {
                if (TryTakePacket(out var message))
                    Take(message.Span);
                else if (!await ReceiveMoreAsync(cancellationToken).ConfigureAwait(false))
                    throw Ended();
                if (!isAccepted && _exchange is { Keys: not null } exchange)
                {
                    await _options.CheckHostKey(new(exchange.Agreed.HostKey, _hostKey), cancellationToken).ConfigureAwait(false);
                    isAccepted = true;
                    SendWithNewKeys(exchange);
                }
            }
        }
        catch (Exception e) when (Broken(e) is { } cause)
        {
            throw cause;
        }
        finally
        {
            EndExchange();
        }
    }

    /// <summary>Handles a message of the transport itself.</summary>
    private void Take(ReadOnlySpan<byte> message)
    {
        var number = message[0];
        if (number == MessageNumber.Disconnect)
            throw Disconnected(message);
        if (_dropsNext && number is not (MessageNumber.Ignore or MessageNumber.Debug or MessageNumber.Unimplemented))
        {
            _dropsNext = false;
            return;
        }
        switch (number)
        {
            case MessageNumber.KexInit when _exchange is null:
                BeginExchange(message);
                return;
            case MessageNumber.KexReply when _exchange is { Keys: null } exchange:
                exchange.Keys = ReadReply(message, exchange);
                // The key of the first exchange is checked before.
                if (!IsFirstExchange)
                    SendWithNewKeys(exchange);
                return;
            case MessageNumber.NewKeys when _exchange is { Keys: not null } exchange:
                OnNewKeys(exchange, message);
                return;
        }
        // Before its KEXINIT it is unknown whether a server is strict; BeginExchange then checks that KEXINIT came first.
        if (IsFirstExchange && (IsStrict || number >= MessageNumber.UserAuthRequest))
            throw SshException.Violation($"message {number} in the middle of a key exchange");
        OnIdleMessage(message);
    }

    /// <summary>Begins an exchange with the server's KEXINIT. Pending messages are sent once the new keys are in use.</summary>
    private void BeginExchange(ReadOnlySpan<byte> serverInit)
    {
        var server = KexInit.Read(serverInit);
        if (IsFirstExchange)
        {
            IsStrict = server.IsStrictServer;
            if (IsStrict && LastSequenceNumber != 0)
                throw SshException.Violation("a server with strict key exchange begins with another message than KEXINIT");
        }
        AskForNewKeys();
        var client = KexInit.Create(_options);
        _dropsNext = server.GuessesWrong(client);
        var agreed = Agreed.Negotiate(client, server);
        var agreement = KeyAgreement.Create(agreed.KeyExchange);
        _exchange = new(agreed, agreement, serverInit.ToArray());
        var initiation = new SshWriter(MessageNumber.KexInitiation, agreement.ClientValue.Length + sizeof(uint));
        initiation.WriteString(agreement.ClientValue.Span);
        Queue(initiation.Finish());
    }

    /// <summary>Switches to the new keys for sending.</summary>
    private void SendWithNewKeys(Exchange exchange) => UseNewKeys(exchange.Agreed.ToServer.Create(exchange.Keys!, toServer: true));

    /// <summary>Switches to the new keys for receiving.</summary>
    private void OnNewKeys(Exchange exchange, ReadOnlySpan<byte> newKeys)
    {
        if (newKeys.Length > 1)
            throw SshException.Violation("NEWKEYS with something in it");
        var agreed = exchange.Agreed;
        OpenWith(agreed.ToClient.Create(exchange.Keys!, toServer: false));
        EndExchange();
        KeyExchanges++;
        Algorithms = $"{agreed.KeyExchange}, {agreed.HostKey}, {agreed.ToServer}"
            + (agreed.ToServer == agreed.ToClient ? "" : $" and {agreed.ToClient}");
    }

    /// <summary>Erases the secrets of the current exchange, if there is one.</summary>
    private void EndExchange()
    {
        _exchange?.Dispose();
        _exchange = null;
    }

    private void QueueGreeting()
    {
        lock (_sendLock)
            Encoding.ASCII.GetBytes(ClientVersion + "\r\n", _out.Claim(ClientVersion.Length + 2));
    }

    /// <summary>Verifies that the server owns its host key, and returns the new keys.</summary>
    private SessionKeys ReadReply(ReadOnlySpan<byte> reply, Exchange exchange)
    {
        var (agreed, agreement) = (exchange.Agreed, exchange.Agreement);
        var reader = new SshReader(reply);
        var hostKey = reader.ReadString();
        var serverValue = reader.ReadString();
        var signature = reader.ReadString();
        if (!PublicKey.IsOfAlgorithm(hostKey, agreed.HostKey))
            throw new SshException(SshFailure.KeyExchangeFailed, $"key exchange: the server's key is not of the negotiated type {agreed.HostKey}");
        if (_hostKey.Length > 0 && !hostKey.SequenceEqual(_hostKey))
            throw new SshException(SshFailure.HostKeyRejected, "the server sent another host key during the connection");
        using var key = PublicKey.ParseCertified(hostKey);
        var secret = agreement.Agree(serverValue);
        try
        {
            var hash = SessionKeys.ExchangeHash(
                agreement.Hash, Encoding.ASCII.GetBytes(ClientVersion), _serverVersion, _clientInit, exchange.ServerInit,
                hostKey, agreement.ClientValue.Span, serverValue, secret);
            if (!key.Verify(KeyTypes.Plain(agreed.HostKey), hash, signature))
                throw new SshException(SshFailure.KeyExchangeFailed, "key exchange: the signature of the server's key is wrong");
            _hostKey = hostKey.ToArray();
            if (_sessionId.Length == 0)
            {
                _sessionId = hash;
                Session = new(_hostKey, hash, signature.ToArray());
            }
            return new(agreement.Hash, secret, hash, _sessionId);
        }
        catch
        {
            CryptographicOperations.ZeroMemory(secret);
            throw;
        }
    }

    /// <summary>A key exchange in progress.</summary>
    /// <param name="agreed">The negotiated algorithms.</param>
    /// <param name="agreement">The client's part of the secret.</param>
    /// <param name="serverInit">The server's KEXINIT.</param>
    private sealed class Exchange(Agreed agreed, KeyAgreement agreement, byte[] serverInit) : IDisposable
    {
        public Agreed Agreed => agreed;

        public KeyAgreement Agreement => agreement;

        public byte[] ServerInit => serverInit;

        /// <summary>The new keys; null until the server has replied.</summary>
        public SessionKeys? Keys { get; set; }

        public void Dispose()
        {
            agreement.Dispose();
            Keys?.Dispose();
        }
    }
}
