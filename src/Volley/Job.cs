using System.Collections.Immutable;
using System.Globalization;
using Volley.Interop.Text;
using Volley.Scripts;
using Volley.Ssh;

namespace Volley;

/// <summary>The work that a run does at every target.</summary>
public abstract record Job;

/// <summary>A job that connects and authenticates, and runs no command.</summary>
public sealed record PingJob : Job;

/// <summary>A job that runs one command. Every transport gives the command the same arguments.</summary>
/// <remarks>
/// <see cref="Program"/> and <see cref="Script"/> are safe with arguments from users: no shell interprets them.
/// <see cref="Shell"/> is not: the line is a program in the language of the shell, so a text that is inserted into it can run other commands.
/// </remarks>
/// <example>
/// <code>
/// CommandJob.Shell("df -h / | tail -1");                 // A line for the login shell.
/// CommandJob.Program("grep", "-c", userInput, "/etc/passwd");   // Each argument arrives unchanged.
/// </code>
/// </example>
public sealed record CommandJob : Job
{
    /// <summary>
    /// The longest command line that an SSH server accepts, in bytes: its packets hold at most 256 KiB. A longer one fails at each target that is
    /// reached over SSH, and nothing else on its connection does.
    /// </summary>
    public const int MaxCommandLineBytes = SshClient.MaxCommandBytes;

    private CommandJob(ImmutableArray<string> arguments, string commandLine, string title) =>
        (Arguments, CommandLine, Title) = (arguments, commandLine, title);

    /// <summary>
    /// The program and its arguments, for a transport that starts a process without a login shell. For a line it is <c>sh -c LINE</c>.
    /// </summary>
    public ImmutableArray<string> Arguments { get; private init; }

    /// <summary>
    /// The command line for a login shell, which may be sh, bash, zsh, csh or fish. For a script it is a fixed text, and the script's
    /// arguments precede the script in <see cref="Input"/>.
    /// </summary>
    public string CommandLine { get; private init; }

    /// <summary>Whether the command is a line of the login shell's language.</summary>
    internal bool IsLine { get; private init; }

    /// <summary>Whether the command runs as the user who logs in, although others of the run are elevated.</summary>
    internal bool IsUnelevated { get; init; }

    /// <summary>Whether the command is a script, which is in <see cref="Input"/>.</summary>
    public bool IsScript { get; private init; }

    /// <summary>The interpreter and the arguments of a script; null for another command.</summary>
    internal ScriptCall? ScriptCall { get; private init; }

