using Volley.Ssh.Wire;

namespace Volley.Ssh.Transport;

/// <summary>SSH_MSG_KEXINIT (RFC 4253 section 7.1): all algorithms of one side, in order of preference.</summary>
internal sealed record KexInit
{
    /// <summary>Announces that SSH_MSG_EXT_INFO is supported: RFC 8308 section 2.1.</summary>
    private const string OffersExtensions = "ext-info-c";

    /// <summary>Announces strict key exchange: OpenSSH's PROTOCOL section 1.9.</summary>
    private const string ClientIsStrict = "kex-strict-c-v00@openssh.com";
    private const string ServerIsStrict = "kex-strict-s-v00@openssh.com";

    /// <summary>The size of the random cookie in bytes.</summary>
    public const int CookieLength = 16;

    // A cache of the last message. Servers of the same kind send the same message except for the cookie.
    private static volatile Known? _last;

    public required IReadOnlyList<string> KeyExchanges { get; init; }

    public required IReadOnlyList<string> HostKeys { get; init; }

    public required IReadOnlyList<string> CiphersToServer { get; init; }

    public required IReadOnlyList<string> CiphersToClient { get; init; }

    public required IReadOnlyList<string> MacsToServer { get; init; }

    public required IReadOnlyList<string> MacsToClient { get; init; }

    public required IReadOnlyList<string> CompressionsToServer { get; init; }

    public required IReadOnlyList<string> CompressionsToClient { get; init; }

    /// <summary>Whether a guessed packet follows. It is right if both sides prefer the same algorithms (RFC 4253 section 7.1).</summary>
    public bool HasGuess { get; init; }

    /// <summary>Whether the server supports strict key exchange. This counts only in its first message.</summary>
    public bool IsStrictServer => KeyExchanges.Contains(ServerIsStrict);

    /// <summary>Returns the client's message.</summary>
    public static KexInit Create(SshTransportOptions options) => new()
    {
        KeyExchanges = options.KeyExchanges,
        HostKeys = options.HostKeys,
        CiphersToServer = options.Ciphers,
        CiphersToClient = options.Ciphers,
        MacsToServer = options.Macs,
        MacsToClient = options.Macs,
        CompressionsToServer = ["none"],
        CompressionsToClient = ["none"],
    };

    /// <summary>Returns the bytes of the message.</summary>
    /// <param name="cookie">The cookie.</param>
    /// <param name="isFirst">Whether it is the first one of the connection, which also announces the supported extensions.</param>
    public byte[] Write(ReadOnlySpan<byte> cookie, bool isFirst)
    {
        var message = new SshWriter(MessageNumber.KexInit, 1024);
        message.WriteRaw(cookie);
        message.WriteNameList(KeyExchanges, isFirst ? [OffersExtensions, ClientIsStrict] : []);
        message.WriteNameList(HostKeys);
        message.WriteNameList(CiphersToServer);
        message.WriteNameList(CiphersToClient);
        message.WriteNameList(MacsToServer);
        message.WriteNameList(MacsToClient);
        message.WriteNameList(CompressionsToServer);
        message.WriteNameList(CompressionsToClient);
        // No languages, no guess, and a reserved field.
        message.WriteText("");
        message.WriteText("");
        message.WriteBoolean(false);
        message.WriteUInt32(0);
        var finished = message.Finish();
        var bytes = finished.Memory.ToArray();
        finished.Return();
        return bytes;
    }

    /// <summary>Returns whether the packet after the server's message must be dropped, because it was guessed for other algorithms.</summary>
    public bool GuessesWrong(KexInit client) =>
        HasGuess && (KeyExchanges is not [var keyExchange, ..] || keyExchange != client.KeyExchanges[0]
            || HostKeys is not [var hostKey, ..] || hostKey != client.HostKeys[0]);

    /// <summary>Parses the server's message.</summary>
    public static KexInit Read(ReadOnlySpan<byte> message)
    {
        var lists = message.Length > 1 + CookieLength ? message[(1 + CookieLength)..] : [];
        if (_last is { } last && lists.SequenceEqual(last.Lists))
            return last.Init;
        var init = ReadNew(message);
        _last = new(lists.ToArray(), init);
        return init;
    }

    private static KexInit ReadNew(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        reader.ReadRaw(CookieLength);
        var init = new KexInit
        {
            KeyExchanges = reader.ReadNameList(),
            HostKeys = reader.ReadNameList(),
            CiphersToServer = reader.ReadNameList(),
            CiphersToClient = reader.ReadNameList(),
            MacsToServer = reader.ReadNameList(),
            MacsToClient = reader.ReadNameList(),
            CompressionsToServer = reader.ReadNameList(),
            CompressionsToClient = reader.ReadNameList(),
        };
        // Skips the languages.
        reader.ReadString();
        reader.ReadString();
        init = init with { HasGuess = reader.ReadBoolean() };
        reader.ReadUInt32();
        return init;
    }

    /// <summary>A parsed message.</summary>
    /// <param name="Lists">The bytes of the message after its cookie.</param>
    /// <param name="Init">The parsed message.</param>
    private sealed record Known(byte[] Lists, KexInit Init);
}
