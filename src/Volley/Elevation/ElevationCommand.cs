using System.Text;
using Volley.Interop;
using Volley.Scripts;

namespace Volley.Elevation;

/// <summary>Composes the commands that become another user at a target.</summary>
/// <param name="settings">The user, and how commands become that user.</param>
internal sealed class ElevationCommand(ElevationSettings settings)
{
    /// <summary>The variable that identifies the processes of an elevated command.</summary>
    public const string MarkVariable = "VOLLEY_ELEVATED";

    /// <summary>
    /// Runs as the other user. All processes get the mark in their environment before the mark and the process id are printed. Then the program takes
    /// the shell's place.
    /// </summary>
    private const string Start = "export " + MarkVariable + "=\"$1\"; unset LANGUAGE; exec sh -c 'echo \"$1 $$\" >&2; shift; exec \"$@\"' sh \"$@\"";

    /// <summary>Selects untranslated messages, whatever the locale of the target. It does not change the locale itself.</summary>
    private static readonly string[] English = ["env", "LANGUAGE=en"];

    private readonly string _token = $"volley-password-{NewRandom()}:";

    /// <summary>The input of a command whose standard input is open.</summary>
    private readonly StandardInput _open = StandardInput.FromStream(Stream.Null);

    /// <summary>The prompt for the password, which is unique to the run; null if the program's prompt can't be set.</summary>
    public byte[]? Prompt => settings.Method == ElevationMethod.Sudo ? Encoding.ASCII.GetBytes(_token) : null;

    /// <summary>Whether the program has a mode in which it fails in place of asking for a password.</summary>
    public bool CanRefuseToAsk => settings.Method != ElevationMethod.Su;

    /// <summary>Whether the program asks for a password only on a terminal.</summary>
    public bool AsksOnTerminal => settings.Method != ElevationMethod.Sudo;

    /// <summary>Returns whether the composed command has a terminal.</summary>
    public bool HasTerminal(CommandJob command, bool mayAsk) => command.Terminal is not null || (mayAsk && AsksOnTerminal);

    /// <summary>Returns a mark, which is unique to one command.</summary>
    public static string NewMark() => $"volley-started-{NewRandom()}";

    /// <summary>Returns a command that runs another one as the user.</summary>
    /// <param name="command">The command.</param>
    /// <param name="mark">The mark of its processes, which is printed before it starts.</param>
    /// <param name="mayAsk">Whether the program may ask for a password. Standard input is open then.</param>
    /// <param name="takesArguments">Whether the target is reached without a login shell.</param>
    public CommandJob Compose(CommandJob command, string mark, bool mayAsk, bool takesArguments)
    {
        string[] words = [.. GetWords(mayAsk), .. GetRest(takesArguments ? command.Arguments : ["sh", "-c", command.CommandLine], mark)];
        return CommandJob.Program(words[0], words[1..]) with
        {
            Title = command.Title,
            Input = mayAsk || command.Input is not null ? _open : null,
            Terminal = command.Terminal ?? (HasTerminal(command, mayAsk) ? new PseudoTerminal() : null),
        };
    }

    private static string NewRandom() => Sodium.RandomDigits(24);

    /// <summary>Returns the program with its options.</summary>
    private string[] GetWords(bool mayAsk) => settings.Method switch
    {
        ElevationMethod.Sudo => [.. English, "sudo", .. mayAsk ? (string[])["-S", "-p", _token] : ["-n"], "-u", settings.User, "--"],
        ElevationMethod.Doas => ["doas", .. mayAsk ? (string[])[] : ["-n"], "-u", settings.User, "--"],
        _ => [.. English, "su", "-s", "/bin/sh", "-c"],
    };

    /// <summary>Returns the arguments that follow those of the program.</summary>
    private string[] GetRest(IEnumerable<string> arguments, string mark)
    {
        string[] words = ["sh", "-c", Start, "sh", mark, .. arguments];
        return settings.Method == ElevationMethod.Su ? ["exec " + string.Join(' ', words.Select(ShellWord.Quote)), settings.User] : words;
    }
}
