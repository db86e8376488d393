using Volley.Cli.Output;
using Volley.Cli.Output.Progress;
using Volley.Cli.Terminal;
using Volley.Cli.Tui;

namespace Volley.Cli.Run;

/// <summary>Runs a plan: shows its events as they arrive, and returns the exit code.</summary>
internal sealed class RunCommand(RunSettings settings, TerminalWriter writer, TimeProvider time)
{
    public async Task<int> RunAsync()
    {
        foreach (var note in settings.Notes)
            writer.PrintErr(note);
        if (settings.Relays?.Hint is { } hint)
            writer.PrintErr(hint);
        using var tui = settings.Output.Modes.Main == OutputMode.Tui ? new TuiRenderer(settings, writer, time) : null;
        var logger = tui?.Logger ?? new StderrLogger(writer, settings.Verbosity);
        if (settings.Mask is { } mask)
            logger = mask.Hide(logger);
        await using var executor = await RunExecutor.OpenAsync(settings, logger, time);
        using var control = new RunControl();
        var summary = new RunSummary(settings.Plan, control);
        foreach (var end in settings.Repeated?.Ends ?? [])
            summary.Add(end);
        using var output = new RunOutput(settings, writer, logger, control, tui, time);
        Rounds? rounds = null;
        var space = new TemporarySpace(settings.Output, (target, message) => rounds!.LimitOutput(target, message), time);
        rounds = new Rounds(executor.Inner, settings.Plan with { OutputGate = space.Gate }, control, time, settings.RunningPlan.Targets, settings.Rollout);
        var transfers = settings.Plan.Job is PushJob or PullJob ? new TransferTotals(settings.Plan.Targets.Length) : null;
        using var signals = new StopSignals(rounds, control, writer, settings.IsBatch, time, transfers, tui is null ? null : tui.Interrupt);
        using var resizing = OwnTerminal.Follow(JobCommands.Get(settings.Plan.Job).FirstOrDefault()?.Terminal);
        await using var watch = new ReaderWatch(writer, control, settings.Plan.StopGrace);

        tui?.Start(rounds);
        await rounds.RunAsync(nodeEvent =>
        {
            nodeEvent = settings.Mask?.Hide(nodeEvent) ?? nodeEvent;
            summary.Add(nodeEvent);
            transfers?.Add(nodeEvent);
            space.Take(nodeEvent);
            output.Render(nodeEvent);
        });

        output.Complete(summary);
        if (executor.MissingOutputBytes is > 0 and var missing)
            writer.PrintErr($"volley: {NumberText.Bytes(missing)} of output of the hosts are missing: the server did not keep them");
        writer.Flush();
        var fault = await watch.CompleteAsync();
        var code = fault is null ? output.GetExitCode(summary) : GetExitCode(fault, control, summary, output);
        if (await output.WriteReportsAsync(summary, code) is { } failed && fault is null)
            code = ExitCodes.ForStop(control.Reason) ?? failed;
        output.EndJournal(summary, code);
        // A signal must not end the program while it removes what the run has at hosts or at a server.
        await executor.DisposeAsync();
        return code;
    }

    private int GetExitCode(OutputException fault, RunControl control, RunSummary summary, RunOutput output)
    {
        writer.PrintErr($"volley: standard output: {fault.Message}");
        writer.Flush();
        return control.Reason == StopReason.OutputClosed ? ExitCodes.Failure : output.GetExitCode(summary);
    }
}
