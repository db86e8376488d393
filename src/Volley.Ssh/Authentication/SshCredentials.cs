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
    /// The password in UTF-8; null if there is none. It is sent at most once: as the method <c>password</c>, or in answer to a
    /// prompt of keyboard-interactive that asks for a password. The caller owns it and zeroes it after the login.
    /// </summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>Called before the password is sent; it is not sent if the result is false. Null sends it in any case.</summary>
    public Func<CancellationToken, ValueTask<bool>>? MaySendPassword { get; init; }

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
