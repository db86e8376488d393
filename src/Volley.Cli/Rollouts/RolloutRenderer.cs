using System.Globalization;
using Volley.Cli.Output;
using Volley.Cli.Terminal;

namespace Volley.Cli.Rollouts;

/// <summary>Prints on standard error where a rollout is and why it stops, and asks before batches.</summary>
/// <param name="rollout">The rollout.</param>
/// <param name="control">The handle of the run.</param>
/// <param name="writer">The destination.</param>
/// <param name="ask">Asks a question on the terminal; null if the terminal UI takes the answer.</param>
/// <param name="isQuiet">Whether to print only why the rollout stops.</param>
internal sealed class RolloutRenderer(RolloutSettings rollout, RunControl control, TerminalWriter writer, Func<string, string?>? ask, bool isQuiet) : IRenderer
{
    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case BatchStarted { Batch: { Count: > 1 } batch } when !isQuiet:
                writer.PrintErr($"volley: {RolloutSettings.Describe(batch)} ({NumberText.Count(batch.Targets.Length, "host")}): {GetNames(batch)}");
                break;
            case BatchWaiting { Pause: { } pause } waiting when !isQuiet:
                writer.PrintErr($"volley: waiting {NumberText.Seconds(pause)} before {RolloutSettings.Describe(waiting.Batch)}");
                break;
            case BatchWaiting { Pause: null } waiting when ask is not null:
                Ask(waiting.Batch, ask);
                break;
            case NodeChecked { Result: { Succeeded: false } result } failed:
                var message = result.Message is { } text ? $": {SafeText.Shorten(text)}" : "";
                writer.PrintErr($"volley: {failed.Target.Label}: {result.Cause}{message}");
                break;
            case ThresholdExceeded exceeded:
                var counts = control.CountsAtStop;
                writer.PrintErr(string.Create(
                    CultureInfo.InvariantCulture, $"volley: {Describe(exceeded)}; stopping {counts.Running} running, {counts.Queued} queued"));
                break;
        }
    }

    public void Complete(RunSummary summary)
    {
    }

    private static string GetNames(Batch batch) => HostList.Fold(batch.Targets.Select(target => target.Label));

    private static string Describe(ThresholdExceeded exceeded) => exceeded.Threshold switch
    {
        RolloutThreshold.Canary => $"the canary {exceeded.Target.Label} failed",
        RolloutThreshold.Unreachable => string.Create(
            CultureInfo.InvariantCulture, $"{NumberText.Count(exceeded.Count, "host")} can't be reached, more than --max-unreachable allows ({exceeded.Limit})"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{NumberText.Count(exceeded.Count, "host")} failed, more than --max-fail allows ({exceeded.Limit})"),
    };

    /// <summary>Asks on a thread of its own, because a stop must not wait for an answer.</summary>
    private void Ask(Batch next, Func<string, string?> question)
    {
        writer.Flush();
        var text = SafeText.Escape($"Begin {RolloutSettings.Describe(next)} ({NumberText.Count(next.Targets.Length, "host")}): {GetNames(next)}? [y/N] ");
        new Thread(() =>
        {
            if (question(text)?.Trim().ToUpperInvariant() is "Y" or "YES")
                rollout.Control.Continue();
            else if (control.Reason == StopReason.None)
                control.Stop(StopReason.Requested);
        })
        { IsBackground = true, Name = "question" }.Start();
    }
}
