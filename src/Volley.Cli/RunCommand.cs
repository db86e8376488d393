using Microsoft.Extensions.Logging;
using Volley.Cli.Rendering;
using Volley.Cli.Terminal;
using Volley.Transports;
using Volley.Transports.Exec;
using Volley.Transports.OpenSsh;

namespace Volley.Cli;

/// <summary>Runs a plan and shows it: one loop over the events, whatever the output, and an exit code.</summary>
internal sealed partial class RunCommand(RunSettings settings, TerminalWriter writer, TimeProvider time)
{
    public async Task<int> RunAsync()
    {
        var logger = new StderrLogger(writer, settings.Verbosity);
        await using var transport = await OpenTransportAsync(logger);
        using var control = new RunControl();
        using var signals = new StopSignals(control, writer, settings.IsBatch, time);
        using var ended = new CancellationTokenSource();
        var watching = WatchStopsAsync(control, ended.Token);
        var summary = new RunSummary(settings.Plan, control);
        using var progress = settings.ShowsProgress
            ? new ProgressRenderer(writer, new Style(settings.StderrHasColors), control, settings.Plan.Targets.Length, time)
            : null;
        var renderers = Renderers(control, progress);

        await foreach (var nodeEvent in new ParallelExecutor(transport, time).RunAsync(settings.Plan, control))
        {
            if (nodeEvent is NodeConnecting)
                LogTransport(logger, nodeEvent.Target.Label, transport is ExecTransport ? "exec: asked for" : Reason(settings.Transport));
            summary.Add(nodeEvent);
            foreach (var renderer in renderers)
                renderer.Render(nodeEvent);
        }

        foreach (var renderer in renderers)
            renderer.Complete(summary);
        if (settings.ShowsSummary && !OnlyTheReaderLeft(summary))
            new SummaryRenderer(writer).Complete(summary);
        writer.Flush();
        await ended.CancelAsync();
        await watching;
        return await ExitCodeAsync(control, summary);
    }

    /// <summary>Who reads only the first lines, as head does, wants no report of what that ended.</summary>
    private static bool OnlyTheReaderLeft(RunSummary summary) =>
        summary.Stop == StopReason.OutputClosed && summary.Results.All(r => r is { Succeeded: true } or { Stop: StopReason.OutputClosed });

    private static string Reason(TransportChoice choice) =>
        choice == TransportChoice.OpenSsh ? "openssh: asked for" : "openssh: it serves every target as ssh itself would";

    private async Task<ITransport> OpenTransportAsync(ILogger logger)
    {
        if (settings.Transport == TransportChoice.Exec)
            return new ExecTransport(settings.OpenSsh.User);
        try
        {
            return new PacedTransport(await OpenSshTransport.CreateAsync(settings.OpenSsh, logger), settings.Pacing, logger, time);
        }
        catch (TransportException missing)
        {
            throw new UsageException(missing.Message);
        }
    }

    private List<IRenderer> Renderers(RunControl control, ProgressRenderer? progress)
    {
        var style = new OutputStyle(new Style(settings.StdoutHasColors), new Style(settings.StderrHasColors));
        List<IRenderer> renderers =
        [
            settings.Output == OutputMode.Stream
                ? new StreamRenderer(writer, style, settings.HasLabels, settings.Plan.Job)
                : new NormalRenderer(writer, style, settings.HasLabels),
        ];
        if (progress is not null)
            renderers.Add(progress);
        renderers.Add(new DiagnosticsRenderer(writer, control));
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

    private async Task<int> ExitCodeAsync(RunControl control, RunSummary summary)
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

        return ExitCodes.Of(control.Reason)
            ?? (settings.Plan.Job is PingJob ? ExitCodes.OfPing(summary) : summary.ExitCode(settings.Strategy));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport {Transport}")]
    private static partial void LogTransport(ILogger logger, string node, string transport);
}
