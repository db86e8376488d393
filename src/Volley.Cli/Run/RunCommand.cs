using Volley.Cli.Terminal;
using Volley.Cli.Tui;

namespace Volley.Cli.Run;

/// <summary>Runs a plan: one loop over the events, whatever the output, and an exit code.</summary>
internal sealed class RunCommand(RunSettings settings, TerminalWriter writer, TimeProvider time)
{
    public async Task<int> RunAsync()
    {
        foreach (var note in settings.Notes)
            writer.PrintErr(note);
        using var tui = settings.Output.Mode == OutputMode.Tui ? new TuiRenderer(settings, writer, time) : null;
        var logger = tui?.Logger ?? new StderrLogger(writer, settings.Verbosity);
        await using var transport = await RunTransport.OpenAsync(settings, logger, time);
        using var control = new RunControl();
        var summary = new RunSummary(settings.Plan, control);
        using var output = new RunOutput(settings, writer, logger, control, tui, time);
        Rounds? rounds = null;
        var space = new TemporarySpace(settings.Output, (target, message) => rounds!.LimitOutput(target, message), time);
        rounds = new Rounds(transport, settings.Plan with { OutputGate = space.Gate }, control, time);
        using var signals = new StopSignals(rounds, control, writer, settings.IsBatch, time, tui is null ? null : tui.Interrupt);
        using var resizing = OwnTerminal.Follow((settings.Plan.Job as CommandJob)?.Terminal);
        await using var watch = new ReaderWatch(writer, control, settings.Plan.StopGrace);

        tui?.Start(rounds);
        await rounds.RunAsync(nodeEvent =>
        {
            summary.Add(nodeEvent);
            space.Take(nodeEvent);
            output.Render(nodeEvent);
        });

        output.Complete(summary);
        writer.Flush();
        await watch.DisposeAsync();
        var code = await ExitCodeAsync(control, summary, output);
        return output.WriteReports(summary, code) || ExitCodes.Of(control.Reason) is not null ? code : ExitCodes.Failure;
    }

    private async Task<int> ExitCodeAsync(RunControl control, RunSummary summary, RunOutput output)
    {
        if (writer.StdoutFailed.IsCompleted)
        {
            // The last output of a run can find the reader gone after everything else has gone well.
            var failure = await writer.StdoutFailed;
            control.Stop(ReaderWatch.ReasonOf(failure));
            if (failure.Failure == OutputFailure.Fault)
            {
                writer.PrintErr($"volley: standard output: {failure.Message}");
                writer.Flush();
                if (control.Reason == StopReason.OutputClosed)
                    return ExitCodes.Failure;
            }
        }

        return output.ExitCodeOf(summary);
    }
}
