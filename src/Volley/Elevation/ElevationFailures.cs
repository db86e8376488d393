using System.Text.RegularExpressions;

namespace Volley.Elevation;

/// <summary>The causes of an elevation that has failed, from the messages of sudo, sudo-rs, doas and su.</summary>
/// <param name="settings">The user, and how commands become that user.</param>
internal sealed partial class ElevationFailures(ElevationSettings settings)
{
    private const int NotFoundCode = 127;
    private const int MaxLineLength = 200;

    /// <summary>The name of the program.</summary>
    private string Program => settings.Method switch
    {
        ElevationMethod.Sudo => "sudo",
        ElevationMethod.Doas => "doas",
        _ => "su",
    };

    /// <summary>Whether a program that must not ask for a password has failed because it needs one, or for an unknown reason.</summary>
    public static bool MayNeedPassword(ElevationDialogue dialogue) => PasswordNeeded().IsMatch(dialogue.Text)
        || (dialogue.Status.ExitCode == 1 && !NotPermitted().IsMatch(dialogue.Text) && !TerminalNeeded().IsMatch(dialogue.Text)
            && !UnknownUser().IsMatch(dialogue.Text));

    /// <summary>Whether the program has accepted the password, although it did not start the command.</summary>
    public static bool IsPasswordAccepted(ElevationDialogue dialogue) =>
        dialogue.HasAnswered && NotPermitted().IsMatch(dialogue.Text) && !WrongPassword().IsMatch(dialogue.Text);

    /// <summary>Returns the failure of a program that asks for a password where none is known.</summary>
    public TransportException GetPasswordNeeded() =>
        Create("password needed", $"{Program} needs a password, and none was given", Remedy.GiveElevationPassword);

    /// <summary>Returns the failure of a target that does not get the password, because another one has refused it.</summary>
    public TransportException GetNotTried(string refusedAt) =>
        Create("password not tried", $"{refusedAt} has refused the password for {Program}, so this host does not get it");

    /// <summary>Returns the failure of a target whose changed host key was accepted.</summary>
    public TransportException GetKeyChanged() =>
        Create("no password for a changed host key", $"{Program} needs a password, and a host whose key has changed gets none");

    /// <summary>Returns the failure after a dialogue that did not start the command.</summary>
    public TransportException Explain(DialogueEnd end, ElevationDialogue dialogue)
    {
        var text = dialogue.Text;
        return end switch
        {
            DialogueEnd.Refused => GetWrongPassword(),
            DialogueEnd.Unanswered => GetPasswordNeeded(),
            DialogueEnd.Question => Create(
                "unexpected question", $"{Program} asks for something other than the password: {GetLine(text)}"),
            DialogueEnd.TimedOut => Create("no answer", $"{Program} has not started the command for too long"),
            _ when TerminalNeeded().IsMatch(text) => Create("terminal required", GetLine(text, TerminalNeeded()), Remedy.UseTerminal),
            _ when UnknownUser().IsMatch(text) => Create("unknown user", GetLine(text, UnknownUser())),
            _ when NotPermitted().IsMatch(text) => Create("not permitted", GetLine(text, NotPermitted())),
            _ when WrongPassword().IsMatch(text) => GetWrongPassword(),
            _ when PasswordNeeded().IsMatch(text) => GetPasswordNeeded(),
            _ when dialogue.Status.ExitCode == NotFoundCode => Create("not installed", $"{Program} is not installed"),
            _ => Create("failed", GetLine(text) is { Length: > 0 } line
                ? line
                : $"{Program} has ended without a message ({GetStatus(dialogue.Status)})"),
        };
    }

    private TransportException GetWrongPassword() => Create("wrong password", $"{Program} does not accept the password");

    private TransportException Create(string cause, string message, Remedy remedy = Remedy.None) =>
        new(NodeOutcome.ElevationFailed, message) { Reason = $"{Program}: {cause}", Remedy = remedy };

    private static string GetStatus(ExitStatus status) => status.Signal is { } signal ? $"signal {signal}" : $"exit {status.ExitCode}";

    /// <summary>Returns the line that matches a pattern, or the last one.</summary>
    private static string GetLine(string text, Regex? pattern = null)
    {
        var lines = text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = lines.LastOrDefault(one => pattern is null || pattern.IsMatch(one)) ?? "";
        return line.Length > MaxLineLength ? $"{line[..MaxLineLength]}..." : line;
    }

    // sudo until 1.9.13, and from 1.9.14 on; sudo-rs; opendoas.
    [GeneratedRegex(
        "a password is required|authentication is required|Authentication required|Authorization required", RegexOptions.CultureInvariant)]
    private static partial Regex PasswordNeeded();

    [GeneratedRegex(
        "not in the sudoers file|is not allowed to (?:execute|run)|may not run|can't do that|not permitted", RegexOptions.CultureInvariant)]
    private static partial Regex NotPermitted();

    [GeneratedRegex("must have a tty|a tty is required|a terminal is required", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalNeeded();

    [GeneratedRegex(
        "incorrect (?:password|authentication) attempt|Sorry, try again|[Aa]uthentication fail|Authorization failed|maximum \\d+ incorrect",
        RegexOptions.CultureInvariant)]
    private static partial Regex WrongPassword();

    [GeneratedRegex("unknown user|user .* does not exist|no passwd entry", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UnknownUser();
}
