using System.Collections.Concurrent;
using System.Diagnostics;

namespace Volley.Relay.Controller;

/// <summary>One round of a run: has relays do the work at the targets that the window starts.</summary>
internal sealed class RelayRound : ITargetRunner
{
    /// <summary>The time beyond the grace of a stop in which a relay must report the end of a target.</summary>
    private static readonly TimeSpan StopSlack = TimeSpan.FromSeconds(5);

    /// <summary>A little less than the longest time of a timer.</summary>
    private static readonly TimeSpan LongestGrace = TimeSpan.FromDays(48);

    /// <summary>The time in which relays may confirm the end of their commands after the second stop.</summary>
    private static readonly TimeSpan HurryLimit = TimeSpan.FromMilliseconds(500);

    private readonly RelayRun _run;
    private readonly ConcurrentDictionary<int, RemoteTarget> _active = new();
    private readonly ChunkSender _chunks;

    public RelayRound(RelayRun run, int number, RunPlan plan, RunControl control, RoundJobs jobs)
    {
        (_run, Number, Plan, Control, Jobs) = (run, number, plan, control, jobs);
        _chunks = new ChunkSender(run, this);
    }

    public int Number { get; }

    public RunPlan Plan { get; }

    public RunControl Control { get; }

    public RoundJobs Jobs { get; }

    public ChunkSender Chunks => _chunks;

    /// <summary>What an earlier controller has left of this round; null if it is a new one.</summary>
    public StoredRound? Stored { get; init; }

    /// <summary>The targets that the window has started and that have not ended.</summary>
    public IEnumerable<RemoteTarget> Active => _active.Values;

    public RemoteTarget? Find(int rank) => _active.GetValueOrDefault(rank);

    public async Task<NodeResult> RunAsync(TargetTurn turn)
    {
        var began = _run.Time.GetTimestamp();
        var queue = _run.Options.Queue(turn.Target);
        var remote = new RemoteTarget(turn, queue, Jobs.PieceOf(queue, turn.Target));
        _active[turn.Target.Index] = remote;
        try
        {
            if (_run.Failure is { } failure)
                return Unreachable(failure);
            Begin(remote);
            // A failure of the run ends all active targets, but it may have come before this one was active.
            if (_run.Failure is { } late)
                Abandon(remote, late);
            return await WaitAsync(remote, began).ConfigureAwait(false);
        }
        finally
        {
            _active.TryRemove(turn.Target.Index, out _);
            _run.Lease.CountEnd();
            Stored?.Leave(turn.Target.Index);
        }
    }

