using Microsoft.Extensions.Logging;
using Volley.Cli.Journal;
using Volley.Cli.Output;
using Volley.Cli.Output.Files;
using Volley.Cli.Output.Gathering;
using Volley.Cli.Output.Json;
using Volley.Cli.Output.Progress;
using Volley.Cli.Output.Reports;
using Volley.Cli.Output.Summary;
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
        _directory = output.Directory is { } path ? OutputDirectory.Prepare(path, output.Overwrites, settings.Plan.Targets, settings.Repeated?.Targets) : null;
        try
        {
            _reports = RunReports.Prepare(output.Reports, _directory?.Summary);
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
        if (nodeEvent is NodeFinished)
            _clock.NodeEnded();
        foreach (var renderer in _renderers)
            renderer.Render(nodeEvent);
    }

    /// <summary>Completes the output after the end of the run.</summary>
    public void Complete(RunSummary summary)
    {
        foreach (var renderer in _renderers)
            renderer.Complete(summary);
        if (!_settings.Output.ShowsSummary || OnlyTheReaderLeft(summary))
            return;
        // The terminal UI leaves nothing on the terminal, so the totals are always useful.
        var alwaysShowsTotals = _settings.Plan.Job is PushJob || _settings.Output.Mode == OutputMode.Tui || (_settings.Output.ShowsProgress && _settings.Plan.Targets.Length > 1);
        var isZeroOfMainRank = _settings is { Strategy: ExitCodeStrategy.MainRank, Plan.Job: not PingJob } && GetExitCode(summary) == 0;
        new SummaryRenderer(_writer, _style.Stderr, _settings.Plan, _clock, alwaysShowsTotals, isZeroOfMainRank, _settings.Ssh).Complete(summary);
    }

    /// <summary>Returns the exit code of the run.</summary>
    public int GetExitCode(RunSummary summary) =>
        _settings.KnownExitCode ?? ExitCodes.ForStop(_control.Reason)
            ?? (_files is { HasFailed: true } || _gatheredFiles is { HasFailed: true } ? ExitCodes.Failure
                : _settings.Plan.Job is PingJob ? ExitCodes.ForPing(summary) : summary.ExitCode(_settings.Strategy));

    /// <summary>Writes the end of the run to its journal.</summary>
    public void EndJournal(RunSummary summary, int exitCode)
    {
        _journal?.End(summary, exitCode);
        _writer.Flush();
    }

    /// <summary>Writes the report files. Returns false if one of them can't be written.</summary>
    public async Task<bool> WriteReportsAsync(RunSummary summary, int exitCode)
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

    private IEnumerable<IRenderer> Renderers(ILogger logger, TuiRenderer? tui, TimeProvider time)
    {
        var (output, plan) = (_settings.Output, _settings.RunningPlan);
        // If stdout and stderr are the same terminal, a block contains the message of its node. On standard error it would appear twice.
        var blocksHaveMessages = output is { Mode: OutputMode.Normal, HasLabels: true } && _writer is { StdoutIsTerminal: true, StderrIsTerminal: true };
        IRenderer shown = output.Mode switch
        {
            OutputMode.Stream => new StreamRenderer(_writer, _style, output.HasLabels, plan),
            OutputMode.Gather when plan.Job is PullJob { Destination: null } =>
                _gatheredFiles = new FileGatherRenderer(_writer, _style.Stdout, output.HasLabels, output.Gather),
            OutputMode.Gather => new GatherRenderer(_writer, _style.Stdout, output.HasLabels, output.Gather, plan),
            OutputMode.Json => new JsonRenderer(_writer, _report, _clock, GetExitCode),
            OutputMode.Tui => tui!,
            _ => new NormalRenderer(_writer, _style, output.HasLabels, blocksHaveMessages, plan),
        };
        if (_journal is not null)
            yield return _journal;
        if (_settings.Transport != TransportChoice.Auto)
            yield return new TransportLog(logger, _settings.Transport);
        if (output.ShowsProgress)
            yield return new ProgressRenderer(_writer, _style.Stderr, _control, plan, time);
        // Files come first: they must not depend on a slow or closed reader of the output.
        if (_collected is not null)
            yield return _collected;
        if (_files is not null)
            yield return _files;
        yield return _files is not null && _writer.StdoutIsNull ? new StderrOnlyRenderer(shown) : shown;
        yield return new DiagnosticsRenderer(_writer, _control, plan, _settings.LoginHint, hasMessages: !blocksHaveMessages);
    }
}
