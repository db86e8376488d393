using System.Text.RegularExpressions;

namespace Volley.Interop.Text;

/// <summary>Recognizes a server's prompt for the login password.</summary>
internal static partial class PasswordPrompt
{
    /// <summary>
    /// Returns whether a prompt asks for the login password: <c>Password:</c> (PAM) or <c>Password for NAME:</c> (FreeBSD), in any case.
    /// Prompts for a one-time code, a new password or a key's passphrase have other texts.
    /// </summary>
    /// <param name="prompt">The prompt, without the name of the host.</param>
    public static bool AsksForPassword(string prompt) => Password().IsMatch(prompt);

    [GeneratedRegex(@"^Password(?: for \S+)?:\s*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Password();
}
