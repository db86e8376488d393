using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Volley.Cli.CommandLine;
using Volley.Cli.Rendering.Gathering;
using Volley.Ssh.Files;
using Volley.Ssh.Text;
using Volley.Targets;
using Volley.Transports;
using Volley.Transports.OpenSsh;

namespace Volley.Cli;

/// <summary>Turns what the command line says into <see cref="RunSettings"/>, with what the environment, the files and the terminal say. After it nothing is looked up any more.</summary>
/// <param name="arguments">The command line.</param>
/// <param name="surroundings">What is around the program.</param>
internal sealed class SettingsResolver(RunArguments arguments, Surroundings surroundings)
{
    private readonly List<string> _notes = [];

    /// <exception cref="UsageException">They don't fit together, or name what is not there.</exception>
    /// <exception cref="HostListException">A host expression can't be understood.</exception>
    /// <exception cref="EmptySelectionException">No host is left after exclude and filter.</exception>
    public RunSettings Resolve()
    {
        var transport = Transport();
        var strategy = Strategy();
        CheckInput();
        CheckOutput();
        CheckTransport(transport);
        CheckLength(transport);
        CheckFiles();
        surroundings.CheckSockets();
        if (transport != TransportChoice.Exec)
            SshOptionErrors.Check(SshWithoutSecrets());
        var targets = new TargetSelection(arguments, surroundings, _notes.Add).Select();
        var mainRank = MainRankOf(targets);
        var colors = arguments.Color ?? "auto";
        var output = Output();
        CheckTui(output);
        var held = Holds(output, targets.Length);
        var plan = Plan(targets, mainRank, transport) with { MaxOutput = MaxOutput(held) };
        return new RunSettings
        {
            Plan = plan,
            Transport = transport,
            Ssh = Ssh() with { MaxIdleConnections = output != OutputMode.Tui && AreDifferent(targets) ? 0 : null },
            AskPassphrase = surroundings.AskPassphrase,
            Pacing = Pacing(),
            Output = output,
            Gather = Gather(output),
            Holds = held,
            LimitsLines = held == HeldOutputKind.Lines && arguments.MaxOutput is null,
            OutputFolder = arguments.OutputDir,
            Overwrites = arguments.Overwrite,
            ReportFile = arguments.Report,
            HasLabels = !arguments.NoPrefix,
            StdoutHasColors = HasColors(colors, surroundings.StdoutIsTerminal),
            StderrHasColors = HasColors(colors, surroundings.StderrIsTerminal),
            TerminalIsUnicode = surroundings.TerminalIsUnicode,
            ShowsProgress = !arguments.Quiet && ShowsProgress(output),
            ShowsSummary = !arguments.Quiet,
            Verbosity = arguments.Verbosity switch { 0 => LogLevel.Warning, 1 => LogLevel.Information, _ => LogLevel.Debug },
            IsBatch = arguments.Batch,
            Strategy = strategy,
            CanRepeat = plan.Job is not CommandJob { Input.IsRepeatable: false },
            LoginHint = PublicKeyHint.Of(arguments, surroundings),
            Notes = [.. _notes],
        };
    }

    /// <summary>Whether each host is one target only: then none comes again.</summary>
    private static bool AreDifferent(ImmutableArray<Target> targets) => targets.Select(target => target.Host).Distinct().Count() == targets.Length;

    private OutputMode Output()
    {
        if (arguments.Gather && arguments.Output is { } other and not "gather")
            throw new UsageException($"-g and --output {other} exclude each other; choose one");
        if (arguments.Tui && (arguments.Gather ? "gather" : arguments.Output) is { } another and not "tui")
            throw new UsageException($"--tui and --output {another} exclude each other; choose one");
        return arguments.Output switch
        {
            _ when arguments.Gather => OutputMode.Gather,
            _ when WantsTui => surroundings.TerminalIsDumb ? OutputMode.Stream : OutputMode.Tui,
            "normal" => OutputMode.Normal,
            "stream" => OutputMode.Stream,
            "gather" => OutputMode.Gather,
            "json" => OutputMode.Json,
            _ => surroundings.StdoutIsTerminal && !surroundings.TerminalIsDumb ? OutputMode.Normal : OutputMode.Stream,
        };
    }

