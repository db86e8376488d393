using System.Text.RegularExpressions;

namespace Volley.Transports.OpenSsh;

/// <summary>What ssh's prompts ask for.</summary>
internal static partial class AskpassPrompt
{
    /// <summary>
    /// Whose login password a prompt asks for, as <c>user@host</c>; null if it asks for anything else, such as a key's passphrase,
    /// a new password, a one-time code or a yes to a host key.
    /// </summary>
    public static string? LoginOf(string prompt)
    {
        var match = Password().Match(prompt);
        return match.Success ? match.Groups["login"].Value : null;
    }

    // sshconnect2.c: "%.30s@%.128s's password: "; keyboard-interactive: "(%s@%s) " and the server's words, of which PAM's are
    // "Password: " and FreeBSD's "Password for user@host:".
    [GeneratedRegex(
        @"^(?:(?<login>\S+@\S+)'s password|\((?<login>\S+@\S+)\) (?:Password|Password for \S+)):\s*$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Password();
}