    /// <summary>The command as a user would type it, for display.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Title
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Title));
            field = value;
        }
    }

    /// <summary>The standard input of every target's command; null for empty input. That of a script is the script, and can't be replaced.</summary>
    /// <exception cref="ArgumentException">The job is a script, whose input would be run in its place.</exception>
    public StandardInput? Input
    {
        get;
        init => field = IsScript
            ? throw new ArgumentException(
                "the input of a script is the script itself; pass values as its arguments, or use Shell or Program with an input", nameof(Input))
            : value;
    }

    /// <summary>
    /// The terminal of the command, or null for none. The command gets a hang-up when the run ends it. A terminal merges standard
    /// output and standard error.
    /// </summary>
    public PseudoTerminal? Terminal { get; init; }

    /// <summary>
    /// Variables of the command's environment, by name. Over SSH they precede the command in its command line, so that they arrive whatever the server
    /// allows (AcceptEnv in sshd_config(5)), and users of the target can see the values in its list of processes, unless <see cref="Secrets"/> has the name.
    /// </summary>
    /// <exception cref="ArgumentException">A name is empty or has a <c>=</c> or a NUL, a value has a NUL, or a variable is longer than a process can have (128 KiB).</exception>
    public ImmutableDictionary<string, string> Environment { get; init => field = Argument.Variables(value, nameof(Environment)); } =
        ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// Returns more variables for the command at a target; null for none. They take precedence over <see cref="Environment"/>. It is called on any thread,
    /// once for each start of the command. The variables are checked as those of <see cref="Environment"/> are.
    /// </summary>
    public Func<Target, IReadOnlyDictionary<string, string>>? TargetEnvironment { get; init; }

    /// <summary>
    /// The names of variables whose values are kept off command lines: over SSH they are sent on the command's standard input, ahead of <see cref="Input"/>.
    /// With a <see cref="Terminal"/>, which would echo them, they are on a command line until the command begins.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ImmutableHashSet<string> Secrets
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Secrets));
            field = value;
        }
    } = [];

    /// <summary>
    /// The directory in which the command starts; a relative one is relative to that of the login. Null for that of the login. If it can't be entered,
    /// the command is not run, and the target ends with <see cref="NodeOutcome.DirectoryUnavailable"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? WorkingDirectory { get; init => field = Argument.Optional(value, nameof(WorkingDirectory)); }

    /// <summary>How often and when the command is run again after a failure; null for never, which is the default.</summary>
    /// <remarks>A plan refuses a job with retries whose <see cref="Input"/> can be read only once.</remarks>
    public CommandRetry? Retry { get; init; }

    /// <summary>Returns a job that has a shell run a line: pipes, variables and all other syntax of the shell apply.</summary>
    /// <remarks>
    /// Over SSH it is the login shell of the user at the target; <see cref="ExecTransport"/> uses <c>sh</c>. Do not build the line from
    /// texts of users: a text such as <c>; reboot</c> would be run. Use <see cref="Program"/> or <see cref="Script"/> for these.
    /// </remarks>
    /// <param name="line">The line.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ArgumentException">The line is empty, or has a NUL or an unpaired surrogate.</exception>
    public static CommandJob Shell(string line)
    {
        Argument.Text(line, nameof(line));
        return new CommandJob(["sh", "-c", line], line, line) { IsLine = true };
    }

    /// <summary>Returns a job that runs a program with arguments that no shell interprets, whatever the login shell of the target.</summary>
    /// <remarks>
    /// Each argument reaches the program unchanged, also an empty one and one with spaces, quotes, line feeds or <c>*</c>, so arguments may
    /// come from users. The program itself interprets them, of course: write <c>--</c> before an argument that must not be taken for an option.
    /// </remarks>
    /// <param name="program">The program: a path, or a name that is searched for on PATH.</param>
    /// <param name="arguments">The arguments of the program.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ArgumentException">The program is empty, an argument is null, or one of them has a NUL or an unpaired surrogate.</exception>
    public static CommandJob Program(string program, params IEnumerable<string> arguments)
    {
        ImmutableArray<string> all = [Argument.Text(program, nameof(program)), .. Argument.Texts(arguments, nameof(arguments))];
        return new CommandJob(all, LoginShell.CommandLine(all), string.Join(' ', all.Select(ShellWord.Quote)));
    }

    /// <summary>Returns a job that runs a script at the target.</summary>
    /// <param name="script">The text of the script.</param>
    /// <param name="arguments">
    /// The script's arguments. They reach the script unchanged, whatever the target's login shell, so they may come from users.
    /// </param>
    /// <param name="interpreter">
    /// The program that runs the script, with its options, as after <c>#!</c>; <c>sh</c> if null. A program that is not known to read a
    /// script from standard input gets a temporary file, which is removed when the script ends.
    /// </param>
    /// <param name="toWord">
    /// Returns the word that <c>sh</c> at the target parses as an argument, which may refer to variables of the command: <c>"$VOLLEY_RANK"</c>. Null for
    /// words that stand for themselves. A local process gets the arguments unchanged.
    /// </param>
    /// <returns>The job. Its <see cref="Input"/> is the script.</returns>
    /// <exception cref="ArgumentException">An argument is null, or an argument or the interpreter has a NUL.</exception>
    public static CommandJob Script(
        StandardInput script, IEnumerable<string> arguments, string? interpreter = null, Func<string, string>? toWord = null)
    {
        ArgumentNullException.ThrowIfNull(script);
        ImmutableArray<string> all = [.. Argument.Texts(arguments, nameof(arguments))];
        _ = interpreter is null ? null : Argument.WithoutNul(interpreter, nameof(interpreter));
        return CreateScript(script, new ScriptCall(interpreter, all, [.. all.Select(toWord ?? ShellWord.Quote)]));
    }

    /// <summary>Returns a job that runs a script, with the words of its arguments.</summary>
    internal static CommandJob CreateScript(StandardInput script, ScriptCall call)
    {
        var program = ScriptInterpreter.Parse(call.Interpreter);
        return new CommandJob(program.GetLocalArguments(call.Arguments), program.CommandLine, program.Title(call.Arguments))
        {
            Input = StandardInput.ForScript(script, program.Preamble(call.Words)),
            IsScript = true,
            ScriptCall = call,
        };
    }

    /// <summary>Returns the job with another command line, which sets the variables and the directory itself.</summary>
    /// <param name="commandLine">The command line.</param>
    /// <param name="needsInput">Whether data is written to the standard input also if there is no <see cref="Input"/>.</param>
    internal CommandJob WithCommandLine(string commandLine, bool needsInput)
    {
        var job = this with
        {
            Arguments = ["sh", "-c", commandLine],
            CommandLine = commandLine,
            Environment = ImmutableDictionary<string, string>.Empty,
            TargetEnvironment = null,
            WorkingDirectory = null,
        };
        return needsInput && Input is null ? job with { Input = StandardInput.Empty } : job;
    }

    /// <summary>Returns the job with a variable for all processes of the command, whatever the login shell and the server's AcceptEnv.</summary>
    internal CommandJob WithMark(string variable)
    {
        string[] mark = ["env", $"{variable}=1"];
        // The login shell runs its line as sshd would run it, as the leader of the process group.
        return this with
        {
            Arguments = [.. mark, .. Arguments],
            CommandLine = LoginShell.CommandLine([.. mark, "sh", "-c", "exec \"${SHELL:-/bin/sh}\" -c \"$1\"", "sh", CommandLine]),
        };
    }

    /// <summary>Checks that the command fits into a message to an SSH server, which would otherwise end the connection with all its commands.</summary>
    /// <exception cref="TransportException">The command is too long.</exception>
    internal void ThrowIfTooLong()
    {
        if (CommandLine is { Length: > MaxCommandLineBytes / 3 } line && SystemText.GetByteCount(line) is > MaxCommandLineBytes and var count)
        {
            throw new TransportException(
                NodeOutcome.ConnectFailed,
                string.Create(CultureInfo.InvariantCulture, $"the command has {count:N0} bytes, and SSH servers take at most {MaxCommandLineBytes:N0}"))
            {
                Remedy = Remedy.UseScript,
            };
        }
    }

    /// <summary>Explains why a server may have refused a long command; null if the command is short enough.</summary>
    internal string? LengthWarning =>
        CommandLine is { Length: > Argument.MaxArgumentBytes / 3 } line && SystemText.GetByteCount(line) is > Argument.MaxArgumentBytes and var count
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the command has {count:N0} bytes, and Linux servers refuse more than {Argument.MaxArgumentBytes:N0} (MAX_ARG_STRLEN)")
            : null;
}