    private HeldOutputKind Holds(OutputMode output, int targets) => output switch
    {
        OutputMode.Json => HeldOutputKind.Nothing,
        // The bytes of a single host pass as they are.
        OutputMode.Stream when arguments.NoPrefix && targets == 1 && !surroundings.StdoutIsTerminal => HeldOutputKind.Nothing,
        OutputMode.Stream => HeldOutputKind.Lines,
        _ => HeldOutputKind.Everything,
    };

    /// <summary>The most that a host may print; null for no limit.</summary>
    private long? MaxOutput(HeldOutputKind held) => arguments.MaxOutput switch
    {
        0 => null,
        null => held == HeldOutputKind.Everything ? TemporarySpace.DefaultLimit : null,
        var limit => limit,
    };

    private bool WantsTui => arguments.Tui || arguments.Output == "tui";

    /// <summary>What needs the terminal that the UI takes, or would change nothing in it, is refused.</summary>
    private void CheckTui(OutputMode output)
    {
        if (WantsTui && output == OutputMode.Stream)
            _notes.Add("volley: the terminal (TERM=dumb) can't show the terminal UI; output is shown as lines");
        if (output != OutputMode.Tui)
            return;
        if (!surroundings.StdinIsTerminal || !surroundings.StdoutIsTerminal)
            throw new UsageException("the terminal UI needs a terminal as standard input and output; without one use --output normal, stream, gather or json");
        if (arguments.Stdin)
            throw new UsageException("--stdin sends standard input to the hosts, and the terminal UI reads its keys there; leave one of the two out");
        if (arguments.NoPrefix)
            throw new UsageException("the terminal UI shows which node is which in any case, so --no-prefix has no place");
        if (arguments.Progress is not null)
            throw new UsageException("the terminal UI shows progress in any case, so --progress has no place");
    }

    private GatherOptions Gather(OutputMode output)
    {
        var given = arguments.Diff ? "--diff" : arguments.Live ? "--live" : arguments.Sort is not null ? "--sort" : null;
        if (given is not null && output != OutputMode.Gather)
            throw new UsageException($"{given} belongs to gathered output; add -g");
        return new GatherOptions
        {
            ShowsDifferences = arguments.Diff,
            IsLive = arguments.Live,
            Sort = arguments.Sort == "nodes" ? GatherSort.Nodes : GatherSort.Size,
        };
    }

    private TransportChoice Transport() => arguments.Transport switch
    {
        "openssh" => TransportChoice.OpenSsh,
        "native" => TransportChoice.Native,
        "exec" => TransportChoice.Exec,
        _ => TransportChoice.Auto,
    };

    private ExitCodeStrategy Strategy()
    {
        (string Name, bool IsChosen, ExitCodeStrategy Strategy)[] choices =
        [
            ("--require-all-success", arguments.RequireAllSuccess, ExitCodeStrategy.RequireAllSuccess),
            ("--check-all-nodes", arguments.CheckAllNodes, ExitCodeStrategy.CheckAllNodes),
            ("--any-failure", arguments.AnyFailure, ExitCodeStrategy.AnyFailure),
        ];
        var chosen = choices.Where(c => c.IsChosen).ToList();
        if (chosen.Count > 1)
            throw new UsageException($"{chosen[0].Name} and {chosen[1].Name} exclude each other; choose one");
        return chosen.Count == 1 ? chosen[0].Strategy : ExitCodeStrategy.MainRank;
    }

