using System.Globalization;
using System.Text.RegularExpressions;

namespace Volley.Elevation;

/// <summary>The causes of an elevation that has failed, from the messages of sudo, sudo-rs, doas and su.</summary>
/// <param name="settings">The user, and how commands become that user.</param>
internal sealed partial class ElevationFailures(ElevationSettings settings)
{
    private const int NotFoundCode = 127;
    private const int MaxLineLength = 200;
    private const int MaxOtherLines = 4;

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
    public static bool IsPasswordAccepted(DialogueEnd end, ElevationDialogue dialogue) => end == DialogueEnd.Expired
        || (dialogue.HasAnswered && !WrongPassword().IsMatch(dialogue.Text)
            && (NotPermitted().IsMatch(dialogue.Text) || AccountExpired().IsMatch(dialogue.Text)));

    /// <summary>Whether the program has refused the password. One that has ended for another reason may have accepted it.</summary>
    public static bool IsPasswordRefused(DialogueEnd end, ElevationDialogue dialogue) => end == DialogueEnd.Refused
        || (end == DialogueEnd.Ended && WrongPassword().IsMatch(dialogue.Text));

    /// <summary>Whether a program that got the password asks for a new one.</summary>
    /// <param name="text">What it printed since.</param>
    public static bool AsksForNewPassword(string text) => PasswordExpired().IsMatch(text);

    /// <summary>Returns the failure of a program that asks for a password where none is known.</summary>
    public TransportException GetPasswordNeeded() =>
        Create("password needed", $"{Program} needs a password, and none was given", Remedy.GiveElevationPassword);

    /// <summary>Returns the failure of a target that does not get the password, because one has refused it.</summary>
    public TransportException GetNotTried(Target target, Target refusedAt) => target.Index == refusedAt.Index
        ? GetWrongPassword()
        : Create("password not tried", $"{refusedAt.Label} has refused the password for {Program}, so this host does not get it", cause: refusedAt);

    /// <summary>Returns the failure of a target that does not get the password, because too many have not answered it.</summary>
    public TransportException GetGivenUp(Target last) => Create(
        "password not tried",
        $"no host has answered the password for {Program} yet, and {last.Label} was the last of three that got it, so this host does not get it",
        cause: last);

    /// <summary>Returns the failure of a target whose changed host key was accepted.</summary>
    public TransportException GetKeyChanged() =>
        Create("no password for a changed host key", $"{Program} needs a password, and a host whose key has changed gets none");

    /// <summary>Returns the failure after a dialogue that did not start the command.</summary>
    public TransportException Explain(DialogueEnd end, ElevationDialogue dialogue)
    {
        var failure = Find(end, dialogue);
        var others = GetOtherLines(dialogue.Text, failure.Message);
        return others.Length == 0 ? failure : failure.Rephrased($"{failure.Message}; {Program} printed: {others}");
    }

    private TransportException Find(DialogueEnd end, ElevationDialogue dialogue)
    {
        var text = dialogue.Text;
        return end switch
        {
            DialogueEnd.Refused => GetWrongPassword(),
            DialogueEnd.Unanswered => GetPasswordNeeded(),
            DialogueEnd.Expired => Create("password expired", $"{Program} demands a new password, which the user sets by passwd after a login"),
            DialogueEnd.Question => Create(
                "unexpected question", $"{Program} asks for something other than the password: {GetLine(text)}"),
            DialogueEnd.TimedOut => GetNoAnswer(dialogue.HasAnswered),
            DialogueEnd.TooMuchOutput => Create("failed", $"too much output before {Program} starts the command"),
            _ when TerminalNeeded().IsMatch(text) => Create("terminal required", GetLine(text, TerminalNeeded()), Remedy.UseTerminal),
            _ when UnknownUser().IsMatch(text) => Create("unknown user", GetLine(text, UnknownUser())),
            _ when NotPermitted().IsMatch(text) => Create("not permitted", GetLine(text, NotPermitted())),
            _ when AccountExpired().IsMatch(text) => Create("account expired", GetLine(text, AccountExpired())),
            _ when WrongPassword().IsMatch(text) => GetWrongPassword(),
            _ when PasswordNeeded().IsMatch(text) => GetPasswordNeeded(),
            _ when dialogue.Status.ExitCode == NotFoundCode => Create("not installed", $"{Program} is not installed"),
            _ => Create("failed", GetLine(text) is { Length: > 0 } line
                ? line
                : $"{Program} has ended without a message ({GetStatus(dialogue.Status)})"),
        };
    }

    private TransportException GetWrongPassword() => Create("wrong password", $"{Program} does not accept the password");

    private TransportException GetNoAnswer(bool hasAnswered)
    {
        var limit = string.Create(CultureInfo.InvariantCulture, $"within {settings.StartLimit.TotalSeconds:0.###} s");
        return Create(
            "no answer",
            hasAnswered ? $"{Program} has neither accepted nor refused the password {limit}" : $"{Program} has neither asked for a password nor started the command {limit}",
            Remedy.RaiseElevationLimit);
    }

    private TransportException Create(string reason, string message, Remedy remedy = Remedy.None, Target? cause = null) =>
        new(NodeOutcome.ElevationFailed, message) { Reason = $"{Program}: {reason}", Remedy = remedy, Cause = cause };

    private static string GetStatus(ExitStatus status) => status.Signal is { } signal ? $"signal {signal}" : $"exit {status.ExitCode}";

    /// <summary>Returns the line that matches a pattern, or the last one.</summary>
    private static string GetLine(string text, Regex? pattern = null) =>
        Shorten(SplitLines(text).LastOrDefault(one => pattern is null || pattern.IsMatch(one)) ?? "");

    /// <summary>Returns the last lines that the message does not have, such as warnings, without those that say the same.</summary>
    private static string GetOtherLines(string text, string message) => string.Join("; ", SplitLines(text)
        .Select(Shorten)
        .Where(line => !message.Contains(line, StringComparison.Ordinal) && !Usual().IsMatch(line))
        .Distinct()
        .TakeLast(MaxOtherLines));

    private static string[] SplitLines(string text) =>
        text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Shorten(string line) => line.Length > MaxLineLength ? $"{line[..MaxLineLength]}..." : line;

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

    // PAM, sudo, and the questions of passwd(1).
    [GeneratedRegex(
        "(?:password|Password) (?:is|has) expired|expired password|(?:required to|must|need to) change your password|(?:New|Current|Old|new) [Pp]assword[^\\n]*:",
        RegexOptions.CultureInvariant)]
    private static partial Regex PasswordExpired();

    [GeneratedRegex("account validation failure|[Aa]ccount (?:has|is) expired|[Aa]ccount expired", RegexOptions.CultureInvariant)]
    private static partial Regex AccountExpired();

    // What the cause says already, prompts, and the lecture of sudo.
    [GeneratedRegex(
        "^Sorry, try again|^\\[sudo|[Pp]assword[^:]*:$|no password was provided|a password is required|incorrect (?:password|authentication) attempt"
            + "|^Changing password for|^We trust you have received|^Administrator\\. It usually|^#[123]\\) |^For security reasons, the password",
        RegexOptions.CultureInvariant)]
    private static partial Regex Usual();
}
