using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Run;
using Volley.Ssh;

namespace Volley.Cli.Options;

/// <summary>The options of the job.</summary>
internal sealed class JobOptions() : OptionGroup("How")
{
    private const string RunsNothing = "it runs no command";

    private static readonly string[] TransportNames = ["auto", "openssh", "exec", "native"];

    public readonly Option<int?> Parallel = new(Values.Number(1, int.MaxValue), "--parallel") { ValueName = "N", Help = "hosts at once (64)" };
    public readonly Option<TimeSpan?> ConnectTimeout = new(Values.DurationOrZero("no limit"), "--connect-timeout")
    {
        ValueName = "TIME",
        Help = "limit until connected and authenticated, and again until the command is started; 0 for none (10)",
        NeedsConnection = true,
    };
    public readonly Option<TimeSpan?> CommandTimeout = new(Values.DurationOrZero("no limit"), "--timeout")
    {
        ValueName = "TIME",
        Help = "limit of the command: 30, 2.5s, 250ms, 10m, 1h30m; 0 for none (0)",
        NeedsCommand = $"{RunsNothing}; the limit for connecting is --connect-timeout",
    };
    public readonly Option<TimeSpan?> Drain = new(Values.DurationOrNone("do not wait", "until the streams end"), "--drain")
    {
        ValueName = "TIME",
        Help = "how long output must be silent after the command's exit; 0: do not wait, none: until the streams end (250ms)",
        NeedsCommand = $"{RunsNothing} whose output could be awaited",
    };
    public readonly Flag FailFast = new("--fail-fast", "-k") { Help = "stop everything at the first failure" };
    public readonly Flag Batch = new("--batch", "-b") { Help = "one Ctrl+C ends the run; else the first shows the status" };
    public readonly Flag Stdin = new("--stdin") { Help = "send standard input to every host", NeedsCommand = RunsNothing };
    public readonly Option<string> Script = new(Values.Text, "--script")
    {
        ValueName = "FILE",
        Help = "run FILE on every host, by the program of its #! line, else sh; the words of the command are its arguments",
        NeedsCommand = RunsNothing,
    };
    public readonly Option<string> Interpreter = new(Values.Text, "--interpreter")
    {
        ValueName = "PROGRAM",
        Help = "what runs a script without a #! line (sh)",
    };
    public readonly Option<string> Transport = new(Values.OneOf(TransportNames), "--transport")
    {
        ValueName = "WAY",
        Help = "auto: whichever serves the host as ssh would; openssh; native: SSH in our own process; or exec: a local process per host, with %h %u %n %% in its words",
        Choices = TransportNames,
    };
    public readonly Flag Tty = new("--tty")
    {
        Help = "run the command on a terminal; what it prints comes together",
        NeedsConnection = true,
        NeedsCommand = RunsNothing,
    };
    public readonly ListOption Environment = new(Values.Variable, "--env")
    {
        ValueName = "NAME=VALUE",
        Help = "a variable for the command, where the server allows it (AcceptEnv)",
        NeedsCommand = RunsNothing,
    };

    public override IReadOnlyList<Option> Options =>
        [Parallel, ConnectTimeout, CommandTimeout, Drain, FailFast, Batch, Stdin, Script, Interpreter, Transport, Tty, Environment];

    public TransportChoice TransportChoice => Transport.Value switch
    {
        "openssh" => TransportChoice.OpenSsh,
        "native" => TransportChoice.Native,
        "exec" => TransportChoice.Exec,
        _ => TransportChoice.Auto,
    };

    /// <summary>Checks the command, and that the options match it.</summary>
    /// <param name="command">The arguments of the command.</param>
    /// <param name="isPing">Whether the run is a ping, without a command.</param>
    /// <exception cref="UsageException">The command is missing, unexpected or empty, or options contradict it or each other.</exception>
    public void Check(string[] command, bool isPing)
    {
        if (isPing && command.Length > 0)
            throw new UsageException($"ping runs nothing, so '{command[0]}' has no place; to run it: volley run -H HOSTS {command[0]}");
        if (!isPing && command.Length == 0 && !Script.IsGiven)
            throw new UsageException("no command; it comes after the options, for example: volley -H 'web[1-8]' uptime");
        if (command is ["", ..])
            throw new UsageException("the command is an empty word");
        if (Interpreter.IsGiven && !Script.IsGiven)
            throw new UsageException("--interpreter names the program for --script, which is not given");
        if (string.IsNullOrWhiteSpace(Interpreter.Value ?? "sh"))
            throw new UsageException("--interpreter names no program");
        if (Stdin.IsGiven && Script.IsGiven)
            throw new UsageException("--stdin and --script exclude each other: the script is the standard input");
    }

    /// <summary>
    /// Checks the length of the command, unless it runs as a local process, whose arguments are passed separately within the system's limits, or
    /// comes from a script.
    /// </summary>
    /// <exception cref="UsageException">The command is longer than SSH servers accept.</exception>
    public void CheckLength(string[] command)
    {
        if (TransportChoice == TransportChoice.Exec || Script.IsGiven)
            return;
        var length = SystemText.GetByteCount(string.Join(' ', command));
        if (length > CommandJob.LongestCommandLine)
        {
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"the command has {length:N0} bytes, but SSH servers take at most {CommandJob.LongestCommandLine:N0}; use --script with a file"));
        }
    }

    /// <summary>Creates the job of a command or a script.</summary>
    /// <param name="command">The arguments of the command.</param>
    /// <param name="environment">The standard input and the terminal.</param>
    /// <param name="note">Receives each line for standard error.</param>
    /// <exception cref="UsageException">A file can't be read.</exception>
    public CommandJob Job(string[] command, ProgramEnvironment environment, Action<string> note)
    {
        var job = Script.Value is { } path
            ? ScriptJob(path, command, note)
            : new CommandJob([.. command]) { Input = Stdin.IsGiven ? StandardInput.FromStream(environment.OpenStandardInput()) : null };
        return job with
        {
            Terminal = Tty.IsGiven ? environment.Terminal : null,
            // The last value of a name counts, as with env(1).
            Environment = ImmutableDictionary<string, string>.Empty.SetItems(
                Environment.Values.Select(variable => variable.Split('=', 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1]))),
        };
    }

    /// <summary>Returns a plan with the settings of the options.</summary>
    public RunPlan Plan(RunPlan plan) => plan with
    {
        // The transports over ssh apply a limit per attempt, which excludes the waits for a turn and between attempts.
        ConnectTimeout = TransportChoice == TransportChoice.Exec ? TimeSpan.FromSeconds(10) : Timeout.InfiniteTimeSpan,
        CommandTimeout = CommandTimeout.Value is { } limit && limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan,
        Drain = Drain.Value ?? plan.Drain,
        OnFailure = FailFast.IsGiven ? FailurePolicy.FailFast : FailurePolicy.Continue,
        Parallel = Parallel.Value ?? plan.Parallel,
    };

    private CommandJob ScriptJob(string path, string[] arguments, Action<string> note)
    {
        var script = ScriptFile.Open(path, Interpreter.Value);
        if (script.Note is { } line)
            note(line);
        return CommandJob.Script(script.Input, arguments, script.Interpreter);
    }
}
