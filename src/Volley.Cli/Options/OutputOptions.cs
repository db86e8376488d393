using Microsoft.Extensions.Logging;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Output.Gathering;
using Volley.Cli.Run;

namespace Volley.Cli.Options;

/// <summary>The options for output.</summary>
internal sealed class OutputOptions() : OptionGroup("Output")
{
    private const string RunsNothing = "it runs no command that could print";

    private static readonly string[] Modes = ["normal", "stream", "gather", "json", "tui"];
    private static readonly string[] Orders = ["size", "nodes"];
    private static readonly string[] WhenChoices = ["auto", "always", "never"];

    public readonly Option<string> Output = new(Values.OneOf(Modes), "--output")
    {
        ValueName = "MODE",
        Help = "normal: a block per host; stream: lines as they come; gather: equal outputs once; json; tui: a screen to look around in (normal on a terminal)",
        Choices = Modes,
    };
    public readonly Flag Tui = new("--tui") { Help = "--output tui" };
    public readonly Flag Gather = new("-g") { Help = "--output gather" };
    public readonly Flag Diff = new("--diff") { Help = "of gather: each group as its difference to the largest that succeeded" };
    public readonly Flag Live = new("--live") { Help = "of gather: lines as soon as all running hosts have sent them" };
    public readonly Option<string> Sort = new(Values.OneOf(Orders), "--sort")
    {
        ValueName = "BY",
        Help = "of gather: the order within one exit code: size or nodes (size)",
        Choices = Orders,
    };
    public readonly Option<string> OutputDir = new(Values.Text, "--output-dir")
    {
        ValueName = "DIR",
        Help = "write what each host prints to files in DIR, too: HOST.stdout, HOST.stderr",
    };
    public readonly Flag Overwrite = new("--overwrite") { Help = "write over such files of an earlier run" };
    public readonly Option<string> Report = new(Values.Text, "--report") { ValueName = "FILE", Help = "write the summary to FILE, as JSON" };
    public readonly Option<long?> MaxOutput = new(Values.Size, "--max-output")
    {
        ValueName = "SIZE",
        Help = "stop a host that prints more: 500M, 2G; 0 for no limit (1G where output is held back)",
        NeedsCommand = RunsNothing,
    };
    public readonly Flag NoPrefix = new("--no-prefix", "-N") { Help = "only what the hosts print, without their names" };
    public readonly Option<string> Color = new(Values.OneOf(WhenChoices), "--color")
    {
        ValueName = "WHEN",
        Help = "use colors: auto, always or never (auto)",
        Choices = WhenChoices,
    };
    public readonly Option<string> Progress = new(Values.OneOf(WhenChoices), "--progress")
    {
        ValueName = "WHEN",
        Help = "show progress: auto, always or never (auto)",
        Choices = WhenChoices,
    };
    public readonly Flag Quiet = new("--quiet", "-q") { Help = "no progress, no summary; errors stay" };
    public readonly Flag Verbose = new("-v") { Help = "how each host is reached and why, and messages of the connection; -vv for more" };

    public override IReadOnlyList<Option> Options =>
        [Output, Tui, Gather, Diff, Live, Sort, OutputDir, Overwrite, Report, MaxOutput, NoPrefix, Color, Progress, Quiet, Verbose];

    /// <summary>The lowest level of the library's log that is shown.</summary>
    public LogLevel Verbosity => Verbose.Count switch { 0 => LogLevel.Warning, 1 => LogLevel.Information, _ => LogLevel.Debug };

    private bool WantsTui => Tui.IsGiven || Output.Value == "tui";

    /// <summary>Checks that the options are consistent with each other.</summary>
    /// <exception cref="UsageException">They are not consistent.</exception>
    public void Check()
    {
        if (Overwrite.IsGiven && !OutputDir.IsGiven)
            throw new UsageException("--overwrite is about the files of --output-dir, which is not given");
        if (Report.Value == "-")
        {
            throw new UsageException(
                "--report takes a file, because standard output is for the hosts' output; "
                    + "to write the report there: --report /dev/stdout (for a file named -: ./-)");
        }

        if (NoPrefix.IsGiven && Output.Value == "json")
            throw new UsageException("--output json names the node in every object, so --no-prefix has no place");
        if (Gather.IsGiven && Output.Value is { } other and not "gather")
            throw new UsageException($"-g and --output {other} exclude each other; choose one");
        if (Tui.IsGiven && (Gather.IsGiven ? "gather" : Output.Value) is { } another and not "tui")
            throw new UsageException($"--tui and --output {another} exclude each other; choose one");
        if (new Option[] { Diff, Live, Sort }.FirstOrDefault(option => option.IsGiven) is { } ofGather && !Gather.IsGiven && Output.Value != "gather")
            throw new UsageException($"{ofGather.Name} belongs to gathered output; add -g");
    }

