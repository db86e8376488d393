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

    /// <summary>
    /// Returns whether a prompt asks for the password that is about to be changed: <c>Current password:</c>, <c>(current) UNIX password:</c> (PAM).
    /// </summary>
    /// <param name="prompt">The prompt, without the name of the host.</param>
    public static bool AsksForOldPassword(string prompt) => OldPassword().IsMatch(prompt);

    /// <summary>Returns whether a prompt asks for a new password, or for its repetition: <c>New password:</c>, <c>Retype new UNIX password:</c> (PAM).</summary>
    /// <param name="prompt">The prompt, without the name of the host.</param>
    public static bool AsksForNewPassword(string prompt) => NewPassword().IsMatch(prompt);

    [GeneratedRegex(@"^Password(?: for \S+)?:\s*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Password();

    [GeneratedRegex(@"^\(?(?:current|old)\)? (?:\w+ )?password:\s*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OldPassword();

    [GeneratedRegex(
        @"^(?:(?:enter|re-?type|re-?enter|repeat|confirm) )?(?:the )?new (?:\w+ )?password(?: again)?:\s*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NewPassword();
}
