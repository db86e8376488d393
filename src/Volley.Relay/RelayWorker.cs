using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Volley.Interop;
using Volley.Relay.Jobs;
using Volley.Relay.Records;
using Volley.Relay.Server;
using Volley.Relay.Wire;
using Volley.Relay.Worker;
using Volley.Relay.Worker.Queues;

namespace Volley.Relay;

/// <summary>
/// A relay: takes targets from the work queues of its server, runs them with a <see cref="ParallelExecutor"/> each chunk, and publishes their events and
/// endings.
/// </summary>
/// <param name="server">The server, which is not disposed.</param>
/// <param name="options">What the relay is, and which jobs it takes.</param>
/// <param name="open">Opens the transport of a job.</param>
/// <param name="logger">Receives what happens.</param>
/// <param name="time">The clock; that of the system if null.</param>
public sealed partial class RelayWorker(
    RelayServer server, RelayWorkerOptions options, RelayTransportFactory open, ILogger logger, TimeProvider? time = null)
{
    /// <summary>The time for writing endings and events after the commands have been stopped.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Capacity _capacity = new(options.Capacity);
    private readonly ConcurrentDictionary<Task, byte> _chunks = [];

    /// <summary>The name and 8 random digits, by which this start of the relay is known.</summary>
    public string Id { get; } = $"{options.Name}-{Sodium.RandomDigits(8)}";

    /// <summary>A task that completes when the relay takes targets, and controllers can see it.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The number of targets that run.</summary>
    public int Running => _capacity.Taken;

    /// <summary>Works until one of the tokens fires and the targets have ended.</summary>
    /// <param name="drain">Takes no new targets; those that run go on to their end.</param>
    /// <param name="stop">Stops the commands with their grace, writes their endings, and ends.</param>
    /// <returns>A task that completes when the relay has ended.</returns>
    /// <exception cref="RelayException">The options are invalid, the server refuses what the relay needs, or its files can't be used.</exception>
    public async Task RunAsync(CancellationToken drain, CancellationToken stop)
    {
        options.Check();
        await PrepareServerAsync(stop).ConfigureAwait(false);
        using var ledger = TargetLedger.Open(options.StateDirectory, options.Name, _time);
        using var audit = AuditLog.Open(options.AuditLogPath, options.Name, _time);
        var relay = CreateContext(ledger, audit, stop);
        var runs = new ServedRuns(relay);
        await using (runs.ConfigureAwait(false))
        {
            using var ending = new CancellationTokenSource();
            using var draining = CancellationTokenSource.CreateLinkedTokenSource(drain, stop);
            using var abandon = new CancellationTokenSource();
            var (listening, announced) = (new TaskCompletionSource(), new TaskCompletionSource());
            Task[] services =
            [
                runs.ListenAsync(listening.SetResult, ending.Token),
                runs.WatchAsync(ending.Token),
                new Presence(relay, draining.Token).AnnounceAsync(() => announced.TrySetResult(), ending.Token),
            ];
            await Task.WhenAny([Task.WhenAll(listening.Task, announced.Task), .. services]).ConfigureAwait(false);
            _ready.TrySetResult();
            var queues = string.Join(", ", options.Queues);
            LogStarted(Id, queues);
            await Task.WhenAll(options.Queues.Select(queue => ReadAsync(relay, runs, queue, draining.Token, abandon.Token))).ConfigureAwait(false);
            await FinishAsync(runs, abandon, stop).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(services).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            LogEnded(Id);
        }
    }

    private RelayContext CreateContext(TargetLedger ledger, AuditLog audit, CancellationToken stop) => new()
    {
        Server = server,
        Options = options,
        Id = Id,
        Open = open,
        Policy = new JobPolicy(options.AllowedSignersFile, options.AllowsExec),
        Ledger = ledger,
        Audit = audit,
        Capacity = _capacity,
        Stopping = stop,
        Logger = logger,
        Time = _time,
    };

    private async Task PrepareServerAsync(CancellationToken cancellationToken)
    {
        if (options.AllowedSignersFile is null && !options.IsInsecure)
            throw new RelayException("a relay runs signed jobs only; give it a file of allowed signers");
        if (server.Connection.ServerInfo is { MaxPayload: < 1024 * 1024 } small)
            throw new RelayException($"the NATS server takes messages of {small.MaxPayload:N0} bytes only; set max_payload to at least 1 MiB");
        try
        {
            await server.EnsureSharedAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            throw new RelayException($"the NATS server refuses the work queue of relays: {failure.Message}", failure);
        }
    }

    private Task ReadAsync(RelayContext relay, ServedRuns runs, string queue, CancellationToken drain, CancellationToken abandon) =>
        new QueueReader(server, queue, _capacity, message => TakeAsync(relay, runs, queue, message, drain, abandon), _time, logger).RunAsync(drain);

    private async ValueTask TakeAsync(
        RelayContext relay, ServedRuns runs, string queue, WorkMessage message, CancellationToken drain, CancellationToken abandon)
    {
        if (message.Parse() is not { } item)
        {
            LogPoison(queue);
            await message.RemoveAsync(abandon).ConfigureAwait(false);
        }
        else if (drain.IsCancellationRequested || !_capacity.TryTake(item.Ranks.Length))
        {
            await message.ReturnAsync(TimeSpan.Zero, abandon).ConfigureAwait(false);
        }
        else
        {
            var chunk = RunChunkAsync(relay, runs, message, item, drain, abandon);
            _chunks.TryAdd(chunk, 0);
            _ = chunk.ContinueWith(ended => _chunks.TryRemove(ended, out _), TaskScheduler.Default);
        }
    }

    private async Task RunChunkAsync(
        RelayContext relay, ServedRuns runs, WorkMessage message, WorkItem item, CancellationToken drain, CancellationToken abandon)
    {
        await Task.Yield();
        var run = runs.Enter(item.Run);
        try
        {
            await new ChunkRun(relay, run, message, item).RunAsync(drain, abandon).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            LogFailure(failure, item.Run);
        }
        finally
        {
            runs.Leave(run);
        }
    }

    /// <summary>Waits for the chunks and the publishers. After a stop the wait is limited.</summary>
    private async Task FinishAsync(ServedRuns runs, CancellationTokenSource abandon, CancellationToken stop)
    {
        await using (stop.Register(() => Abandon(runs, abandon)).ConfigureAwait(false))
        {
            await Task.WhenAll(_chunks.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await runs.CompleteAsync(abandon.Token).ConfigureAwait(false);
        }
    }

    private void Abandon(ServedRuns runs, CancellationTokenSource abandon)
    {
        runs.Stop($"the relay {options.Name} was stopped");
        abandon.CancelAfter(LastWords);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "relay {Id} serves {Queues}")]
    private partial void LogStarted(string id, string queues);

    [LoggerMessage(Level = LogLevel.Information, Message = "relay {Id} has ended")]
    private partial void LogEnded(string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "queue {Queue}: a message that is no chunk of targets is dropped")]
    private partial void LogPoison(string queue);

    [LoggerMessage(Level = LogLevel.Error, Message = "run {Run}: a chunk of targets failed")]
    private partial void LogFailure(Exception failure, string run);
}
