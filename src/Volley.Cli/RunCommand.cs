using Microsoft.Extensions.Logging;
using Volley.Cli.Rendering;
using Volley.Cli.Rendering.Progress;
using Volley.Cli.Terminal;
using Volley.Cli.Tui;
using Volley.Ssh.Files;
using Volley.Transports;
using Volley.Transports.Auto;
using Volley.Transports.Exec;
using Volley.Transports.Native;
using Volley.Transports.OpenSsh;

namespace Volley.Cli;

/// <summary>Runs a plan and shows it: one loop over the events, whatever the output, and an exit code.</summary>
internal sealed partial class RunCommand(RunSettings settings, TerminalWriter writer, TimeProvider time)
{
    public async Task<int> RunAsync()
    {
        foreach (var note in settings.Notes)
            writer.PrintErr(note);
        using var tui = settings.Output == OutputMode.Tui ? new TuiRenderer(settings, writer, time) : null;
        var logger = tui?.Logger ?? new StderrLogger(writer, settings.Verbosity);
        await using var transport = await OpenTransportAsync(logger);
        using var folder = settings.OutputFolder is { } path ? OutputFolder.Prepare(path, settings.Overwrites, settings.Plan.Targets) : null;
        var reportFile = settings.ReportFile is { } file ? SummaryReportFile.Prepare(file) : null;
        var clock = new RunClock(time);
        var report = new SummaryReport(settings.Plan, settings.Strategy, clock, folder, settings.Ssh.HostKeys);
        using var control = new RunControl();
        Rounds? rounds = null;
        var space = new TemporarySpace(settings, (target, message) => rounds!.LimitOutput(target, message), time);
        rounds = new Rounds(transport, settings.Plan with { OutputGate = space.Gate }, control, time);
        using var signals = new StopSignals(rounds, control, writer, settings.IsBatch, time, tui is null ? null : tui.Interrupt);
        using var resizing = OwnTerminal.Follow((settings.Plan.Job as CommandJob)?.Terminal);
        using var ended = new CancellationTokenSource();
        var watching = WatchStopsAsync(control, ended.Token);
        var summary = new RunSummary(settings.Plan, control);
        using var progress = settings.ShowsProgress
            ? new ProgressRenderer(writer, StyleOf(settings.StderrHasColors, writer.StderrIsTerminal), control, settings.Plan, time)
            : null;
        using var files = folder is null ? null : new FileRenderer(writer, folder);
        int CodeOf(RunSummary result) => ExitCodeOf(control, result, files);
        using var json = settings.Output == OutputMode.Json ? new JsonRenderer(writer, report, clock, CodeOf) : null;
        var renderers = Renderers(control, progress, files, json, tui);

        var way = Reason(settings.Transport);
        tui?.Start(rounds);
        await rounds.RunAsync(nodeEvent =>
        {
            if (nodeEvent is NodeConnecting && way is not null)
                LogTransport(logger, nodeEvent.Target.Label, way);
            if (nodeEvent is NodeFinished)
                clock.NodeEnded();
            summary.Add(nodeEvent);
            space.Take(nodeEvent);
            foreach (var renderer in renderers)
                renderer.Render(nodeEvent);
        });

        foreach (var renderer in renderers)
            renderer.Complete(summary);
        if (settings.ShowsSummary && !OnlyTheReaderLeft(summary))
        {
            // The terminal UI leaves nothing on the terminal.
            var alwaysShowsTotals = tui is not null || (settings.ShowsProgress && settings.Plan.Targets.Length > 1);
            var isZeroOfMainRank = settings is { Strategy: ExitCodeStrategy.MainRank, Plan.Job: not PingJob } && CodeOf(summary) == 0;
            var style = StyleOf(settings.StderrHasColors, writer.StderrIsTerminal);
            new SummaryRenderer(writer, style, settings.Plan, clock, alwaysShowsTotals, isZeroOfMainRank, settings.Ssh.HostKeys).Complete(summary);
        }

        writer.Flush();
        await ended.CancelAsync();
        await watching;
        var code = await ExitCodeAsync(control, summary, files);
        return WriteReports([reportFile, folder?.Summary], output => report.Write(output, summary, code)) || ExitCodes.Of(control.Reason) is not null
            ? code
            : ExitCodes.Failure;
    }

    /// <summary>Who reads only the first lines, as head does, wants no report of what that ended.</summary>
    private static bool OnlyTheReaderLeft(RunSummary summary) =>
        summary.Stop == StopReason.OutputClosed && summary.Results.All(r => r is { Succeeded: true } or { Stop: StopReason.OutputClosed });

    /// <summary>Why a target is reached as it is; null where the transport itself knows and says so.</summary>
    private static string? Reason(TransportChoice choice) => choice switch
    {
        TransportChoice.OpenSsh => "openssh: asked for",
        TransportChoice.Native => "native: asked for",
        TransportChoice.Exec => "exec: asked for",
        _ => null,
    };

