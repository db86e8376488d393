using Microsoft.Extensions.Logging;

namespace Volley.Relay.Worker;

/// <summary>Runs the claimed targets of a chunk, publishes their events and writes their endings.</summary>
/// <param name="relay">The relay.</param>
/// <param name="run">The run.</param>
/// <param name="round">The round.</param>
/// <param name="job">The job and its plan.</param>
/// <param name="claims">The claim of each index of the plan.</param>
/// <param name="token">The text of the attempt that made the claims.</param>
internal sealed partial class TargetsRun(RelayContext relay, ServedRun run, int round, PreparedJob job, Claim[] claims, string token) : IDisposable
{
    private readonly ILogger _logger = relay.Logger;
    private readonly EventPublisher _publisher = run.GetPublisher(round);
    private readonly ActiveChunk _chunk = new(round, job.Plan.Targets, job.Ranks);
    private readonly List<Task> _endings = [];
    private readonly bool[] _isEnded = new bool[claims.Length];
    private readonly bool[] _lostOutput = new bool[claims.Length];

    /// <summary>Runs the targets. Each of them has an ending when this returns, unless the token has fired.</summary>
    public async Task RunAsync(CancellationToken abandon)
    {
        var won = job.Plan.Targets.Where(target => claims[target.Index].Outcome == ClaimOutcome.Won).ToList();
        run.CountRunning(won.Count);
        run.Begin(_chunk);
        try
        {
            var recorded = Record(won, abandon);
            if (recorded.Count > 0)
                await ExecuteAsync(recorded, abandon).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !abandon.IsCancellationRequested)
        {
            LogFailure(failure, run.Id, round);
            foreach (var target in won.Where(target => !_isEnded[target.Index]))
                End(target, new NodeResult(NodeOutcome.Faulted) { Message = $"the relay failed: {failure.Message}", MayStillRun = true }, abandon);
        }
        finally
        {
            await Task.WhenAll(_endings).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            run.End(_chunk);
        }
    }

    public void Dispose() => _chunk.Dispose();

    /// <summary>Records the targets before they begin, and ends those that can't be recorded or have begun before.</summary>
    private List<Target> Record(List<Target> targets, CancellationToken abandon)
    {
        string message;
        try
        {
            var fresh = relay.Ledger.Add(job.Job.Document, [.. targets.Select(target => job.Ranks[target.Index])]).ToHashSet();
            var recorded = targets.Where(target => fresh.Contains(job.Ranks[target.Index])).ToList();
            foreach (var target in recorded)
                relay.Audit.Begin(job.Job, job.Targets[target.Index]);
            Refuse(targets.Except(recorded), "sent again", $"the relay {relay.Options.Name} has begun this target of the run before", abandon);
            return recorded;
        }
        catch (IOException failure)
        {
            message = failure.Message;
        }

        Refuse(targets, "not recorded", $"the relay {relay.Options.Name} can't record the target, so it is not begun: {message}", abandon);
        return [];
    }

    private void Refuse(IEnumerable<Target> targets, string reason, string message, CancellationToken abandon)
    {
        foreach (var target in targets)
        {
            LogRefused(run.Id, round, job.Ranks[target.Index], message);
            End(target, new NodeResult(NodeOutcome.Refused) { Reason = reason, Message = message }, abandon);
        }
    }

    private async Task ExecuteAsync(List<Target> targets, CancellationToken abandon)
    {
        var executor = new ParallelExecutor(job.Transport, relay.Time);
        await foreach (var nodeEvent in executor.RunAsync(job.Plan.Only(targets), _chunk.Control, abandon).ConfigureAwait(false))
        {
            if (nodeEvent is NodeFinished finished)
                End(finished.Target, finished.Result, abandon);
            else if (!await _publisher.WriteAsync(nodeEvent, job.Ranks, abandon).ConfigureAwait(false) && nodeEvent is NodeOutput)
                _lostOutput[nodeEvent.Target.Index] = true;
        }
    }

    private void End(Target target, NodeResult result, CancellationToken abandon)
    {
        _isEnded[target.Index] = true;
        _endings.Add(EndAsync(target, result, abandon));
    }

    /// <summary>Writes the ending after the output is stored, so that an ending vouches for its output; then publishes it, unless the target has another one.</summary>
    private async Task EndAsync(Target target, NodeResult result, CancellationToken abandon)
    {
        try
        {
            result = _chunk.Explain(result) with { IsMainRank = false };
            if (_lostOutput[target.Index])
                result = result with { OutputMayBeIncomplete = true };
            var rank = job.Ranks[target.Index];
            RecordEnd(target, result);
            await _publisher.WaitForStoredAsync(_publisher.CompleteOutput(target, job.Ranks), abandon).ConfigureAwait(false);
            if (await run.Claims.EndAsync(round, target, rank, token, claims[target.Index].Revision, result, abandon).ConfigureAwait(false))
                await _publisher.WriteAsync(new NodeFinished(target, result), job.Ranks, abandon).ConfigureAwait(false);
        }
        finally
        {
            run.CountRunning(-1);
            relay.Capacity.Release(1);
        }
    }

    private void RecordEnd(Target target, NodeResult result)
    {
        try
        {
            relay.Audit.End(job.Job, job.Targets[target.Index], result);
        }
        catch (IOException failure)
        {
            LogAuditFailure(failure.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}, round {Round}, target {Rank}: refused: {Reason}")]
    private partial void LogRefused(string run, int round, int rank, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "an ending can't be recorded: {Reason}")]
    private partial void LogAuditFailure(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "run {Run}, round {Round}: a chunk of targets failed")]
    private partial void LogFailure(Exception failure, string run, int round);
}
