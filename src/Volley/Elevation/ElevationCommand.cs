using System.Text;
using Volley.Interop;
using Volley.Scripts;

namespace Volley.Elevation;

/// <summary>Composes the commands that become another user at a target.</summary>
/// <param name="settings">The user, and how commands become that user.</param>
/// <param name="keepsAgent">Whether the command gets the path of the forwarded agent's socket, which sudo and doas remove from its environment.</param>
internal sealed class ElevationCommand(ElevationSettings settings, bool keepsAgent)
{
    /// <summary>The variable that identifies the processes of an elevated command.</summary>
    public const string MarkVariable = "VOLLEY_ELEVATED";

    /// <summary>
    /// Runs as the other user. All processes get the mark in their environment before the mark and the process id are printed. Then the program takes
    /// the shell's place.
    /// </summary>
    private const string Start = "export " + MarkVariable + "=\"$1\"; unset LANGUAGE; exec sh -c 'echo \"$1 $$\" >&2 || exit 1; shift; exec \"$@\"' sh \"$@\"";

    /// <summary>
    /// The same for a program that may have asked for the password: the command waits for <see cref="GoAhead"/>, so that one whose client has given up does
    /// not begin, however late the program accepts the password.
    /// </summary>
    private const string StartOnGoAhead = "export " + MarkVariable
        + "=\"$1\"; unset LANGUAGE; exec sh -c 'echo \"$1 $$\" >&2 && read -r VOLLEY_GO && [ \"$VOLLEY_GO\" = go ] || exit 1; shift; unset VOLLEY_GO; exec \"$@\"' sh \"$@\"";

    /// <summary>Ahead of the above: takes the path of the agent's socket from the first argument.</summary>
    private const string TakeAgent = "[ -z \"$1\" ] || export SSH_AUTH_SOCK=\"$1\"; shift; ";

    /// <summary>Selects untranslated messages, whatever the locale of the target. It does not change the locale itself.</summary>
    private static readonly string[] English = ["env", "LANGUAGE=en"];

    private readonly string _token = $"volley-password-{NewRandom()}:";

    /// <summary>The input of a command whose standard input is open.</summary>
    private readonly StandardInput _open = StandardInput.FromStream(Stream.Null);

    /// <summary>What a command reads from its input before it begins, if <see cref="WaitsForGoAhead"/>.</summary>
    public static ReadOnlyMemory<byte> GoAhead { get; } = "go\n"u8.ToArray();

    /// <summary>The prompt for the password, which is unique to the run; null if the program's prompt can't be set.</summary>
    public byte[]? Prompt => settings.Method == ElevationMethod.Sudo ? Encoding.ASCII.GetBytes(_token) : null;

    /// <summary>Whether the program has a mode in which it fails in place of asking for a password.</summary>
    public bool CanRefuseToAsk => settings.Method != ElevationMethod.Su;

    /// <summary>Whether the program asks for a password only on a terminal.</summary>
    public bool AsksOnTerminal => settings.Method != ElevationMethod.Sudo;

    /// <summary>Returns whether the composed command has a terminal.</summary>
    public bool HasTerminal(CommandJob command, bool mayAsk) => command.Terminal is not null || (mayAsk && AsksOnTerminal);

    /// <summary>Returns whether the composed command waits for <see cref="GoAhead"/>. A terminal would show it, and ends the command when it is closed.</summary>
    public bool WaitsForGoAhead(CommandJob command, bool mayAsk) => mayAsk && !HasTerminal(command, mayAsk);

    /// <summary>Returns a mark, which is unique to one command.</summary>
    public static string NewMark() => $"volley-started-{NewRandom()}";

    /// <summary>Returns a command that runs another one as the user.</summary>
    /// <param name="command">The command.</param>
    /// <param name="mark">The mark of its processes, which is printed before it starts.</param>
    /// <param name="mayAsk">Whether the program may ask for a password. Standard input is open then.</param>
    /// <param name="takesArguments">Whether the target is reached without a login shell.</param>
    public CommandJob Compose(CommandJob command, string mark, bool mayAsk, bool takesArguments)
    {
        var start = WaitsForGoAhead(command, mayAsk) ? StartOnGoAhead : Start;
        var program = takesArguments ? command.Arguments : ["sh", "-c", command.CommandLine];
        return Compose(GetWords(mayAsk), start, mark, program) with
        {
            Title = command.Title,
            Input = mayAsk || command.Input is not null ? _open : null,
            Terminal = command.Terminal ?? (HasTerminal(command, mayAsk) ? new PseudoTerminal() : null),
        };
    }

    private CommandJob Compose(string[] words, string start, string mark, IEnumerable<string> program)
    {
        if (settings.Method == ElevationMethod.Su)
        {
            // It keeps the environment, and with it the agent.
            string[] run = ["sh", "-c", start, "sh", mark, .. program];
            return CommandJob.Program(words[0], [.. words[1..], "exec " + string.Join(' ', run.Select(ShellWord.Quote)), settings.User]);
        }

        if (!keepsAgent)
            return CommandJob.Program(words[0], [.. words[1..], "sh", "-c", start, "sh", mark, .. program]);
        // Only a shell of the user who logs in knows the path.
        var line = string.Join(' ', words.Concat(["sh", "-c", TakeAgent + start, "sh"]).Select(ShellWord.Quote));
        return CommandJob.Program("sh", ["-c", $"exec {line} \"${{SSH_AUTH_SOCK-}}\" \"$@\"", "sh", mark, .. program]);
    }

    private static string NewRandom() => Sodium.RandomDigits(24);

    /// <summary>Returns the program with its options.</summary>
    private string[] GetWords(bool mayAsk) => settings.Method switch
    {
        ElevationMethod.Sudo => [.. English, "sudo", .. mayAsk ? (string[])["-S", "-p", _token] : ["-n"], "-u", settings.User, "--"],
        ElevationMethod.Doas => ["doas", .. mayAsk ? (string[])[] : ["-n"], "-u", settings.User, "--"],
        _ => [.. English, "su", "-s", "/bin/sh", "-c"],
    };
}
