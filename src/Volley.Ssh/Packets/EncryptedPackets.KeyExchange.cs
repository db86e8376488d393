using System.Security.Cryptography;
using System.Text;
using Volley.Ssh.Ciphers;
using Volley.Ssh.KeyExchange;
using Volley.Ssh.Keys;
using Volley.Ssh.Messages;

namespace Volley.Ssh.Packets;

/// <content>
/// How both sides come to keys, first and again (RFC 4253 sections 4, 7 and 9). The first time nothing but the exchange's
/// own messages is taken, as strict key exchange has it (OpenSSH's PROTOCOL section 1.9), whether the server knows it
/// or not: what is put in before there is a MAC would shift the numbers of what comes after.
/// </content>
public sealed partial class EncryptedPackets
{
    private static readonly string ClientVersion =
        $"SSH-2.0-Volley_{typeof(EncryptedPackets).Assembly.GetName().Version?.ToString(3)}";

    private byte[] _sessionId = [];
    private byte[] _serverVersion = [];
    private byte[] _hostKey = [];
    // From the server's KEXINIT to its NEWKEYS.
    private bool _isExchanging;

    /// <summary>Greets and exchanges keys for the first time.</summary>
    internal async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            QueueGreeting();
            AskForNewKeys();
            _serverVersion = await ReadGreetingAsync(cancellationToken).ConfigureAwait(false);
            ServerSoftware = Encoding.ASCII.GetString(_serverVersion).Split('-', 3)[2];
            var init = await ReadKeyMessageAsync(MessageNumber.KexInit, cancellationToken).ConfigureAwait(false);
            await ExchangeKeysAsync(init, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Broken(e) is { } cause)
        {
            throw cause;
        }
    }

    private void QueueGreeting()
    {
        lock (_sendLock)
            Encoding.ASCII.GetBytes(ClientVersion + "\r\n", Claim(ClientVersion.Length + 2));
    }

    /// <summary>Exchanges keys, from the server's KEXINIT on. What waits to be sent goes on once our new keys are in use.</summary>
    private async ValueTask ExchangeKeysAsync(ReadOnlyMemory<byte> serverInit, CancellationToken cancellationToken)
    {
        var init = serverInit.ToArray();
        var server = KexInit.Read(init);
        var isFirst = _sessionId.Length == 0;
        _isExchanging = true;
        AskForNewKeys();
        var agreed = Agreed.Of(KexInit.Of(_options), server);
        if (isFirst)
            IsStrict = server.IsStrictServer;
        using var agreement = KeyAgreement.Create(agreed.KeyExchange);
        var initiation = new MessageWriter(MessageNumber.KexInitiation, agreement.ClientValue.Length + sizeof(uint));
        initiation.Bytes(agreement.ClientValue.Span);
        Queue(initiation.Finish());
        var reply = await ReadKeyMessageAsync(MessageNumber.KexReply, cancellationToken).ConfigureAwait(false);
        using var keys = ReadReply(reply.Span, agreed, agreement, init);
        if (isFirst)
            await _options.CheckHostKey(new(agreed.HostKey, _hostKey), cancellationToken).ConfigureAwait(false);
        UseNewKeys(agreed.ToServer.Create(keys, toServer: true));
        if ((await ReadKeyMessageAsync(MessageNumber.NewKeys, cancellationToken).ConfigureAwait(false)).Length > 1)
            throw SshException.Violation("NEWKEYS with something in it");
        OpenWith(agreed.ToClient.Create(keys, toServer: false));
        _isExchanging = false;
        KeyExchanges++;
        Algorithms = $"{agreed.KeyExchange}, {agreed.HostKey}, {agreed.ToServer}"
            + (agreed.ToServer == agreed.ToClient ? "" : $" and {agreed.ToClient}");
    }

    /// <summary>The keys that come of the server's answer, once it has proved by it that it owns its host key.</summary>
    private SessionKeys ReadReply(ReadOnlySpan<byte> reply, Agreed agreed, KeyAgreement agreement, ReadOnlySpan<byte> serverInit)
    {
        var reader = new MessageReader(reply);
        var hostKey = reader.Bytes();
        var serverValue = reader.Bytes();
        var signature = reader.Bytes();
        if (!PublicKey.IsOfAlgorithm(hostKey, agreed.HostKey))
            throw new SshException(SshFailure.KeyExchangeFailed, $"key exchange: the server's key is not of the kind that was agreed on, {agreed.HostKey}");
        if (_hostKey.Length > 0 && !hostKey.SequenceEqual(_hostKey))
            throw new SshException(SshFailure.HostKeyRejected, "the server came with another host key in the middle of the connection");
        using var key = PublicKey.ParseCertified(hostKey);
        var secret = agreement.Agree(serverValue);
        try
        {
            var hash = SessionKeys.ExchangeHash(
                agreement.Hash, Encoding.ASCII.GetBytes(ClientVersion), _serverVersion, _clientInit, serverInit,
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

    /// <summary>Reads the next message of a key exchange.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> ReadKeyMessageAsync(byte number, CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await ReadPacketAsync(cancellationToken).ConfigureAwait(false);
            if (message.IsEmpty)
                throw Ended();
            var received = message.Span[0];
            if (received == number)
                return message;
            if (received == MessageNumber.Disconnect)
                throw Disconnected(message.Span);
            // With the keys of before, these may come at any time.
            var isIdle = received is MessageNumber.Ignore or MessageNumber.Debug or MessageNumber.Unimplemented;
            if (_opener is ClearPackets || !isIdle)
                throw SshException.Violation($"message {received} in the middle of a key exchange");
        }
    }
}
