using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>A run of this controller: what its rounds share, and the work that goes on beside them.</summary>
internal sealed partial class RelayRun : IAsyncDisposable
{
    private static readonly TimeSpan RoundPatience = TimeSpan.FromSeconds(5);

    /// <summary>The time for the end of the run at the server, also after the second stop.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HurriedLimit = TimeSpan.FromMilliseconds(200);
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<int, RelayRound> _rounds = new();
    private readonly ConcurrentQueue<int> _ended = new();
    private readonly ControllerLease _lease;
    private readonly Lock _lock = new();
    private readonly List<Task> _loops = [];
    private TaskCompletionSource _roundBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _failure;
    private bool _isReading;
    private int _isDisposed;
    private int _nextRound = -1;
    private long _chunk;
    private long _missing;
    private long _failureLogged;

    private RelayRun(RelayServer server, RelayRunOptions options, ILogger logger, TimeProvider time)
    {
        (Server, Options, Time, _logger) = (server, options, time, logger);
        Bucket = server.OpenBucket(RelayNames.RunBucket(options.RunId));
        Keys = new TargetKeys(server, options.RunId, options.Controller, time);
        Directory = new QueueDirectory(server);
        Relays = new RelayWatch(time);
        Sender = new ControlSender(this);
        Reader = new EventReader(this, logger);
        _lease = new ControllerLease(server, options, time);
    }

    public RelayServer Server { get; }

    public RelayRunOptions Options { get; }

    public TimeProvider Time { get; }

    public Bucket Bucket { get; }

    public TargetKeys Keys { get; }

    public QueueDirectory Directory { get; }

    public RelayWatch Relays { get; }

    public ControlSender Sender { get; }

    public EventReader Reader { get; }

    public ControllerLease Lease => _lease;

    public int Epoch => _lease.Epoch;

    /// <summary>Fires when the run is over.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Why the run is lost to this controller; null while it is not.</summary>
    public string? Failure => _failure;

    /// <summary>Whether the run was stopped for the second time, so that nothing is waited for.</summary>
    public bool IsHurried { get; set; }

    public IEnumerable<RelayRound> Rounds => _rounds.Values;

    public int[] EndedRounds => [.. _ended];

    /// <summary>The bytes of output of targets that were not handed on.</summary>
    public long MissingBytes => Interlocked.Read(ref _missing);

    /// <summary>Makes a run, or takes over one.</summary>
    /// <exception cref="RelayException">The server refuses, or the run can't be taken.</exception>
    public static async Task<RelayRun> OpenAsync(
        RelayServer server, RelayRunOptions options, ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!RelayNames.IsName(options.RunId))
            throw new RelayException($"'{options.RunId}' can't be the id of a run");
        var run = new RelayRun(server, options, logger, time);
        try
        {
            await server.EnsureSharedAsync(cancellationToken).ConfigureAwait(false);
            if (!options.Attaches)
                await server.EnsureRunAsync(options.RunId, options.StreamBytes, cancellationToken).ConfigureAwait(false);
            await run._lease.TakeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            throw new RelayException(
                ServerFailure.IsMissing(failure) ? $"there is no run {options.RunId} at the server" : $"the NATS server does not store the run: {failure.Message}", failure);
        }

