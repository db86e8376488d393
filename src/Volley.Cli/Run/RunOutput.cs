using Microsoft.Extensions.Logging;
using Volley.Cli.Journal;
using Volley.Cli.Output;
using Volley.Cli.Output.Files;
using Volley.Cli.Output.Gathering;
using Volley.Cli.Output.Json;
using Volley.Cli.Output.Progress;
using Volley.Cli.Output.Reports;
using Volley.Cli.Output.Summary;
using Volley.Cli.Rollouts;
using Volley.Cli.Terminal;
using Volley.Cli.Tui;

namespace Volley.Cli.Run;

/// <summary>All output of a run: terminal output, progress, files, the summary and reports.</summary>
internal sealed class RunOutput : IDisposable
{
    private readonly RunSettings _settings;
    private readonly TerminalWriter _writer;
    private readonly RunControl _control;
    private readonly OutputStyle _style;
    private readonly RunClock _clock;
    private readonly OutputDirectory? _directory;
    private readonly FileRenderer? _files;
    private readonly RunReports _reports;
    private readonly ReportCollector? _collected;
    private FileGatherRenderer? _gatheredFiles;
    private readonly SummaryReport _report;
    private readonly JournalRenderer? _journal;
    private readonly List<IRenderer> _renderers;

    /// <exception cref="UsageException">An output file can't be written.</exception>
    public RunOutput(RunSettings settings, TerminalWriter writer, ILogger logger, RunControl control, TuiRenderer? tui, TimeProvider time)
    {
        var output = settings.Output;
        _settings = settings;
        _writer = writer;
        _control = control;
        _style = new OutputStyle(
            new Style(output.StdoutHasColors, IsAscii: writer.StdoutIsTerminal && !output.TerminalIsUnicode),
            new Style(output.StderrHasColors, IsAscii: writer.StderrIsTerminal && !output.TerminalIsUnicode));
        _directory = output.Directory is { } path ? OutputDirectory.Open(path, settings.Plan.Targets) : null;
        try
        {
            // Reports are checked first, because a run that is rejected must not empty the files of an earlier one.
            _reports = RunReports.Prepare(output.Reports, _directory);
            _directory?.CreateFiles(output.Overwrites, settings.Plan.Targets, settings.Repeated?.Targets);
        }
        catch
        {
            _directory?.Dispose();
            throw;
        }

        _files = _directory is null ? null : new FileRenderer(writer, _directory);
        _clock = new RunClock(time);
        _report = new SummaryReport(settings.Plan, settings.Strategy, _clock, _directory, settings.Ssh);
        _collected = _reports.HasOutput ? new ReportCollector(_clock) : null;
        _journal = JournalRenderer.TryBegin(settings, writer, _report, _clock);
        _renderers = [.. Renderers(logger, tui, time)];
    }

    /// <summary>Shows an event.</summary>
    public void Render(NodeEvent nodeEvent)
    {
        if (nodeEvent is NodeFinished or NodeChecked)
            _clock.NodeEnded();
        foreach (var renderer in _renderers)
            renderer.Render(nodeEvent);
    }

    /// <summary>Completes the output after the end of the run.</summary>
    public void Complete(RunSummary summary)
    {
        foreach (var renderer in _renderers)
            renderer.Complete(summary);
        CompleteSummary(summary);
        if (_settings.Rollout is { } rollout && summary.Stop is not (StopReason.None or StopReason.OutputClosed))
            new StopReport(rollout, _settings.Plan, _writer).Print(summary, _journal?.Number);
    }

    private void CompleteSummary(RunSummary summary)
    {
        if (!_settings.Output.ShowsSummary || OnlyTheReaderLeft(summary))
            return;
        // The terminal UI leaves nothing on the terminal, so the totals are always useful.
        var alwaysShowsTotals = _settings.Plan.Job is PushJob or PullJob { Destination: not null }
            || _settings.Output.Modes.Main == OutputMode.Tui || (_settings.Output.ShowsProgress && _settings.Plan.Targets.Length > 1);
        var isZeroOfMainRank = _settings is { Strategy: ExitCodeStrategy.MainRank, Plan.Job: not PingJob } && GetExitCode(summary) == 0;
        var targets = _settings.RunningPlan.Targets;
        new SummaryRenderer(_writer, _style.Stderr, _settings.Plan, targets, _clock, alwaysShowsTotals, isZeroOfMainRank, _settings.Ssh).Complete(summary);
    }

    /// <summary>Returns the exit code of the run.</summary>
    public int GetExitCode(RunSummary summary) =>
        _settings.KnownExitCode ?? ExitCodes.ForStop(_control.Reason)
            ?? (_files is { HasFailed: true } || _gatheredFiles is { HasFailed: true } ? ExitCodes.Failure
                : _settings.Plan.Job is PingJob ? ExitCodes.ForPing(summary) : summary.ExitCode(_settings.GetStrategy(summary.Stop)));

