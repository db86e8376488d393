using System.Text.RegularExpressions;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Prompts;

/// <summary>Parses the prompts of ssh.</summary>
internal static partial class AskpassPrompt
{
    /// <summary>
    /// Returns the login whose password a prompt asks for, as <c>user@host</c>. Returns null for any other prompt, such as for a key's
    /// passphrase, a new password, a one-time code or the confirmation of a host key.
    /// </summary>
    public static string? ParseLogin(string prompt)
    {
        if (OwnPrompt().Match(prompt) is { Success: true } own)
            return own.Groups["login"].Value;
        return ServerPrompt().Match(prompt) is { Success: true } server && PasswordPrompt.AsksForPassword(server.Groups["prompt"].Value)
            ? server.Groups["login"].Value
            : null;
    }

    /// <summary>Returns whether ssh asks for the old or a new password, because the server requires a change.</summary>
    public static bool AsksForChange(string prompt) => ChangePrompt().IsMatch(prompt);

    /// <summary>Returns the forms in which ssh's prompts name the login at a host. One of them truncates long names.</summary>
    public static string[] GetLogins(SshHostSettings settings)
    {
        const int MaxUserLength = 30, MaxHostLength = 128;
        var host = settings.HostKeyAlias ?? settings.HostName;
        return [PasswordUse.GetLogin(settings), $"{Cut(settings.User, MaxUserLength)}@{Cut(host, MaxHostLength)}"];

        static string Cut(string text, int length) => text.Length > length ? text[..length] : text;
    }

    // sshconnect2.c, method password: "%.30s@%.128s's password: ".
    [GeneratedRegex(@"^(?<login>\S+@\S+)'s password:\s*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OwnPrompt();

    // sshconnect2.c, keyboard-interactive: "(%s@%s) " and the server's prompt.
    [GeneratedRegex(@"^\((?<login>\S+@\S+)\) (?<prompt>.*)\z", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ServerPrompt();

    // sshconnect2.c, SSH_MSG_USERAUTH_PASSWD_CHANGEREQ: "Enter %.30s@%.128s's old password: ", then the new one twice.
    [GeneratedRegex(@"^(?:Enter|Retype) \S+@\S+'s (?:old|new) password:\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ChangePrompt();
}
