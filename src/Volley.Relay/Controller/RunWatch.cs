using System.Globalization;
using Microsoft.Extensions.Logging;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>
/// Looks each second for what no event tells: a server that does not answer, relays that are silent, targets of which nothing is heard, jobs that expire.
/// </summary>
internal sealed partial class RunWatch(RelayRun run, ILogger logger)
{
    private const int MostLooks = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLeaseInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan JobInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestLookInterval = TimeSpan.FromSeconds(30);
    private readonly ILogger _logger = logger;
    private readonly TimeSpan _leaseInterval = run.Options.Patience / 4 < LongestLeaseInterval ? run.Options.Patience / 4 : LongestLeaseInterval;
    private readonly Dictionary<string, Task> _tasks = [];
    private readonly HashSet<string> _lost = [];
    private long _stored;
    private long _leaseTried;
    private long? _jobsFailed;

    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        _stored = _leaseTried = run.Time.GetTimestamp();
        using var timer = new PeriodicTimer(Interval, run.Time);
        while (run.Failure is null && await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            // While the server does not answer, nothing can be heard of the relays.
            if (!TryStart("ping", () => run.Server.Connection.PingAsync(cancellationToken).AsTask()))
                run.Relays.Forgive(Interval);
            if (run.Time.GetElapsedTime(_leaseTried) >= _leaseInterval)
                TryStart("lease", () => RenewLeaseAsync(cancellationToken));
            if (run.Time.GetElapsedTime(_stored) > run.Options.Patience)
                run.Fail($"the NATS server has not answered for {Seconds(run.Options.Patience)} s");
            if (_jobsFailed is not { } failed || run.Time.GetElapsedTime(failed) >= JobInterval)
                TryStart("jobs", () => RenewJobsAsync(cancellationToken));
            TryStart("relays", () => EndLostAsync(cancellationToken));
            TryStart("targets", () => LookAtTargetsAsync(cancellationToken));
        }