    private void CheckInput()
    {
        if (arguments.Hosts.Length == 0 && !TargetSelection.IsInCluster(surroundings))
            throw new UsageException("no hosts; name them with -H, for example: volley -H 'web[1-8]' uptime");
        if (arguments.IsPing)
        {
            if (arguments.Command.Length > 0)
                throw new UsageException($"ping runs nothing, so '{arguments.Command[0]}' has no place; to run it: volley run -H HOSTS {arguments.Command[0]}");
            if (arguments.Stdin || arguments.Script is not null)
                throw new UsageException("ping runs nothing, so --stdin and --script have no place");
            if (arguments.CommandTimeout is not null)
                throw new UsageException("ping runs nothing, so --timeout has no place; the limit for connecting is --connect-timeout");
            if (arguments.Drain is not null)
                throw new UsageException("ping takes no --drain: it runs no command whose output could be awaited");
            if (arguments.MaxOutput is not null)
                throw new UsageException("ping takes no --max-output: it runs no command that could print");
            if (arguments.Tty || arguments.Environment.Length > 0)
                throw new UsageException("ping runs nothing, so --tty and --env have no place");
        }
        else if (arguments.Command.Length == 0 && arguments.Script is null)
        {
            throw new UsageException("no command; it comes after the options, for example: volley -H 'web[1-8]' uptime");
        }

        if (arguments.Command is ["", ..])
            throw new UsageException("the command is an empty word");
        if (arguments.Interpreter is not null && arguments.Script is null)
            throw new UsageException("--interpreter names the program for --script, which is not given");
        if (string.IsNullOrWhiteSpace(arguments.Interpreter ?? "sh"))
            throw new UsageException("--interpreter names no program");
        if (arguments.Stdin && arguments.Script is not null)
            throw new UsageException("--stdin and --script exclude each other: the script is the standard input");
    }

