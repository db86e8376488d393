using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Output;
using Volley.Cli.Output.Gathering;
using Volley.Cli.Output.Reports;
using Volley.Cli.Run;

namespace Volley.Cli.Options;

/// <summary>The options for output.</summary>
internal sealed class OutputOptions() : OptionGroup("Output")
{
    private const string RunsNothing = "it runs no command, so there is no output";

    private static readonly string[] Orders = ["size", "nodes"];
    private static readonly string[] WhenChoices = ["auto", "always", "never"];

    public readonly Option<OutputModes> Output = new(OutputModes.Parse, "--output")
    {
        ValueName = "MODE",
        Help = "normal: a block per host; stream: lines as they arrive; gather: equal outputs once; json; "
            + "tui: interactive; none; several with commas: stream,gather",
        Default = "normal on a terminal, else stream",
        Choices = OutputModes.Names,
        HasListOfChoices = true,
    };
    public readonly Flag Tui = new("--tui") { Help = "--output tui" };
    public readonly Flag Gather = new("-g", "--gather") { Help = "--output gather" };
    public readonly Flag Diff = new("--diff") { Help = "with gather: show differences from the largest group that succeeded" };
    public readonly Flag Live = new("--live") { Help = "with gather: print a line as soon as all running hosts have sent it", NotForTransfers = RunsNothing };
    public readonly Option<string> Sort = new(Values.OneOf(Orders), "--sort")
    {
        ValueName = "BY",
        Help = "with gather: order of groups with the same exit code: size or nodes",
        Default = "size",
        Choices = Orders,
    };
    public readonly Option<string> OutputDir = new(Values.Text, "--output-dir")
    {
        ValueName = "DIR",
        Completes = OptionValues.Directories,
        Help = "also write each host's output to DIR: HOST.stdout, HOST.stderr",
        NotForTransfers = "it copies files, and the hosts print nothing",
    };
    public readonly Flag Overwrite = new("--overwrite")
    {
        Help = "overwrite the files of an earlier run",
        HasVariable = false,
        NotForTransfers = "it replaces existing files",
    };
    public readonly ListOption Report = new(Values.Text, "--report")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "write a report in the format of the suffix: .json, .xml (JUnit), .md, .csv, .html; may be repeated",
    };
    public readonly Option<string> HostsOk = new(Values.Text, "--hosts-ok")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "write the hosts that succeeded to FILE, one a line",
    };
    public readonly Option<string> HostsFailed = new(Values.Text, "--hosts-failed")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "write the hosts that did not succeed to FILE, one a line: volley -H ^FILE",
    };
    public readonly Option<long?> MaxOutput = new(Values.Size, "--max-output")
    {
        ValueName = "SIZE",
        Help = "stop a host that prints more: 500M, 2G; 0 for no limit",
        Default = "1G if output is buffered",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };
    public readonly Flag NoPrefix = new("--no-prefix", "-N") { Help = "print output without host names" };
    public readonly Option<string> Color = new(Values.OneOf(WhenChoices), "--color")
    {
        ValueName = "WHEN",
        Help = "use colors: auto, always or never",
        Default = "auto",
        Choices = WhenChoices,
    };
    public readonly Option<string> Progress = new(Values.OneOf(WhenChoices), "--progress")
    {
        ValueName = "WHEN",
        Help = "show progress: auto, always or never",
        Default = "auto",
        Choices = WhenChoices,
    };
    public readonly Flag Quiet = new("--quiet", "-q") { Help = "no progress and no summary, only errors" };
    public readonly Flag Verbose = new("-v", "--verbose")
    {
        MaxCount = 2,
        Help = "log each host's transport with the reason, and connection messages; -vv for more",
    };

    public override IReadOnlyList<Option> Options =>
        [Output, Tui, Gather, Diff, Live, Sort, OutputDir, Overwrite, Report, HostsOk, HostsFailed, MaxOutput, NoPrefix, Color, Progress, Quiet, Verbose];

    /// <summary>The lowest level of the library's log that is shown.</summary>
    public LogLevel Verbosity => Verbose.Count switch { 0 => LogLevel.Warning, 1 => LogLevel.Information, _ => LogLevel.Debug };

    /// <summary>Whether equal outputs are shown once.</summary>
    public bool Gathers => Gather.IsGiven || Output.Value?.Has(OutputMode.Gather) == true;

    /// <summary>Whether an output is chosen that does not show which file a line is of.</summary>
    public bool MixesFiles => Output.Value is { } modes && (modes.Has(OutputMode.Stream) || modes.Has(OutputMode.Normal));

    /// <summary>Whether the terminal UI is asked for.</summary>
    public bool WantsTui => Tui.IsGiven || Output.Value?.Has(OutputMode.Tui) == true;

    /// <summary>Checks that the options are consistent with each other.</summary>
    /// <exception cref="UsageException">They are not consistent.</exception>
    public void Check()
    {
        if (!OutputDir.IsGiven)
            Overwrite.DropDefault();
        if (Overwrite.IsGiven && !OutputDir.IsGiven)
            throw new UsageException("--overwrite requires --output-dir");
        CheckPrefix();
        if (Output.Value?.Has(OutputMode.Gather) == false && Gather.Contradicts(Output))
            throw Gather.Error(
                $"-g and --output {Output.Texts[0]} are mutually exclusive; choose one, or combine the outputs: --output gather,{Output.Texts[0]}");
        if (Tui.Contradicts(Gather))
            throw Tui.Error("--tui and --output gather are mutually exclusive; choose one, or combine the outputs: --output tui,gather");
        if (Output.Value?.Has(OutputMode.Tui) == false && Tui.Contradicts(Output))
            throw Tui.Error($"--tui and --output {Output.Texts[0]} are mutually exclusive; choose one");
        if (Gathers)
            return;
        foreach (var option in new Option[] { Diff, Live, Sort })
        {
            option.DropDefault();
            if (option.IsGiven)
                throw new UsageException($"{option.Name} requires gathered output; add -g");
        }
    }

    private void CheckPrefix()
    {
        var reason = Output.Value switch
        {
            { Main: OutputMode.Json, Others.IsEmpty: true } => "--output json, which names the node in every object",
            { Main: OutputMode.None, Others.IsEmpty: true } => "--output none, which shows no output",
            _ => null,
        };
        if (reason is not null && NoPrefix.Contradicts(Output))
            throw NoPrefix.Error($"--no-prefix has no effect on {reason}; leave one of the two out");
    }

    /// <summary>Returns the settings for output.</summary>
    /// <param name="environment">The terminal.</param>
    /// <param name="targets">The number of targets.</param>
    /// <param name="stdin">The option that sends standard input to the targets.</param>
    /// <param name="note">Receives each line for standard error.</param>
    /// <exception cref="UsageException">The terminal UI can't be used here.</exception>
    public OutputSettings Settings(ProgramEnvironment environment, int targets, Flag stdin, Action<string> note)
    {
        if (WantsTui)
            DropUnusableTui(environment, stdin);
        var modes = Modes(environment);
        if (modes.Main == OutputMode.Tui)
            CheckTui(environment, stdin);
        else if (WantsTui)
            note("volley: the terminal (TERM=dumb) can't show the terminal UI; output is shown as lines");
        var reports = Reports();
        CheckFreeStdout(modes, reports);
        var buffers = modes.Others.Append(modes.Main).Max(mode => Buffers(mode, PassesBytes(mode, modes, environment, targets)));
        return new OutputSettings
        {
            Modes = modes,
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
            Reports = reports,
            HasLabels = !NoPrefix.IsGiven,
            StdoutHasColors = HasColors(environment, environment.StdoutIsTerminal),
            StderrHasColors = HasColors(environment, environment.StderrIsTerminal),
            TerminalIsUnicode = environment.TerminalIsUnicode,
            ShowsProgress = !Quiet.IsGiven && ShowsProgress(modes, environment),
            ShowsSummary = !Quiet.IsGiven,
        };
    }

    /// <summary>Returns the reports to write.</summary>
    /// <exception cref="UsageException">A format is unknown.</exception>
    private ImmutableArray<ReportRequest> Reports()
    {
        var reports = Report.Values.Select(text => ParseReport(text)).ToList();
        if (HostsOk.Value is { } succeeded)
            reports.Add(new ReportRequest(HostsOk.Name, succeeded, ReportFormat.SucceededHosts));
        if (HostsFailed.Value is { } failed)
            reports.Add(new ReportRequest(HostsFailed.Name, failed, ReportFormat.FailedHosts));
        return [.. reports];
    }

    private ReportRequest ParseReport(string text)
    {
        try
        {
            return ReportRequest.Parse(Report.Name, text);
        }
        catch (UsageException usage)
        {
            throw Report.Error(usage.Message);
        }
    }

    private OutputModes Modes(ProgramEnvironment environment)
    {
        if (Output.Value is { } chosen)
            return environment.TerminalIsDumb ? chosen.WithoutTui() : chosen;
        var shows = environment.TerminalIsDumb ? OutputMode.Stream : WantsTui ? OutputMode.Tui : OutputMode.Normal;
        return new OutputModes(Gather.IsGiven ? OutputMode.Gather : WantsTui || environment.StdoutIsTerminal ? shows : OutputMode.Stream);
    }

    /// <summary>Refuses a report on standard output that would be mixed with the output of hosts.</summary>
    private void CheckFreeStdout(OutputModes modes, ImmutableArray<ReportRequest> reports)
    {
        foreach (var option in new Option[] { Report, HostsOk, HostsFailed })
        {
            if (modes.LeaveStdoutFree || reports.All(report => report.Option != option.Name || report.Path != ReportRequest.Stdout))
                continue;
            throw option.Error(
                $"{option.Name} - writes the report to standard output, where the hosts' output is; add --output none, "
                    + "or --output none,stream for lines on standard error (for a file named -: ./-)");
        }
    }

    /// <summary>Whether an output passes the bytes of the only host on, so that it buffers no line.</summary>
    private bool PassesBytes(OutputMode mode, OutputModes modes, ProgramEnvironment environment, int targets) =>
        NoPrefix.IsGiven && targets == 1 && !(mode == modes.Main ? environment.StdoutIsTerminal : environment.StderrIsTerminal);

    private static BufferedOutput Buffers(OutputMode mode, bool passesBytes) => mode switch
    {
        OutputMode.Json or OutputMode.None => BufferedOutput.Nothing,
        OutputMode.Stream => passesBytes ? BufferedOutput.Nothing : BufferedOutput.Lines,
        _ => BufferedOutput.Everything,
    };

    /// <summary>
    /// Removes the terminal UI that a file or a variable chooses, if there is no terminal for it or the command line needs standard input.
    /// </summary>
    private void DropUnusableTui(ProgramEnvironment environment, Flag stdin)
    {
        foreach (var option in new Option[] { Tui, Output })
        {
            if (!IsTerminal(environment) || stdin.IsRequested)
                option.DropDefault();
        }
    }

    private static bool IsTerminal(ProgramEnvironment environment) => environment.StdinIsTerminal && environment.StdoutIsTerminal;

    /// <summary>Refuses options that need the terminal which the UI uses, or that have no effect in it.</summary>
    private void CheckTui(ProgramEnvironment environment, Flag stdin)
    {
        if (!IsTerminal(environment))
            throw new UsageException("the terminal UI needs a terminal as standard input and output; without one use --output normal, stream, gather or json");
        stdin.DropDefault();
        if (stdin.IsGiven)
            throw new UsageException("--stdin sends standard input to the hosts, but the terminal UI reads keys from it; leave one of the two out");
        if (!Gathers)
            NoPrefix.DropDefault();
        if (NoPrefix.IsGiven && !Gathers)
            throw new UsageException("--no-prefix has no effect in the terminal UI, which always shows names; leave one of the two out");
        Live.DropDefault();
        if (Live.IsGiven)
            throw new UsageException("--live prints lines while the run goes on, but the terminal UI owns the terminal then; leave one of the two out");
        Progress.DropDefault();
        if (Progress.IsGiven)
            throw new UsageException("--progress has no effect in the terminal UI, which always shows progress; leave one of the two out");
    }

    private bool HasColors(ProgramEnvironment environment, bool isTerminal) => Color.Value switch
    {
        "always" => true,
        "never" => false,
        _ => isTerminal && !environment.TerminalIsDumb && environment.Variable("NO_COLOR") is null or "",
    };

    private bool ShowsProgress(OutputModes modes, ProgramEnvironment environment) => Progress.Value switch
    {
        "always" => true,
        "never" => false,
        _ => !modes.Has(OutputMode.Stream) && !modes.Has(OutputMode.Tui) && environment.StderrIsTerminal && !environment.TerminalIsDumb,
    };
}
