using System.Collections.Immutable;
using System.Globalization;
using Volley.Scripts;
using Volley.Ssh.Text;

namespace Volley;

/// <summary>What is done at every target of a run.</summary>
public abstract record Job;

/// <summary>Connects and authenticates, and runs nothing.</summary>
public sealed record PingJob : Job;

/// <summary>Runs one command.</summary>
/// <param name="Words">The words of the command, at least one.</param>
public sealed record CommandJob(ImmutableArray<string> Words) : Job
{
    /// <summary>The longest command line that an OpenSSH server takes, in bytes: its packets have at most 256 KiB.</summary>
    public const int LongestCommandLine = (256 * 1024) - 64;

    /// <summary>MAX_ARG_STRLEN of execve(2), less the zero byte at the end. sshd gives the command to the shell as one argument.</summary>
    internal const int LongestLinuxArgument = (128 * 1024) - 1;

    private readonly string? _commandLine;
    private readonly string? _title;

    /// <summary>
    /// What a remote login shell is given: the words joined with one space, as ssh(1) does it. For a script, which it does not
    /// interpret, it is a fixed text, and <see cref="Input"/> begins with the script's arguments.
    /// </summary>
    public string CommandLine => _commandLine ?? string.Join(' ', Words);

    /// <summary>The command as people would type it.</summary>
    public string Title => _title ?? CommandLine;

    /// <summary>What every target reads as its standard input, or null for an input that is at its end from the start.</summary>
    public StandardInput? Input { get; init; }

    /// <summary>The terminal that the command runs on, which gets a hang-up when we end it; null for none. Its standard output and standard error come together.</summary>
    public PseudoTerminal? Terminal { get; init; }

    /// <summary>
    /// Variables of the command's environment, by name. A server takes those that it allows (AcceptEnv in sshd_config(5)),
    /// drops the others, and does not say which.
    /// </summary>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Runs a script at the target.</summary>
    /// <param name="script">The text of the script.</param>
    /// <param name="arguments">The script's arguments, which it sees as they are, whatever the target's login shell.</param>
    /// <param name="interpreter">
    /// The program that runs it, with its options, as behind <c>#!</c>; <c>sh</c> if null. One that is not known to read a script from
    /// standard input gets it as a temporary file, which is removed when the script has ended.
    /// </param>
    public static CommandJob Script(StandardInput script, IEnumerable<string> arguments, string? interpreter = null)
    {
        ArgumentNullException.ThrowIfNull(script);
        var program = ScriptInterpreter.Parse(interpreter);
        string[] words = [.. arguments];
        return new CommandJob(program.LocalWords(words), program.CommandLine, program.Title(words))
        {
            Input = StandardInput.ForScript(script, program.Preamble(words)),
        };
    }

    /// <summary>Why a server may have refused a command for its length; null for one that is short enough.</summary>
    internal string? LengthWarning => CommandLine is { Length: > LongestLinuxArgument / 3 } line && SystemText.GetByteCount(line) is > LongestLinuxArgument and var count
        ? string.Create(CultureInfo.InvariantCulture, $"the command has {count:N0} bytes, and Linux servers refuse more than {LongestLinuxArgument:N0} (MAX_ARG_STRLEN); put it into a file and use --script FILE")
        : null;

    private CommandJob(ImmutableArray<string> words, string commandLine, string title)
        : this(words) => (_commandLine, _title) = (commandLine, title);
}