    private async Task<ITransport> OpenTransportAsync(ILogger logger)
    {
        if (settings.Transport == TransportChoice.Exec)
            return new ExecTransport(settings.Ssh.User);
        try
        {
            await OpenSshOptionsCheck.AskAsync(
                settings.Ssh, settings.Plan.Targets[0], usesSsh: settings.Transport == TransportChoice.OpenSsh || settings.Ssh.Keep is not null);
            return new PacedTransport(await OverSshAsync(logger), settings.Pacing, logger, time);
        }
        catch (TransportException missing)
        {
            throw new UsageException(missing.Message);
        }
    }

    private async Task<ITransport> OverSshAsync(ILogger logger)
    {
        switch (settings.Transport)
        {
            case TransportChoice.OpenSsh:
                return new OpenSshTransport(settings.Ssh, logger);
            case TransportChoice.Native:
                var native = new NativeTransport(settings.Ssh, logger, time);
                await native.UnlockKeysAsync(settings.Plan.Targets, settings.AskPassphrase);
                return native;
            default:
                var auto = new AutoTransport(settings.Ssh, logger, time);
                await auto.UnlockKeysAsync(settings.Plan.Targets, settings.AskPassphrase);
                return auto;
        }
    }

    /// <summary>Whether a block says why its node failed: where both descriptors are the terminal, to say it on standard error as well would be to say it twice.</summary>
    private bool HasMessagesInBlocks => settings is { Output: OutputMode.Normal, HasLabels: true } && writer is { StdoutIsTerminal: true, StderrIsTerminal: true };

    private Style StyleOf(bool hasColors, bool isTerminal) => new(hasColors, IsAscii: isTerminal && !settings.TerminalIsUnicode);

    private List<IRenderer> Renderers(RunControl control, ProgressRenderer? progress, FileRenderer? files, JsonRenderer? json, TuiRenderer? tui)
    {
        var style = new OutputStyle(
            StyleOf(settings.StdoutHasColors, writer.StdoutIsTerminal), StyleOf(settings.StderrHasColors, writer.StderrIsTerminal));
        // The files first: a reader of the output that is slow, or leaves, keeps nothing from them.
        List<IRenderer> renderers = files is null ? [] : [files];
        IRenderer output = settings.Output switch
        {
            OutputMode.Stream => new StreamRenderer(writer, style, settings.HasLabels, settings.Plan),
            OutputMode.Gather => new GatherRenderer(writer, style.Stdout, settings.HasLabels, settings.Gather, settings.Plan),
            OutputMode.Json => json!,
            OutputMode.Tui => tui!,
            _ => new NormalRenderer(writer, style, settings.HasLabels, HasMessagesInBlocks, settings.Plan),
        };
        renderers.Add(files is not null && writer.StdoutIsNull ? new StderrOnlyRenderer(output) : output);
        if (progress is not null)
            renderers.Insert(0, progress);
        renderers.Add(new DiagnosticsRenderer(writer, control, settings.LoginHint, !HasMessagesInBlocks));
        return renderers;
    }

    /// <summary>Stops the run when standard output is closed; and once it is stopped, waits for a reader no longer than for a command.</summary>
    private async Task WatchStopsAsync(RunControl control, CancellationToken ended)
    {
        try
        {
            if (await Task.WhenAny(writer.StdoutFailed, control.Stopped).WaitAsync(ended) == writer.StdoutFailed)
                control.Stop(ReasonOf(await writer.StdoutFailed));
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await writer.GiveUpWhenStuckAsync(settings.Plan.StopGrace, ended);
    }

    private static StopReason ReasonOf(OutputException failure) =>
        failure.Failure == OutputFailure.HungUp ? StopReason.HangUp : StopReason.OutputClosed;

    /// <summary>Writes the summary to files; false if one can't be written.</summary>
    private bool WriteReports(IEnumerable<SummaryReportFile?> files, SummaryReportFile.Content content)
    {
        var written = true;
        foreach (var file in files.OfType<SummaryReportFile>())
        {
            try
            {
                file.Write(content);
            }
            catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
            {
                writer.PrintErr($"volley: {file.Path}: {SystemMessage.Of(failure)}");
                writer.Flush();
                written = false;
            }
        }

        return written;
    }

    private async Task<int> ExitCodeAsync(RunControl control, RunSummary summary, FileRenderer? files)
    {
        if (writer.StdoutFailed.IsCompleted)
        {
            // The last output of a run can find the reader gone after everything else has gone well.
            var failure = await writer.StdoutFailed;
            control.Stop(ReasonOf(failure));
            if (failure.Failure == OutputFailure.Fault)
            {
                writer.PrintErr($"volley: standard output: {failure.Message}");
                writer.Flush();
                if (control.Reason == StopReason.OutputClosed)
                    return ExitCodes.Failure;
            }
        }

        return ExitCodeOf(control, summary, files);
    }

    private int ExitCodeOf(RunControl control, RunSummary summary, FileRenderer? files) =>
        ExitCodes.Of(control.Reason)
            ?? (files is { HasFailed: true } ? ExitCodes.Failure
                : settings.Plan.Job is PingJob ? ExitCodes.OfPing(summary) : summary.ExitCode(settings.Strategy));

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport {Transport}")]
    private static partial void LogTransport(ILogger logger, string node, string transport);
}