        run.Start(token => run.Relays.ListenAsync(server, options.RunId, token));
        run.Start(new SecretsResponder(run).ListenAsync);
        run.Start(run.Sender.SendAllAsync);
        run.Start(new RunWatch(run, logger).WatchAsync);
        return run;
    }

    /// <summary>Prepares a round: writes its jobs, or finds those of an earlier controller.</summary>
    /// <exception cref="RelayException">The plan can't be sent to relays, or no relay serves it.</exception>
    public async Task<RelayRound> BeginRoundAsync(RunPlan plan, RunControl control, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _nextRound);
        var jobs = new RoundJobs(this, number);
        await jobs.WriteAsync(plan, cancellationToken).ConfigureAwait(false);
        await TryRenewAsync(plan.Targets.Length, cancellationToken).ConfigureAwait(false);
        var round = new RelayRound(this, number, plan, control, jobs)
        {
            Stored = jobs.WereStored ? await ReadStoredAsync(number, cancellationToken).ConfigureAwait(false) : null,
        };
        _rounds[number] = round;
        TaskCompletionSource begun;
        lock (_lock)
        {
            (begun, _roundBegun) = (_roundBegun, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (!_isReading)
                Start(Reader.ReadAllAsync);
            _isReading = true;
        }

        begun.TrySetResult();
        Sender.Announce();
        return round;
    }

    /// <summary>Returns a round that neither asks relays for anything nor has targets: its run was stopped before it was prepared.</summary>
    public RelayRound CreateStopped(RunPlan plan, RunControl control) => new(this, -1, plan, control, new RoundJobs(this, -1));

    public RelayRound? FindRound(int number) => _rounds.GetValueOrDefault(number);

    /// <summary>Waits for a round whose events are stored and that this controller has not begun. Returns null if it does not begin soon.</summary>
    public async Task<RelayRound?> WaitForRoundAsync(int number, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task begun;
            lock (_lock)
                begun = _roundBegun.Task;
            if (FindRound(number) is { } round)
                return round;
            try
            {
                await begun.WaitAsync(RoundPatience, Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    public void EndRound(RelayRound round)
    {
        if (!_rounds.TryRemove(round.Number, out _))
            return;
        _ended.Enqueue(round.Number);
        Reader.Forget(round.Number);
        Sender.Announce();
    }

    public long NextChunk() => Interlocked.Increment(ref _chunk);

    public long Ticks(TimeSpan interval) => (long)(interval.TotalSeconds * Time.TimestampFrequency);

    public void AddMissing(long bytes) => Interlocked.Add(ref _missing, bytes);

    /// <summary>Gives the run up: nothing can be learned of its targets any more.</summary>
    public void Fail(string failure)
    {
        lock (_lock)
        {
            if (_failure is not null)
                return;
            _failure = failure;
        }

        LogFailed(Options.RunId, failure);
        foreach (var round in Rounds)
        {
            foreach (var remote in round.Active)
                RelayRound.Abandon(remote, failure);
        }
    }

    /// <summary>Logs a failure of the server that may pass, at most every ten seconds.</summary>
    public void NoteFailure(Exception failure)
    {
        if (Closing.IsCancellationRequested)
            return;
        var last = Interlocked.Read(ref _failureLogged);
        if ((last == 0 || Time.GetElapsedTime(last) > TimeSpan.FromSeconds(10)) && Interlocked.CompareExchange(ref _failureLogged, Time.GetTimestamp(), last) == last)
            LogServer(Options.RunId, failure.Message);
    }

    /// <summary>Tells the relays that the run is over, and removes what it has stored.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        using var limit = new CancellationTokenSource(IsHurried ? HurriedLimit : CloseLimit, Time);
        try
        {
            await Sender.SendAsync(isClosed: true, limit.Token).ConfigureAwait(false);
            await _closing.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_loops).WaitAsync(limit.Token).ConfigureAwait(false);
            if (_failure is null)
                await Server.DeleteRunAsync(Options.RunId, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException || ServerFailure.IsPassing(failure, limit.Token))
        {
            // What is left goes by its age.
            LogLeft(Options.RunId, failure.Message);
        }

        await _closing.CancelAsync().ConfigureAwait(false);
    }

    private void Start(Func<CancellationToken, Task> loop) => _loops.Add(Task.Run(() => RunAsync(loop)));

    private async Task RunAsync(Func<CancellationToken, Task> loop)
    {
        for (var delays = new RetryDelays(Time); ; await delays.WaitAsync(Closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))
        {
            try
            {
                await loop(Closing).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (Closing.IsCancellationRequested)
            {
                // The run is over.
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, Closing))
            {
                NoteFailure(failure);
            }
#pragma warning disable CA1031 // A bug must not leave targets without an end.
            catch (Exception bug)
#pragma warning restore CA1031
            {
                Fail($"{bug.GetType().Name}: {bug.Message}");
                return;
            }

            if (Closing.IsCancellationRequested)
                return;
        }
    }

    private async Task TryRenewAsync(int size, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _lease.RenewAsync(size, cancellationToken).ConfigureAwait(false))
                Fail("another controller has taken over the run");
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            NoteFailure(failure);
        }
    }

    private async Task<StoredRound> ReadStoredAsync(int number, CancellationToken cancellationToken)
    {
        var stored = new StoredRound();
        try
        {
            await foreach (var (rank, state) in Keys.ReadAllAsync(number, cancellationToken).ConfigureAwait(false))
                stored.Add(rank, state);
            var prefix = RelayNames.Events(Options.RunId, number, ">");
            await foreach (var entry in StoredMessages.ReadAllAsync(Server.JetStream, RelayNames.RunStream(Options.RunId), prefix, cancellationToken).ConfigureAwait(false))
                stored.AddEvents(entry.Value);
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            throw new RelayException($"what the run has stored can't be read: {failure.Message}", failure);
        }

        return stored;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "run {Run}: {Reason}")]
    private partial void LogFailed(string run, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}: the NATS server does not answer: {Reason}; trying again")]
    private partial void LogServer(string run, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "run {Run}: what it has stored is left to its age: {Reason}")]
    private partial void LogLeft(string run, string reason);
}