    /// <summary>Writes the end of the run to its journal.</summary>
    public void EndJournal(RunSummary summary, int exitCode)
    {
        _journal?.End(summary, exitCode);
        _writer.Flush();
    }

    /// <summary>Writes the report files. Returns the exit code if one of them can't be written, else null.</summary>
    public async Task<int?> WriteReportsAsync(RunSummary summary, int exitCode)
    {
        var report = new RunReport(_settings.Plan, summary, exitCode, _clock, _collected);
        return await _reports.WriteAsync(report, _report, StoppedForLongAsync, _writer);

        async Task StoppedForLongAsync()
        {
            await _control.Stopped;
            await Task.Delay(_settings.Plan.StopGrace);
        }
    }

    public void Dispose()
    {
        // The caller owns the terminal UI, whose logger must outlive this object.
        foreach (var renderer in _renderers.Where(renderer => renderer is not TuiRenderer).OfType<IDisposable>())
            renderer.Dispose();
        _directory?.Dispose();
    }

    /// <summary>Whether nodes failed only because the reader of the output left, as <c>head</c> does. Such a reader needs no summary.</summary>
    private static bool OnlyTheReaderLeft(RunSummary summary) =>
        summary.Stop == StopReason.OutputClosed && summary.Results.All(r => r is { Succeeded: true } or { Stop: StopReason.OutputClosed });

    private RolloutRenderer CreateRolloutRenderer(RolloutSettings rollout)
    {
        // The terminal UI shows the batches, and takes the answer.
        var isTui = _settings.Output.Modes.Main == OutputMode.Tui;
        var showsAttempts = _settings.Verbosity <= LogLevel.Information && !isTui;
        return new RolloutRenderer(rollout, _control, _writer, isTui ? null : _settings.Ask, showsAttempts, isQuiet: isTui || !_settings.Output.ShowsSummary);
    }

    private IRenderer Mask(IRenderer renderer) => _settings.Mask is { } mask ? new MaskedRenderer(renderer, mask) : renderer;

    private IEnumerable<IRenderer> Renderers(ILogger logger, TuiRenderer? tui, TimeProvider time)
    {
        var (output, plan) = (_settings.Output, _settings.RunningPlan);
        // If stdout and stderr are the same terminal, a block contains the message of its node. On standard error it would appear twice.
        var blocksHaveMessages = output is { Modes: { Main: OutputMode.Normal, Others.IsEmpty: true }, HasLabels: true }
            && _writer is { StdoutIsTerminal: true, StderrIsTerminal: true };
        if (_journal is not null)
            yield return Mask(_journal);
        if (_settings.Transport != TransportChoice.Auto)
            yield return new TransportLog(logger, _settings.Transport);
        if (output.ShowsProgress)
            yield return new ProgressRenderer(_writer, _style.Stderr, _control, plan, time);
        if (_settings.Rollout is { } rollout)
            yield return CreateRolloutRenderer(rollout);
        // Files come first: they must not depend on a slow or closed reader of the output.
        if (_collected is not null)
            yield return Mask(_collected);
        if (_files is not null)
            yield return _files;
        // The terminal UI comes first, so that it has left the terminal when the next one writes.
        if (output.Modes.Main != OutputMode.None)
            yield return ShownOnStdout(output.Modes.Main, tui, blocksHaveMessages);
        foreach (var other in output.Modes.Others)
        {
            yield return output.Modes.Main == OutputMode.Tui
                ? ShownOnStdout(other, tui, hasMessages: false)
                : Shown(other, _writer.OnStderr(), new(_style.Stderr, _style.Stderr), tui, hasMessages: false);
        }

        yield return new DiagnosticsRenderer(_writer, _control, plan, _settings.Hints, _settings.Supervision, hasMessages: !blocksHaveMessages);
    }

    private IRenderer ShownOnStdout(OutputMode mode, TuiRenderer? tui, bool hasMessages)
    {
        var shown = Shown(mode, _writer, _style, tui, hasMessages);
        return _files is not null && _writer.StdoutIsNull ? new StderrOnlyRenderer(shown) : shown;
    }

    private IRenderer Shown(OutputMode mode, TerminalWriter writer, OutputStyle style, TuiRenderer? tui, bool hasMessages)
    {
        var (output, plan) = (_settings.Output, _settings.RunningPlan);
        return mode switch
        {
            OutputMode.Stream => new StreamRenderer(writer, style, output.HasLabels, plan),
            OutputMode.Gather when plan.Job is PullJob { Destination: null } =>
                _gatheredFiles = new FileGatherRenderer(writer, style.Stdout, output.HasLabels, output.Gather),
            OutputMode.Gather => new GatherRenderer(writer, style.Stdout, output.HasLabels, output.Gather, plan, nodesRunAgain: tui is not null),
            OutputMode.Json => new JsonRenderer(writer, _report, _clock, _settings.GoesOn ? null : GetExitCode),
            OutputMode.Tui => tui!,
            _ => new NormalRenderer(writer, style, output.HasLabels, hasMessages, plan),
        };
    }
}