    public ValueTask DisposeAsync()
    {
        _run.EndRound(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends a target with a result that is known from its event or its key.</summary>
    public void End(RemoteTarget remote, NodeResult result)
    {
        var missing = result.Outcome == NodeOutcome.OutputLimitReached ? 0 : result.StdoutBytes + result.StderrBytes - remote.Delivered;
        if (missing > 0)
            result = result with { OutputMayBeIncomplete = true };
        if (remote.TryEnd(result) && missing > 0)
            _run.AddMissing(missing);
    }

    /// <summary>Ends a target because nothing can be learned of it any more.</summary>
    public static void Abandon(RemoteTarget remote, string failure)
    {
        var ending = remote.Chunk == 0 ? Unreachable(failure) : new NodeResult(NodeOutcome.ConnectionLost) { Message = failure, MayStillRun = true };
        remote.TryEnd(Combine(ending, remote.Turn.Ending));
    }

    /// <summary>Ends targets whose job a relay refuses, unless another relay has claimed them.</summary>
    public async Task RefuseAsync(string relay, IReadOnlyList<int> ranks, string reason)
    {
        var ending = new NodeResult(NodeOutcome.Refused) { Reason = reason, Message = $"relay {RelayWatch.NameOf(relay)} refuses the job: {reason}" };
        try
        {
            await Task.WhenAll(ranks.Select(Find).OfType<RemoteTarget>().Where(remote => remote.Relay is null)
                .Select(remote => EndUnclaimedAsync(remote, ending, _run.Closing))).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_run.Closing.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    /// <summary>Ends a target that no relay has claimed, else learns which relay has.</summary>
    public async Task EndUnclaimedAsync(RemoteTarget remote, NodeResult ending, CancellationToken cancellationToken)
    {
        var state = await _run.Keys.TryEndAsync(Number, remote.Target, ending, claimedBy: null, cancellationToken).ConfigureAwait(false);
        Take(remote, state);
    }

    /// <summary>Takes what was read of a target.</summary>
    public void Take(RemoteTarget remote, TargetState state)
    {
        if (state.Ending is { } ending)
        {
            End(remote, ending);
            return;
        }

        remote.Relay = state.Relay;
        _run.Relays.Expect(state.Relay);
    }

    private static NodeResult Unreachable(string failure) => new(NodeOutcome.ConnectFailed) { Message = failure };

    private void Begin(RemoteTarget remote)
    {
        if (Stored?.Find(remote.Rank) is not var (state, hasEvents))
        {
            _chunks.Add(remote);
            return;
        }

        remote.Published = _run.Time.GetTimestamp();
        remote.Chunk = ulong.MaxValue;
        remote.NextLook = remote.Published;
        // Output that is still stored comes first, and the event of the ending after it.
        if (state.Ending is null || !hasEvents)
            Take(remote, state);
    }

    private async Task<NodeResult> WaitAsync(RemoteTarget remote, long began)
    {
        var turn = remote.Turn;
        try
        {
            return await remote.Ended.WaitAsync(turn.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (turn.Ending is not null)
        {
            _run.Sender.Announce();
        }

        await EndStoppedAsync(remote).ConfigureAwait(false);
        var result = Combine(await remote.Ended.ConfigureAwait(false), turn.Ending);
        return result.Elapsed == TimeSpan.Zero && result.Outcome != NodeOutcome.NotStarted ? result with { Elapsed = _run.Time.GetElapsedTime(began) } : result;
    }

    /// <summary>Ends a target that is stopped: by claiming it, or by its relay, or, where that does not answer in time, without it.</summary>
    private async Task EndStoppedAsync(RemoteTarget remote)
    {
        var turn = remote.Turn;
        var notStarted = turn.Ending! with { Outcome = NodeOutcome.NotStarted };
        var grace = Plan.StopGrace < LongestGrace ? Plan.StopGrace : LongestGrace;
        using var limit = new CancellationTokenSource(grace + StopSlack, _run.Time);
        await using var hurried = turn.Hurry.UnsafeRegister(_ => Hurry(limit), null).ConfigureAwait(false);
        try
        {
            if (_chunks.TryRemove(remote))
                remote.TryEnd(notStarted);
            else if (remote.Relay is null)
                await EndUnclaimedAsync(remote, notStarted, limit.Token).ConfigureAwait(false);
            await remote.Ended.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            await GiveUpAsync(remote).ConfigureAwait(false);
        }
    }

    private void Hurry(CancellationTokenSource limit)
    {
        _run.IsHurried = true;
        _run.Sender.Announce();
        try
        {
            limit.CancelAfter(HurryLimit);
        }
        catch (ObjectDisposedException)
        {
            // The target has ended meanwhile.
        }
    }

    /// <summary>Ends a target whose relay has not reported its end in time.</summary>
    private async Task GiveUpAsync(RemoteTarget remote)
    {
        var ending = remote.Turn.Ending! with { MayStillRun = true };
        using var limit = new CancellationTokenSource(HurryLimit / 2, _run.Time);
        try
        {
            var state = await _run.Keys.TryEndAsync(Number, remote.Target, ending, remote.Relay, limit.Token).ConfigureAwait(false);
            // A relay that has claimed it only now runs it, as far as is known.
            End(remote, state.Ending ?? ending);
        }
        catch (OperationCanceledException)
        {
            remote.TryEnd(ending);
        }
    }

    /// <summary>Returns the result of a stopped target: what the relay says of the end, and the executor of its cause.</summary>
    private static NodeResult Combine(NodeResult result, NodeResult? ending)
    {
        if (ending is null || result.Outcome is not (NodeOutcome.Canceled or NodeOutcome.DeadlineExceeded or NodeOutcome.NotStarted))
            return result;
        Debug.Assert(ending.Outcome != NodeOutcome.Exited, "a target that must end has not exited");
        return result with
        {
            Outcome = result.Outcome == NodeOutcome.NotStarted ? NodeOutcome.NotStarted : ending.Outcome,
            Stop = ending.Stop,
            Message = ending.Message ?? result.Message,
        };
    }
}
