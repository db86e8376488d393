using System.Globalization;
using Volley.Cli.Output;
using Volley.Cli.Terminal;

namespace Volley.Cli.Rollouts;

/// <summary>Prints on standard error where a rollout is and why it stops, and asks before batches.</summary>
/// <param name="rollout">The rollout.</param>
/// <param name="control">The handle of the run.</param>
/// <param name="writer">The destination.</param>
/// <param name="ask">Asks a question on the terminal; null if the terminal UI takes the answer.</param>
/// <param name="showsAttempts">Whether to print the attempts of checks that are repeated.</param>
/// <param name="isQuiet">Whether to print only why the rollout stops.</param>
internal sealed class RolloutRenderer(
    RolloutSettings rollout, RunControl control, TerminalWriter writer, Func<string, string?>? ask, bool showsAttempts, bool isQuiet) : IRenderer
{
    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case BatchStarted { Batch: { Count: > 1 } batch } when !isQuiet:
                writer.PrintErr($"volley: {rollout.Describe(batch)} ({NumberText.Count(batch.Targets.Length, "host")}): {GetNames(batch)}");
                break;
            case BatchWaiting { Pause: { } pause } waiting when !isQuiet:
                writer.PrintErr($"volley: waiting {NumberText.Duration(pause)} before {rollout.Describe(waiting.Batch)}");
                break;
            case BatchWaiting { Pause: null } waiting when ask is not null:
                Ask(waiting.Batch, ask);
                break;
            case CheckRetrying retrying when showsAttempts:
                PrintFailure(retrying.Target, $"check failed: {retrying.Result.Cause}", retrying.Result, $"; repeated in {NumberText.Duration(retrying.Delay)}");
                break;
            case NodeChecked { Result: { Succeeded: false, Outcome: not NodeOutcome.NotChecked } result } failed:
                PrintFailure(failed.Target, result.Cause, result, "");
                break;
            case ThresholdExceeded exceeded:
                var counts = control.CountsAtStop;
                var stopped = (string[])
                [
                    .. counts.Running > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{counts.Running} running")] : (string[])[],
                    .. counts.Queued > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{counts.Queued} queued")] : (string[])[],
                ];
                writer.PrintErr($"volley: {Describe(exceeded)}{(stopped.Length > 0 ? $"; stopping {string.Join(", ", stopped)}" : "")}");
                break;
        }
    }

    public void Complete(RunSummary summary)
    {
    }

    private void PrintFailure(Target target, string cause, NodeResult result, string end)
    {
        var message = result.Message is { } text ? $": {SafeText.Shorten(text)}" : "";
        writer.PrintErr($"volley: {target.Label}: {cause}{message}{end}");
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
        var text = SafeText.Escape($"Begin {rollout.Describe(next)} ({NumberText.Count(next.Targets.Length, "host")}): {GetNames(next)}? [y/N] ");
        writer.Flush();
        // The writer repeats the question below messages that come before the answer.
        var isShown = writer.TryBeginQuestion(text);
        writer.Flush();
        _ = EndAtStopAsync();
        new Thread(() =>
        {
            var answer = question(isShown ? "" : text);
            // Ctrl+D leaves the cursor behind the question.
            writer.EndQuestion(isAnswered: answer is not null);
            if (answer?.Trim().ToUpperInvariant() is "Y" or "YES")
                rollout.Control.Continue();
            else if (control.Reason == StopReason.None)
                control.Stop(StopReason.Requested);
        })
        { IsBackground = true, Name = "question" }.Start();
    }

    private async Task EndAtStopAsync()
    {
        await control.Stopped;
        writer.EndQuestion(isAnswered: false);
    }
}
