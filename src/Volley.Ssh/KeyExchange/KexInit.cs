using System.Text;
using Volley.Ssh.Messages;
using Volley.Ssh.Primitives;

namespace Volley.Ssh.KeyExchange;

/// <summary>SSH_MSG_KEXINIT (RFC 4253 section 7.1): all algorithms of one side, the preferred ones first.</summary>
internal sealed record KexInit
{
    /// <summary>Says that we understand SSH_MSG_EXT_INFO: RFC 8308 section 2.1.</summary>
    private const string OffersExtensions = "ext-info-c";

    /// <summary>Ask for strict key exchange: OpenSSH's PROTOCOL section 1.9.</summary>
    private const string ClientIsStrict = "kex-strict-c-v00@openssh.com";
    private const string ServerIsStrict = "kex-strict-s-v00@openssh.com";

    private const int CookieLength = 16;
    private const int LongestList = 16 << 10;

    // Servers of the same kind say the same, but for the cookie.
    private static volatile Known? _last;

    public required IReadOnlyList<string> KeyExchanges { get; init; }

    public required IReadOnlyList<string> HostKeys { get; init; }

    public required IReadOnlyList<string> CiphersToServer { get; init; }

    public required IReadOnlyList<string> CiphersToClient { get; init; }

    public required IReadOnlyList<string> MacsToServer { get; init; }

    public required IReadOnlyList<string> MacsToClient { get; init; }

    public required IReadOnlyList<string> CompressionsToServer { get; init; }

    public required IReadOnlyList<string> CompressionsToClient { get; init; }

    /// <summary>Whether a packet follows at once that is right if both sides prefer the same algorithms (RFC 4253 section 7.1).</summary>
    public bool HasGuess { get; init; }

    /// <summary>Whether the server is for strict key exchange, which counts in its first message only.</summary>
    public bool IsStrictServer => KeyExchanges.Contains(ServerIsStrict);

    /// <summary>Our own message.</summary>
    public static KexInit Of(SshTransportOptions options) => new()
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

    /// <summary>The message's bytes, with a new cookie.</summary>
    /// <param name="isFirst">Whether it is the first of the connection, which also says what we understand.</param>
    public byte[] Write(bool isFirst)
    {
        var message = new MessageWriter(MessageNumber.KexInit, 1024);
        Span<byte> cookie = stackalloc byte[CookieLength];
        Sodium.FillRandom(cookie);
        message.Raw(cookie);
        message.Names(KeyExchanges, isFirst ? [OffersExtensions, ClientIsStrict] : []);
        message.Names(HostKeys);
        message.Names(CiphersToServer);
        message.Names(CiphersToClient);
        message.Names(MacsToServer);
        message.Names(MacsToClient);
        message.Names(CompressionsToServer);
        message.Names(CompressionsToClient);
        // No languages, no guess, and a field for later.
        message.Text("");
        message.Text("");
        message.Boolean(false);
        message.UInt32(0);
        var finished = message.Finish();
        var bytes = finished.Memory.ToArray();
        finished.Return();
        return bytes;
    }

    /// <summary>Whether the packet that follows the server's message is to be dropped, for it is for algorithms that are not preferred here.</summary>
    public bool GuessesWrong(KexInit client) =>
        HasGuess && (KeyExchanges is not [var keyExchange, ..] || keyExchange != client.KeyExchanges[0]
            || HostKeys is not [var hostKey, ..] || hostKey != client.HostKeys[0]);

    /// <summary>Reads the server's message.</summary>
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
        var reader = new MessageReader(message);
        reader.Raw(CookieLength);
        var init = new KexInit
        {
            KeyExchanges = Names(reader.Bytes()),
            HostKeys = Names(reader.Bytes()),
            CiphersToServer = Names(reader.Bytes()),
            CiphersToClient = Names(reader.Bytes()),
            MacsToServer = Names(reader.Bytes()),
            MacsToClient = Names(reader.Bytes()),
            CompressionsToServer = Names(reader.Bytes()),
            CompressionsToClient = Names(reader.Bytes()),
        };
        // Languages.
        reader.Bytes();
        reader.Bytes();
        init = init with { HasGuess = reader.Boolean() };
        reader.UInt32();
        return init;
    }

    private static string[] Names(ReadOnlySpan<byte> list)
    {
        if (list.Length > LongestList || list.IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0)
            throw SshException.Violation("an algorithm list that is none");
        return list.IsEmpty ? [] : Encoding.ASCII.GetString(list).Split(',');
    }

    /// <param name="Lists">All of a message behind its cookie.</param>
    /// <param name="Init">What it says.</param>
    private sealed record Known(byte[] Lists, KexInit Init);
}