    /// <summary>A local process gets its arguments one by one, within the system's own limits.</summary>
    private void CheckLength(TransportChoice transport)
    {
        if (transport == TransportChoice.Exec || arguments.Script is not null)
            return;
        var length = SystemText.GetByteCount(string.Join(' ', arguments.Command));
        if (length > CommandJob.LongestCommandLine)
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"the command has {length:N0} bytes, and SSH servers take at most {CommandJob.LongestCommandLine:N0}; put it into a file and use --script FILE"));
    }

    private void CheckOutput()
    {
        if (arguments.Overwrite && arguments.OutputDir is null)
            throw new UsageException("--overwrite is about the files of --output-dir, which is not given");
        if (arguments.Report == "-")
            throw new UsageException("--report takes a file, and standard output is for what the hosts print; to write it there all the same: --report /dev/stdout (a file of that name: ./-)");
        if (arguments.NoPrefix && arguments.Output == "json")
            throw new UsageException("--output json names the node in every object, so --no-prefix has no place");
    }

    /// <summary>What a transport can't do is refused, never dropped.</summary>
    private void CheckTransport(TransportChoice transport)
    {
        if (transport == TransportChoice.Native)
            CheckNative();
        if (transport != TransportChoice.Exec)
            return;
        (string Name, bool IsGiven)[] options =
        [
            ("-p", arguments.Port is not null),
            ("-i", arguments.Identities.Length > 0),
            ("-J", arguments.Jump is not null),
            ("-F", arguments.ConfigFile is not null),
            ("-o", arguments.SshOptions.Length > 0),
            ("--connect-timeout", arguments.ConnectTimeout is not null),
            ("--password", arguments.Password),
            ("--keep", arguments.Keep is not null),
            ("--keep-max", arguments.KeepMax is not null),
            ("--no-reuse", arguments.NoReuse),
            ("--retries", arguments.Retries is not null),
            ("--connect-rate", arguments.ConnectRate is not null),
            ("--server-alive-interval", arguments.ServerAliveInterval is not null),
            ("--server-alive-count-max", arguments.ServerAliveCountMax is not null),
            ("--tty", arguments.Tty),
        ];
        if (options.FirstOrDefault(option => option.IsGiven).Name is { } name)
            throw new UsageException($"{name} is for ssh, and --transport exec starts none; leave one of the two out");
    }

    private void CheckNative()
    {
        (string Name, bool IsGiven)[] options =
        [
            ("--keep", arguments.Keep is not null),
            ("--keep-max", arguments.KeepMax is not null),
            ("--no-reuse", arguments.NoReuse),
        ];
        if (options.FirstOrDefault(option => option.IsGiven).Name is { } name)
            throw new UsageException($"{name} is about connections of ssh that outlive a run, and --transport native makes none; leave one of the two out");
    }

    private void CheckFiles()
    {
        foreach (var identity in arguments.Identities)
            CheckReadable(identity, "-i");
        if (arguments.ConfigFile is { } config and not "none")
            CheckReadable(config, "-F");
    }

    /// <summary>Opens a file to see that it can be read: ssh would pass over one that is missing.</summary>
    private static void CheckReadable(string path, string option)
    {
        try
        {
            SystemFile.Open(path).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path}: {SystemMessage.Of(failure, path)}");
        }
    }

    private int MainRankOf(ImmutableArray<Target> targets) => arguments.MainRank is not { } name
        ? MainRank.FromEnvironment(targets, surroundings.Variable)
        : MainRank.Find(targets, name)
            ?? throw new UsageException($"--main-rank {name} names none of the {targets.Length} hosts, of which the first is {targets[0].Label}");

    private RunPlan Plan(ImmutableArray<Target> targets, int mainRank, TransportChoice transport)
    {
        var plan = new RunPlan(targets, Job())
        {
            // The transports over ssh have a limit for each attempt, in which the wait for a turn or for another attempt does not count.
            ConnectTimeout = transport == TransportChoice.Exec ? TimeSpan.FromSeconds(10) : Timeout.InfiniteTimeSpan,
            CommandTimeout = OrInfinite(arguments.CommandTimeout ?? TimeSpan.Zero),
            OnFailure = arguments.FailFast ? FailurePolicy.FailFast : FailurePolicy.Continue,
            MainRank = mainRank,
        };
        if (arguments.Drain is { } drain)
            plan = plan with { Drain = drain };
        return arguments.Parallel is { } parallel ? plan with { Parallel = parallel } : plan;
    }

    private Job Job()
    {
        if (arguments.IsPing)
            return new PingJob();
        if (arguments.Script is { } script)
            return WithSurroundings(ScriptJob(script));
        return WithSurroundings(new CommandJob([.. arguments.Command])
        {
            Input = arguments.Stdin ? StandardInput.FromStream(surroundings.OpenStandardInput()) : null,
        });
    }

    /// <summary>The terminal and the variables that the command is to have. Of several values for one name, the last counts, as with env(1).</summary>
    private CommandJob WithSurroundings(CommandJob job) => job with
    {
        Terminal = arguments.Tty ? surroundings.Terminal : null,
        Environment = ImmutableDictionary<string, string>.Empty.SetItems(
            arguments.Environment.Select(variable => variable.Split('=', 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1]))),
    };

    private CommandJob ScriptJob(string path)
    {
        var script = ScriptFile.Open(path, arguments.Interpreter);
        if (script.Note is { } note)
            _notes.Add(note);
        return CommandJob.Script(script.Input, arguments.Command, script.Interpreter);
    }

    private OpenSshOptions Ssh() => SshWithoutSecrets() with
    {
        // Nothing else can be wrong with the command line by now.
        Password = arguments.Password ? surroundings.AskPassword() : null,
    };

    private OpenSshOptions SshWithoutSecrets() => new()
    {
        User = arguments.User,
        Port = arguments.Port,
        IdentityFiles = [.. arguments.Identities],
        Jump = arguments.Jump,
        ConfigFile = arguments.ConfigFile,
        Options = [.. arguments.SshOptions],
        ConnectTimeout = arguments.ConnectTimeout,
        Keep = arguments.Keep,
        KeepMax = arguments.KeepMax ?? new OpenSshOptions().KeepMax,
        Reuse = !arguments.NoReuse,
        Pace = arguments.ConnectRate is { } rate ? new ConnectionPace(rate) : null,
        ServerAliveInterval = arguments.ServerAliveInterval,
        ServerAliveCountMax = arguments.ServerAliveCountMax,
    };

    private PacedTransportOptions Pacing()
    {
        var options = new PacedTransportOptions { Retries = arguments.Retries ?? 0 };
        return arguments.ConnectTimeout is { } limit && limit > TimeSpan.Zero ? options with { BusyLimit = limit } : options;
    }

    private bool HasColors(string when, bool isTerminal) =>
        when == "always" || (when == "auto" && isTerminal && !surroundings.TerminalIsDumb && surroundings.Variable("NO_COLOR") is null or "");

    private bool ShowsProgress(OutputMode output) => arguments.Progress switch
    {
        "always" => true,
        "never" => false,
        _ => output is not (OutputMode.Stream or OutputMode.Tui) && surroundings.StderrIsTerminal && !surroundings.TerminalIsDumb,
    };

    private static TimeSpan OrInfinite(TimeSpan limit) => limit == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : limit;
}
