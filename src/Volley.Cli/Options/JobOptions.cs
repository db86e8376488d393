using System.Collections.Immutable;
using Volley.Cli.Options.Limits;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Run;

namespace Volley.Cli.Options;

/// <summary>The options of the job.</summary>
internal sealed class JobOptions() : OptionGroup("Execution")
{
    private const string RunsNothing = "it runs no command";

    private static readonly string[] TransportNames = ["auto", "openssh", "exec", "native"];

    public readonly Option<int?> Parallel = new(Values.Number(1, int.MaxValue), "--parallel")
    {
        ValueName = "N",
        Help = "number of hosts at once",
        Default = "64",
    };
    public readonly Option<TimeSpan?> ConnectTimeout = new(Values.DurationOrZero("no limit"), "--connect-timeout")
    {
        ValueName = "TIME",
        Help = "time limit for connecting and logging in, and again for starting the command; 0 for none",
        Default = "10",
        IsInSshConfig = true,
        NeedsConnection = true,
    };
    public readonly Option<TimeSpan?> Drain = new(Values.DurationOrNone("do not wait", "until the streams end"), "--drain")
    {
        ValueName = "TIME",
        Help = "after the command's exit, wait for TIME without output; 0: do not wait, none: until the streams end",
        Default = "250ms",
        NeedsCommand = $"{RunsNothing}, so there is no output to wait for",
        NotForTransfers = RunsNothing,
    };
    public readonly Flag FailFast = new("--fail-fast", "-k") { Help = "stop all hosts at the first failure", HasNoEffectOnWaits = true };
    public readonly Flag Batch = new("--batch", "-b") { Help = "stop at the first Ctrl+C; by default it shows the status" };
    public readonly Flag Stdin = new("--stdin")
    {
        Help = "send standard input to every host; with --then, to the first command",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };
    public readonly Option<string> Script = new(Values.Text, "--script")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "run FILE on every host with the interpreter of its #! line, or sh; the command line holds its arguments",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
        HasVariable = false,
    };
    public readonly Option<string> Interpreter = new(Values.Program, "--interpreter")
    {
        ValueName = "PROGRAM",
        Completes = OptionValues.Programs,
        Help = "interpreter for a script without a #! line",
        Default = "sh",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
        HasVariable = false,
    };
    public readonly Option<string> Transport = new(Values.OneOf(TransportNames), "--transport")
    {
        ValueName = "NAME",
        Help = "auto: the fastest that acts as ssh would; openssh: ssh; native: built-in SSH; "
            + "exec: a local process per host, with %h %u %n %% substituted",
        Default = "auto",
        Choices = TransportNames,
    };
    public readonly Flag Tty = new("--tty")
    {
        Help = "run the command in a pseudo-terminal, which merges stdout and stderr",
        NeedsConnection = true,
        NeedsCommand = RunsNothing,
        AlsoFor = [RunVerb.Reboot, RunVerb.WaitFor],
        NotForTransfers = RunsNothing,
    };
    public readonly ListOption Environment = new(Values.Variable, "--env")
    {
        ValueName = "NAME=VALUE",
        Help = "environment variable of the command",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };

    public override IReadOnlyList<Option> Options =>
        [Parallel, ConnectTimeout, Drain, FailFast, Batch, Stdin, Script, Interpreter, Transport, Tty, Environment];

    public TransportChoice TransportChoice => Transport.Value is { } name ? Enum.Parse<TransportChoice>(name, ignoreCase: true) : TransportChoice.Auto;

    /// <summary>Checks the command, and that the options match it.</summary>
    /// <param name="command">The arguments of the command.</param>
    /// <param name="verb">The verb: a run, or one without a command.</param>
    /// <exception cref="UsageException">The command is missing, unexpected or empty, or options contradict it or each other.</exception>
    public void Check(string[] command, RunVerb verb)
    {
        var isPing = verb.IsPing();
        if (isPing && command.Length > 0)
            throw new UsageException($"{verb.GetName()} takes no command: unexpected '{command[0]}'; to run it: volley run -H HOSTS {command[0]}");
        if (verb == RunVerb.Run && command.Length == 0 && !Script.IsGiven)
            throw new UsageException("no command; it comes after the options, for example: volley -H 'web[1-8]' uptime");
        if (command is ["", ..])
            throw new UsageException("the command is empty; it must begin with the name of a program");
        if (!Script.IsGiven)
            Interpreter.DropDefault();
        if (Interpreter.IsGiven && !Script.IsGiven)
            throw new UsageException("--interpreter requires --script");
        if (verb == RunVerb.WaitFor && command.Length == 0 && Tty.IsGiven)
            throw Tty.Error("wait-for takes --tty only with a command");
        if (Stdin.Contradicts(Script))
            throw Script.Error("--stdin and --script are mutually exclusive: the script is sent as standard input");
    }

    /// <summary>
    /// Checks the length of the command, unless it runs as a local process, whose arguments are passed separately within the system's limits, or
    /// comes from a script.
    /// </summary>
    /// <exception cref="UsageException">The command is longer than SSH servers accept.</exception>
    public void CheckLength(string[] command)
    {
        if (!TransportChoice.UsesSsh() || Script.IsGiven)
            return;
        StepOptions.CheckLength("the command", string.Join(' ', command));
    }

    /// <summary>Creates the job of a command or a script.</summary>
    /// <param name="command">The arguments of the command.</param>
    /// <param name="line">The command as a line for the login shell; null for the arguments joined by single spaces, as ssh(1) joins them.</param>
    /// <param name="toWord">Returns the word of <c>sh</c> for an argument of a script; null for the argument itself.</param>
    /// <param name="environment">The standard input and the terminal.</param>
    /// <param name="note">Receives each line for standard error.</param>
    /// <exception cref="UsageException">A file can't be read.</exception>
    public CommandJob Job(string[] command, string? line, Func<string, string>? toWord, ProgramEnvironment environment, Action<string> note)
    {
        var job = Script.Value is { } path
            ? ScriptJob(path, command, toWord, note)
            : CreateCommand(command, line) with { Input = Stdin.IsGiven ? StandardInput.FromStream(environment.OpenStandardInput()) : null };
        return job with
        {
            Terminal = GetTerminal(environment),
            Environment = CreateEnvironment(),
        };
    }

    /// <summary>Returns the terminal of commands; null for none.</summary>
    public PseudoTerminal? GetTerminal(ProgramEnvironment environment) => Tty.IsGiven ? environment.Terminal : null;

    /// <summary>Returns the variables of <c>--env</c>. The last value of a name counts, as with env(1).</summary>
    public ImmutableDictionary<string, string> CreateEnvironment() => ImmutableDictionary<string, string>.Empty.SetItems(
        Environment.Values.Select(variable => variable.Split('=', 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1])));

    /// <summary>Returns a plan with the settings of the options.</summary>
    public RunPlan Plan(RunPlan plan) => plan with
    {
        Drain = Drain.Value ?? plan.Drain,
        FailFast = FailFast.IsGiven,
        MaxConcurrency = Parallel.Value ?? plan.MaxConcurrency,
    };

    private CommandJob CreateCommand(string[] command, string? line)
    {
        var title = string.Join(' ', command);
        return (TransportChoice.UsesSsh() ? CommandJob.Shell(line ?? title) : CommandJob.Program(command[0], command[1..])) with { Title = title };
    }

    private CommandJob ScriptJob(string path, string[] arguments, Func<string, string>? toWord, Action<string> note)
    {
        try
        {
            var script = ScriptFile.Open(path, Interpreter.Value, Interpreter.IsRequested);
            if (script.Note is { } line)
                note(line);
            return CommandJob.Script(script.Input, arguments, script.Interpreter, toWord) with { Title = CommandJob.Program(path, arguments).Title };
        }
        catch (UsageException usage)
        {
            throw Script.Error(usage.Message);
        }
    }
}
