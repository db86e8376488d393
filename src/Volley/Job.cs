using System.Collections.Immutable;
using System.Globalization;
using Volley.Scripts;
using Volley.Ssh;

namespace Volley;

/// <summary>The work that a run does at every target.</summary>
public abstract record Job;

/// <summary>A job that connects and authenticates, and runs no command.</summary>
public sealed record PingJob : Job;

/// <summary>A job that runs one command.</summary>
/// <param name="Arguments">The arguments of the command, the program first; at least one.</param>
public sealed record CommandJob(ImmutableArray<string> Arguments) : Job
{
    /// <summary>The longest command line that an OpenSSH server accepts, in bytes. Its packets hold at most 256 KiB.</summary>
    public const int MaxCommandLineBytes = (256 * 1024) - 64;

    /// <summary>MAX_ARG_STRLEN of execve(2) without the terminating zero byte. sshd passes the command to the shell as one argument.</summary>
    internal const int MaxLinuxArgumentBytes = (128 * 1024) - 1;

    private readonly string? _commandLine;
    private readonly string? _title;

    /// <summary>
    /// The command line for the remote login shell: the arguments joined by single spaces, as ssh(1) joins them. For a script it is a
    /// fixed text, because login shells differ in syntax, and the script's arguments precede the script in <see cref="Input"/>.
    /// </summary>
    public string CommandLine => _commandLine ?? string.Join(' ', Arguments);

    /// <summary>
    /// Whether the job runs a script, whose <see cref="Arguments"/> must reach the interpreter unchanged. Otherwise a shell may run
    /// <see cref="CommandLine"/>.
    /// </summary>
    public bool IsScript => _commandLine is not null;

    /// <summary>The command as a user would type it, for display.</summary>
    public string Title => _title ?? CommandLine;

    /// <summary>The standard input of every target's command; null for empty input.</summary>
    public StandardInput? Input { get; init; }

    /// <summary>
    /// The terminal of the command, or null for none. The command gets a hang-up when the run ends it. A terminal merges standard
    /// output and standard error.
    /// </summary>
    public PseudoTerminal? Terminal { get; init; }

    /// <summary>
    /// Variables of the command's environment, by name. A server accepts those that its configuration allows (AcceptEnv in
    /// sshd_config(5)) and drops the others without a report.
    /// </summary>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Returns a job that runs a script at the target.</summary>
    /// <param name="script">The text of the script.</param>
    /// <param name="arguments">The script's arguments. They reach the script unchanged, whatever the target's login shell.</param>
    /// <param name="interpreter">
    /// The program that runs the script, with its options, as after <c>#!</c>; <c>sh</c> if null. A program that is not known to read a
    /// script from standard input gets a temporary file, which is removed when the script ends.
    /// </param>
    public static CommandJob Script(StandardInput script, IEnumerable<string> arguments, string? interpreter = null)
    {
        ArgumentNullException.ThrowIfNull(script);
        var program = ScriptInterpreter.Parse(interpreter);
        string[] all = [.. arguments];
        return new CommandJob(program.GetLocalArguments(all), program.CommandLine, program.Title(all))
        {
            Input = StandardInput.ForScript(script, program.Preamble(all)),
        };
    }

    /// <summary>Explains why a server may have refused a long command; null if the command is short enough.</summary>
    internal string? LengthWarning =>
        CommandLine is { Length: > MaxLinuxArgumentBytes / 3 } line && SystemText.GetByteCount(line) is > MaxLinuxArgumentBytes and var count
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the command has {count:N0} bytes, and Linux servers refuse more than {MaxLinuxArgumentBytes:N0} (MAX_ARG_STRLEN)")
            : null;

    private CommandJob(ImmutableArray<string> arguments, string commandLine, string title)
        : this(arguments) => (_commandLine, _title) = (commandLine, title);
}