    /// <summary>Returns the settings for output.</summary>
    /// <param name="environment">The terminal.</param>
    /// <param name="targets">The number of targets.</param>
    /// <param name="sendsInput">Whether standard input is sent to the targets.</param>
    /// <param name="note">Receives each line for standard error.</param>
    /// <exception cref="UsageException">The terminal UI can't be used here.</exception>
    public OutputSettings Settings(ProgramEnvironment environment, int targets, bool sendsInput, Action<string> note)
    {
        var mode = Mode(environment);
        if (mode == OutputMode.Tui)
            CheckTui(environment, sendsInput);
        else if (WantsTui)
            note("volley: the terminal (TERM=dumb) can't show the terminal UI; output is shown as lines");
        var buffers = Buffers(mode, passesBytes: NoPrefix.IsGiven && targets == 1 && !environment.StdoutIsTerminal);
        return new OutputSettings
        {
            Mode = mode,
            Gather = new GatherOptions
            {
                ShowsDifferences = Diff.IsGiven,
                IsLive = Live.IsGiven,
                Sort = Sort.Value == "nodes" ? GatherSort.Nodes : GatherSort.Size,
            },
            Buffers = buffers,
            LimitsLines = buffers == BufferedOutput.Lines && !MaxOutput.IsGiven,
            Limit = MaxOutput.Value switch
            {
                0 => null,
                null => buffers == BufferedOutput.Everything ? TemporarySpace.DefaultLimit : null,
                var limit => limit,
            },
            Directory = OutputDir.Value,
            Overwrites = Overwrite.IsGiven,
            ReportFile = Report.Value,
            HasLabels = !NoPrefix.IsGiven,
            StdoutHasColors = HasColors(environment, environment.StdoutIsTerminal),
            StderrHasColors = HasColors(environment, environment.StderrIsTerminal),
            TerminalIsUnicode = environment.TerminalIsUnicode,
            ShowsProgress = !Quiet.IsGiven && ShowsProgress(mode, environment),
            ShowsSummary = !Quiet.IsGiven,
        };
    }

    private OutputMode Mode(ProgramEnvironment environment) => Output.Value switch
    {
        _ when Gather.IsGiven => OutputMode.Gather,
        _ when WantsTui => environment.TerminalIsDumb ? OutputMode.Stream : OutputMode.Tui,
        "normal" => OutputMode.Normal,
        "stream" => OutputMode.Stream,
        "gather" => OutputMode.Gather,
        "json" => OutputMode.Json,
        _ => environment.StdoutIsTerminal && !environment.TerminalIsDumb ? OutputMode.Normal : OutputMode.Stream,
    };

    private static BufferedOutput Buffers(OutputMode mode, bool passesBytes) => mode switch
    {
        OutputMode.Json => BufferedOutput.Nothing,
        OutputMode.Stream => passesBytes ? BufferedOutput.Nothing : BufferedOutput.Lines,
        _ => BufferedOutput.Everything,
    };

    /// <summary>Refuses options that need the terminal which the UI uses, or that have no effect in it.</summary>
    private void CheckTui(ProgramEnvironment environment, bool sendsInput)
    {
        if (!environment.StdinIsTerminal || !environment.StdoutIsTerminal)
            throw new UsageException("the terminal UI needs a terminal as standard input and output; without one use --output normal, stream, gather or json");
        if (sendsInput)
            throw new UsageException("--stdin sends standard input to the hosts, and the terminal UI reads its keys there; leave one of the two out");
        if (NoPrefix.IsGiven)
            throw new UsageException("the terminal UI shows which node is which in any case, so --no-prefix has no place");
        if (Progress.IsGiven)
            throw new UsageException("the terminal UI shows progress in any case, so --progress has no place");
    }

    private bool HasColors(ProgramEnvironment environment, bool isTerminal) => Color.Value switch
    {
        "always" => true,
        "never" => false,
        _ => isTerminal && !environment.TerminalIsDumb && environment.Variable("NO_COLOR") is null or "",
    };

    private bool ShowsProgress(OutputMode mode, ProgramEnvironment environment) => Progress.Value switch
    {
        "always" => true,
        "never" => false,
        _ => mode is not (OutputMode.Stream or OutputMode.Tui) && environment.StderrIsTerminal && !environment.TerminalIsDumb,
    };
}