        await Task.WhenAll(_tasks.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Starts some work, unless it is still going on since an earlier second.</summary>
    private bool TryStart(string name, Func<Task> start)
    {
        if (_tasks.TryGetValue(name, out var task) && !task.IsCompleted)
            return false;
        _tasks[name] = GuardAsync(start);
        return true;
    }

    private async Task GuardAsync(Func<Task> start)
    {
        try
        {
            await start().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException || ServerFailure.IsPassing(failure, run.Closing))
        {
            if (!run.Closing.IsCancellationRequested)
                run.NoteFailure(failure);
        }
        catch (RelayException failure)
        {
            LogFailure(run.Options.RunId, failure.Message);
        }
    }

    private async Task RenewLeaseAsync(CancellationToken cancellationToken)
    {
        _leaseTried = run.Time.GetTimestamp();
        try
        {
            if (await run.Lease.RenewAsync(0, cancellationToken).ConfigureAwait(false))
                _stored = run.Time.GetTimestamp();
            else
                run.Fail("another controller has taken over the run");
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            if (!await run.Server.HasStreamAsync(run.Bucket.Stream, cancellationToken).ConfigureAwait(false))
                run.Fail("the NATS server has lost what it stored of the run");
            throw;
        }
    }

    private async Task RenewJobsAsync(CancellationToken cancellationToken)
    {
        // Until all are renewed: an agent that does not answer is not asked each second.
        _jobsFailed = run.Time.GetTimestamp();
        foreach (var round in run.Rounds)
            await round.Jobs.RenewAsync(cancellationToken).ConfigureAwait(false);
        _jobsFailed = null;
    }

    /// <summary>Ends the targets of relays that are silent for too long, or has them run again.</summary>
    private async Task EndLostAsync(CancellationToken cancellationToken)
    {
        var silent = run.Relays.SilentFor(run.Options.Patience).ToHashSet();
        _lost.IntersectWith(silent);
        foreach (var relay in silent)
        {
            var targets = run.Rounds.SelectMany(round => round.Active.Where(remote => remote.Relay == relay).Select(remote => (round, remote))).ToArray();
            if (_lost.Add(relay) && targets.Length > 0)
                LogLost(run.Options.RunId, relay, targets.Length, Seconds(run.Options.Patience));
            await Task.WhenAll(targets.Select(target => EndLostAsync(target.round, target.remote, relay, cancellationToken))).ConfigureAwait(false);
        }
    }

    private async Task EndLostAsync(RelayRound round, RemoteTarget remote, string relay, CancellationToken cancellationToken)
    {
        if (run.Options.RerunLost && remote.Turn.Ending is null)
        {
            if (await run.Keys.ReleaseAsync(round.Number, remote.Target, relay, cancellationToken).ConfigureAwait(false) is { } other)
            {
                round.Take(remote, other);
                return;
            }

            (remote.LostRelay, remote.Relay) = (relay, null);
            round.Chunks.Add(remote);
            return;
        }

        var ending = new NodeResult(NodeOutcome.ConnectionLost)
        {
            Message = $"nothing was heard of relay {RelayWatch.NameOf(relay)} for {Seconds(run.Options.Patience)} s",
            MayStillRun = true,
        };
        round.Take(remote, await run.Keys.TryEndAsync(round.Number, remote.Target, ending, relay, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Looks at the keys of targets of which nothing was heard for a time.</summary>
    private async Task LookAtTargetsAsync(CancellationToken cancellationToken)
    {
        var now = run.Time.GetTimestamp();
        var due = run.Rounds.SelectMany(round => round.Active.Where(remote => remote.NextLook <= now && remote.Chunk != 0).Select(remote => (round, remote)))
            .Take(MostLooks).ToArray();
        if (due.Length == 0)
            return;
        await run.Directory.RefreshAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(due.Select(target => LookAsync(target.round, target.remote, cancellationToken))).ConfigureAwait(false);
    }

    private async Task LookAsync(RelayRound round, RemoteTarget remote, CancellationToken cancellationToken)
    {
        remote.LookInterval = remote.LookInterval * 2 < LongestLookInterval ? remote.LookInterval * 2 : LongestLookInterval;
        remote.NextLook = run.Time.GetTimestamp() + run.Ticks(remote.LookInterval);
        // In this order: a chunk is removed after its targets are claimed.
        var isQueued = remote.Relay is null && await IsQueuedAsync(remote.Chunk, cancellationToken).ConfigureAwait(false);
        var state = await run.Keys.ReadAsync(round.Number, remote.Rank, cancellationToken).ConfigureAwait(false);
        if (state is { Ending: not null } && !remote.WasFoundEnded)
            // Its event may be on the way, behind output.
            remote.WasFoundEnded = true;
        else if (state is { } known)
            round.Take(remote, known);
        else if (!isQueued && remote.Relay is null)
            round.Chunks.Add(remote);
        else if (run.Directory.CountRelays(remote.Queue) == 0 && run.Time.GetElapsedTime(remote.Published) > run.Options.Patience)
            await round.EndUnclaimedAsync(remote, Untaken(remote.Queue), cancellationToken).ConfigureAwait(false);
    }

    private NodeResult Untaken(string queue) => new(NodeOutcome.ConnectFailed)
    {
        Message = $"no relay of {RelayQueues.Describe(queue)} has taken it for {Seconds(run.Options.Patience)} s, and none is running",
    };

    /// <summary>Returns whether a chunk waits for a relay, or for its answer.</summary>
    private async Task<bool> IsQueuedAsync(ulong sequence, CancellationToken cancellationToken)
    {
        if (sequence == ulong.MaxValue)
            return false;
        try
        {
            await run.Server.JetStream.JSRequestResponseAsync<StreamMsgGetRequest, StreamMsgGetResponse>(
                $"{run.Server.JetStream.Opts.Prefix}.STREAM.MSG.GET.{RelayNames.WorkStream}", new StreamMsgGetRequest { Seq = sequence }, cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (NatsJSApiException missing) when (missing.Error.Code == 404)
        {
            return false;
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}: nothing was heard of relay {Relay} for {Seconds} s; {Count} targets are lost with it")]
    private partial void LogLost(string run, string relay, int count, string seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}: {Reason}")]
    private partial void LogFailure(string run, string reason);
}
