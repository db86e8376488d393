using System.Text.RegularExpressions;
using Volley.Interop.Text;
using Volley.Ssh;
using Volley.Transports.OpenSsh.Log;

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

    /// <summary>Returns the question of a prompt.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="host">The name of the host that the ssh connects to, in questions.</param>
    /// <param name="user">The login name; null if unknown.</param>
    public static SshPrompt Parse(string prompt, string host, string? user)
    {
        if (OwnPrompt().Match(prompt) is { Success: true } own)
            return new(host, GetUser(own), SshPromptKind.Password, "Password: ");
        if (ServerPrompt().Match(prompt) is { Success: true } server)
        {
            var text = server.Groups["prompt"].Value;
            return new(host, GetUser(server), SshPrompt.FindKind(text), text);
        }

        if (ChangePrompt().Match(prompt) is { Success: true } change)
        {
            return change.Groups["age"].Value == "old"
                ? new(host, GetUser(change), SshPromptKind.Password, "Old password: ")
                : new(host, GetUser(change), SshPromptKind.NewPassword, $"{change.Groups["verb"].Value} new password: ");
        }

        var lines = prompt.Split('\n');
        if (KeyPrompt().IsMatch(prompt))
        {
            return new(host, user ?? "", SshPromptKind.HostKey, lines[^1])
            {
                IsHidden = false,
                Instruction = lines.Length > 1 ? string.Join('\n', lines[..^1]) : null,
            };
        }

        return new(host, user ?? "", PassphrasePrompt().IsMatch(prompt) ? SshPromptKind.Passphrase : SshPromptKind.Question, prompt);
    }

    /// <summary>Returns the message about a question whether to accept a host key that has no answer, on one line.</summary>
    public static string DescribeUnansweredKey(SshPrompt prompt)
    {
        var text = prompt.Instruction ?? "";
        return UnknownKey().Match(text) is { Success: true } key
            ? $"No {key.Groups["type"].Value} host key is known for {key.Groups["name"].Value}, and the question whether to accept "
                + $"{key.Groups["fingerprint"].Value} has no answer"
            // ssh does not show the key again after an answer that it does not know.
            : "the question whether to accept its host key has no answer" + (text.Length == 0 ? "" : $": {OpenSshDiagnosis.OneLine(text)}");
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

    private static string GetUser(Match match)
    {
        var login = match.Groups["login"].Value;
        return login[..login.LastIndexOf('@')];
    }

    // sshconnect2.c, method password: "%.30s@%.128s's password: ".
    [GeneratedRegex(@"^(?<login>\S+@\S+)'s password:\s*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OwnPrompt();

    // sshconnect2.c, keyboard-interactive: "(%s@%s) " and the server's prompt.
    [GeneratedRegex(@"^\((?<login>\S+@\S+)\) (?<prompt>.*)\z", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ServerPrompt();

    // sshconnect2.c, SSH_MSG_USERAUTH_PASSWD_CHANGEREQ: "Enter %.30s@%.128s's old password: ", then the new one twice.
    [GeneratedRegex(@"^(?<verb>Enter|Retype) (?<login>\S+@\S+)'s (?<age>old|new) password:\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ChangePrompt();

    // sshconnect.c, check_host_key and confirm.
    [GeneratedRegex(@"^(?:The authenticity of host |Please type 'yes', 'no' or the fingerprint: \z)", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPrompt();

    // sshconnect.c, check_host_key: the name, the address, then lines about the key.
    [GeneratedRegex(
        @"^The authenticity of host '(?<name>\S+) \([^)\n]*\)' can't be established.*^(?<type>\S+) key fingerprint is (?<fingerprint>\S+?)\.?$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex UnknownKey();

    // sshconnect2.c, load_identity_file: "Enter passphrase for key '%.100s': ".
    [GeneratedRegex(@"^Enter passphrase for key '", RegexOptions.CultureInvariant)]
    private static partial Regex PassphrasePrompt();
}
