using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Run;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output;

/// <summary>
/// Prints on standard error, in every output mode, why a node could not run its command to the end. At the end of the run it names the
/// nodes whose output may be incomplete or whose command may still run.
/// </summary>
internal sealed class DiagnosticsRenderer : IRenderer
{
    private readonly TerminalWriter _writer;
    private readonly RunControl _control;
    private readonly RunPlan _plan;
    private readonly ImmutableArray<FailureHint> _hints;
    private readonly SupervisionSettings? _supervision;
    private readonly bool _hasMessages;
    private int _hasAnnounced;

    /// <param name="writer">The destination.</param>
    /// <param name="control">The handle of the run.</param>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="hints">Hints to print at the end if they apply to a result.</param>
    /// <param name="supervision">When commands are ended whose connection is lost; null if they are kept.</param>
    /// <param name="hasMessages">Whether to print the messages of failed nodes; false if the output contains them.</param>
    public DiagnosticsRenderer(
        TerminalWriter writer, RunControl control, RunPlan plan, ImmutableArray<FailureHint> hints, SupervisionSettings? supervision, bool hasMessages)
    {
        (_writer, _control, _plan, _hints, _supervision, _hasMessages) = (writer, control, plan, hints, supervision, hasMessages);
        if (plan.Deadline != Timeout.InfiniteTimeSpan)
            _ = AnnounceDeadlineAsync();
    }

    public void Render(NodeEvent nodeEvent)
    {
        if (nodeEvent is NodeRetrying retrying && _hasMessages)
            ReportRetry(retrying);
        var result = nodeEvent switch
        {
            NodeFinished finished => finished.Result,
            NodeChecked check => check.Result,
            _ => null,
        };
        if (result is null)
            return;
        var target = nodeEvent.Target;
        if (_hasMessages && nodeEvent is NodeFinished && result.Message is { } message)
            _writer.PrintErr($"volley: {target.Label}: {GetOutcome(result)}: {SafeText.Shorten(message)}");
        if (_control.Reason == StopReason.FailFast && _control.FirstFailure == target && !result.Succeeded)
        {
            var counts = _control.CountsAtStop;
            _writer.PrintErr($"[fail-fast] {target.Label}: {result.Cause}; stopping {counts.Running} running, {counts.Queued} queued");
        }
    }

    public void Complete(RunSummary summary)
    {
        AnnounceDeadline();
        foreach (var hint in _hints.Where(hint => summary.Results.Any(result => result is not null && hint.AppliesTo(result))))
            _writer.PrintErr($"volley: {hint.Text}");
        Name("output may be incomplete", summary.OutputMayBeIncomplete);
        Name("may still run", summary.MayStillRun);
        if (_plan.Job is CommandJob)
            Name(GetFate(), summary.MayStillRun.Where(target => summary.Results[target.Index] is { Outcome: NodeOutcome.ConnectionLost, Reason: null }));
    }

    /// <summary>Returns what becomes of commands that have outlived their connection.</summary>
    private string GetFate()
    {
        if (_supervision is not { } supervision)
            return "goes on there without a connection (--on-disconnect keep)";
        var (close, heartbeat) = (supervision.CloseGrace.TotalSeconds, supervision.HeartbeatLimit.TotalSeconds);
        // A host that learns of the end of the connection does not wait for heartbeats, and which hosts do is not known here.
        var atClose = close == heartbeat ? "" : string.Create(CultureInfo.InvariantCulture, $" {close:0.###} s after the connection has closed, at the latest");
        return string.Create(CultureInfo.InvariantCulture, $"ended there{atClose} after {heartbeat:0.###} s without a heartbeat (--on-disconnect kill)");
    }

    /// <summary>Reports an attempt that does not count, after its output and before that of the next one.</summary>
    private void ReportRetry(NodeRetrying retrying)
    {
        var result = retrying.Result;
        var message = result.Message is { } text ? $": {SafeText.Shorten(text)}" : "";
        _writer.PrintErr($"volley: {retrying.Target.Label}: {GetOutcome(result)}{message}; {RetryText.Next(retrying, _plan)}");
    }

    /// <summary>Reports that the deadline stops the run, at once: the commands have a grace period in which nothing else is printed.</summary>
    private async Task AnnounceDeadlineAsync()
    {
        await _control.Stopped;
        AnnounceDeadline();
    }

    private void AnnounceDeadline()
    {
        if (_control.Reason != StopReason.Deadline || Interlocked.Exchange(ref _hasAnnounced, 1) != 0)
            return;
        var counts = _control.CountsAtStop;
        // A question of a rollout needs no answer any more.
        _writer.EndQuestion(isAnswered: false);
        _writer.PrintErr(string.Create(
            CultureInfo.InvariantCulture,
            $"volley: the deadline of {_plan.Deadline.TotalSeconds:0.###} s was reached; stopping {counts.Running} running, {counts.Queued} queued"));
    }

    // The message has the reason, too.
    private static string GetOutcome(NodeResult result) => result.Reason is null ? result.Cause : (result with { Reason = null }).Cause;

    private void Name(string what, IEnumerable<Target> targets)
    {
        if (targets.Select(target => target.Label).ToList() is { Count: > 0 } labels)
            _writer.PrintErr($"volley: {what}: {HostList.Fold(labels)}");
    }
}
