using System.Text.Json;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>A run that a relay serves: its rounds, its chunks, and the lease.</summary>
internal sealed partial class ServedRun(RelayContext relay, string id, ControllerWatch controller) : IAsyncDisposable
{
    /// <summary>The part of the lease after which a relay stops: before the controller, whose clock may be a little faster, reports its targets as lost.</summary>
    private const double LeasePart = 0.8;

    private readonly ILogger _logger = relay.Logger;
    private readonly Lock _lock = new();
    private readonly Bucket _bucket = relay.Server.OpenBucket(RelayNames.RunBucket(id));
    private readonly Dictionary<(int Round, string Queue), ServedJob> _jobs = [];
    private readonly Dictionary<int, EventPublisher> _publishers = [];
    private readonly List<ActiveChunk> _chunks = [];
    private string? _stopMessage;
    private int _running;
    private int _isOtherProtocolLogged;

    public string Id => id;

    public ControllerWatch Controller => controller;

    public TargetClaims Claims { get; } = new(relay.Server.OpenBucket(RelayNames.RunBucket(id)), id, relay.Id, relay.Time, relay.Logger);

    /// <summary>The number of chunks that use this object. It is guarded by the lock of the table of runs.</summary>
    public int Users { get; set; }

    /// <summary>The time without the controller after which the run is stopped; null for none.</summary>
    public TimeSpan? Lease { get; set; }

    /// <summary>The time without the controller after which this relay stops the run's commands; infinite for none.</summary>
    public TimeSpan Patience => Lease is { } lease ? lease * LeasePart : TimeSpan.MaxValue;

    /// <summary>Whether events were published, whose numbers must go on if another chunk comes.</summary>
    public bool HasPublished
    {
        get
        {
            lock (_lock)
                return _publishers.Count > 0;
        }
    }

    public bool IsClosed => controller.Last?.IsClosed == true;

    /// <summary>Returns whether the controller has ended a round.</summary>
    public bool IsOver(int round) => controller.Last is { } last && (last.IsClosed || last.Ended.Contains(round));

    public ServedJob GetJob(int round, string queue)
    {
        lock (_lock)
            return _jobs.TryGetValue((round, queue), out var job) ? job : _jobs[(round, queue)] = new ServedJob(relay, _bucket, id, round, queue);
    }

    public EventPublisher GetPublisher(int round)
    {
        lock (_lock)
        {
            if (!_publishers.TryGetValue(round, out var publisher))
            {
                publisher = _publishers[round] = new EventPublisher(relay.Server, controller, id, round, relay.Id, relay.Time, relay.Logger);
                if (_stopMessage is not null)
                    publisher.BecomeLossy();
            }

            return publisher;
        }
    }

    /// <summary>Adds a chunk, and applies to it what has happened before.</summary>
    public void Begin(ActiveChunk chunk)
    {
        string? stopMessage;
        lock (_lock)
        {
            _chunks.Add(chunk);
            stopMessage = _stopMessage;
        }

        if (controller.Last is { } last)
            chunk.Apply(last);
        if (stopMessage is not null)
            chunk.StopByRelay(stopMessage);
    }

    public void End(ActiveChunk chunk)
    {
        lock (_lock)
            _chunks.Remove(chunk);
    }

    /// <summary>Counts targets that have begun, or ended if the number is negative.</summary>
    public void CountRunning(int targets) => Interlocked.Add(ref _running, targets);

    /// <summary>Applies a message of the controller.</summary>
    public void Apply(ControlMessage message)
    {
        ActiveChunk[] chunks;
        lock (_lock)
        {
            chunks = [.. _chunks];
            if (_stopMessage is not null && !relay.Stopping.IsCancellationRequested)
            {
                // The controller is there again. What was stopped has ended; new chunks begin.
                _stopMessage = null;
                foreach (var publisher in _publishers.Values)
                    publisher.BecomeLossless();
            }
        }

        foreach (var chunk in chunks)
            chunk.Apply(message);
    }

    /// <summary>Stops the run's commands because the relay can't go on. Their endings are written when that is possible.</summary>
    public void Stop(string message)
    {
        ActiveChunk[] chunks;
        lock (_lock)
        {
            _stopMessage = message;
            chunks = [.. _chunks];
            foreach (var publisher in _publishers.Values)
                publisher.BecomeLossy();
        }

        foreach (var chunk in chunks)
            chunk.StopByRelay(message);
    }

    /// <summary>Stops the run if its lease has expired.</summary>
    public void CheckLease()
    {
        var silence = controller.Silence;
        if (silence <= Patience || _stopMessage is not null)
            return;
        lock (_lock)
        {
            if (_chunks.Count == 0)
                return;
        }

        LogLost(id, (int)Patience.TotalSeconds);
        Stop($"the relay {relay.Options.Name} heard nothing of the controller for {(int)Patience.TotalSeconds} s, and stopped the command");
    }

    /// <summary>Tells the controller that the relay lives.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            var beat = JsonSerializer.SerializeToUtf8Bytes(new BeatMessage(id, relay.Id, Volatile.Read(ref _running)), WireJson.Default.BeatMessage);
            await relay.Server.Connection.PublishAsync(
                RelayNames.Beat(id), beat, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            // The next one follows in a second.
        }
    }

    /// <summary>Takes out what is not used any more, to be disposed.</summary>
    /// <param name="isSilent">Whether nothing was heard of the controller for so long that its logins are closed.</param>
    public List<IAsyncDisposable> TakeUnused(bool isSilent)
    {
        var unused = new List<IAsyncDisposable>();
        lock (_lock)
        {
            foreach (var key in _jobs.Keys.Where(key => isSilent || IsOver(key.Round)).ToArray())
            {
                _jobs.Remove(key, out var job);
                unused.Add(job!);
            }

            foreach (var round in _publishers.Keys.Where(IsOver).ToArray())
            {
                _publishers.Remove(round, out var publisher);
                unused.Add(publisher!);
            }
        }

        return unused;
    }

    /// <summary>Logs once that the controller has another protocol.</summary>
    public void ReportProtocol(int protocol)
    {
        if (Interlocked.Exchange(ref _isOtherProtocolLogged, 1) == 0)
            LogProtocol(id, protocol, JobDocument.CurrentProtocol);
    }

    /// <summary>Publishes what is left, at most until the token fires.</summary>
    public Task CompleteAsync(CancellationToken limit)
    {
        lock (_lock)
            return Task.WhenAll(_publishers.Values.Select(publisher => publisher.CompleteAsync(limit)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var publisher in _publishers.Values)
            await publisher.DisposeAsync().ConfigureAwait(false);
        foreach (var job in _jobs.Values)
            await job.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}: nothing was heard of its controller for {Seconds} s; its commands are stopped")]
    private partial void LogLost(string run, int seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}: its controller has protocol {Theirs}, this relay has {Ours}; its targets are left to other relays")]
    private partial void LogProtocol(string run, int theirs, int ours);
}
