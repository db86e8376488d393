using Volley.Ssh.Keys;

namespace Volley.Ssh.Auth;

/// <summary>The user and the credentials of a login, in the order in which they are tried.</summary>
/// <param name="User">The name of the account.</param>
internal sealed record SshCredentials(string User)
{
    /// <summary>
    /// The keys in the order in which they are tried. They are enumerated one by one, so a key that is expensive to obtain is obtained only
    /// when it is needed.
    /// </summary>
    public IEnumerable<UserKey> Keys { get; init; } = [];

    /// <summary>
    /// The password in UTF-8; null for none. It is sent at most once: by the method <c>password</c>, or in answer to a keyboard-interactive
    /// prompt for a password. The caller owns it and zeroes it after the login.
    /// </summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>
    /// Returns the password when a method needs it, in place of <see cref="Password"/>; null for no password, empty if it must not be sent again. It is
    /// called at most once.
    /// </summary>
    public Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>?>>? GetPassword { get; init; }

    /// <summary>Answers the questions that the password does not answer; null to answer none.</summary>
    public LoginQuestions? Questions { get; init; }

    /// <summary>
    /// The methods to try, in order. The default is ssh's order (PreferredAuthentications): publickey, keyboard-interactive, password. Other
    /// methods are ignored.
    /// </summary>
    public IReadOnlyList<string> Methods { get; init; } = ["publickey", "keyboard-interactive", "password"];

    /// <summary>
    /// The allowed signature algorithms (PubkeyAcceptedAlgorithms), including those of certificates; null for all algorithms of a key.
    /// </summary>
    public IReadOnlyList<string>? SignatureAlgorithms { get; init; }

    /// <summary>
    /// Called with each banner that the server sends before the login (RFC 4252 section 5.4), without control characters; at most 64 KiB.
    /// </summary>
    public Action<string>? OnBanner { get; init; }

    /// <summary>Returns the user and the methods, without the password.</summary>
    public override string ToString() => $"{User} ({string.Join(',', Methods)})";
}
