using System.Text.RegularExpressions;

namespace Volley.Ssh.Authentication;

/// <summary>Tells a server's question for the login password from all other questions.</summary>
internal static partial class PasswordPrompt
{
    /// <summary>
    /// Whether a prompt asks for the login password and nothing else: <c>Password:</c> (PAM) or <c>Password for NAME:</c>
    /// (FreeBSD), in any case. A one-time code, a new password or a key's passphrase is asked for in other words.
    /// </summary>
    public static bool AsksForPassword(string prompt) => Password().IsMatch(prompt);

    [GeneratedRegex(@"^Password(?: for \S+)?:\s*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Password();
}
