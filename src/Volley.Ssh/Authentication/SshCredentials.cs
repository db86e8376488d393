namespace Volley.Ssh.Authentication;

/// <summary>Who logs in, and with what; in the order in which it is tried.</summary>
/// <param name="User">The name of the account.</param>
public sealed record SshCredentials(string User)
{
    /// <summary>
    /// The keys, in the order in which the server is asked about them. They are taken one by one, so that a key that is
    /// costly to get is got only when it is needed.
    /// </summary>
    public IEnumerable<UserKey> Keys { get; init; } = [];

    /// <summary>
    /// The password in UTF-8, which also answers what a server asks without echo (keyboard-interactive); null: there is none.
    /// It stays the caller's, who zeroes it once the login is over.
    /// </summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>
    /// The methods that may be tried, in order: publickey, keyboard-interactive, password, as ssh has it
    /// (PreferredAuthentications). Others are passed over.
    /// </summary>
    public IReadOnlyList<string> Methods { get; init; } = ["publickey", "keyboard-interactive", "password"];

    /// <summary>
    /// The signature algorithms that may be used (PubkeyAcceptedAlgorithms), certificates' names included; null: all that a
    /// key can do.
    /// </summary>
    public IReadOnlyList<string>? SignatureAlgorithms { get; init; }

    /// <summary>Called with each text that the server wants shown before the login (RFC 4252 section 5.4), made harmless; at most 64 KiB of it.</summary>
    public Action<string>? OnBanner { get; init; }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{User} ({string.Join(',', Methods)})";
}
