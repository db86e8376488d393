using System.Globalization;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>
/// Publishes the events of one round in batches, one message after the other, each until the server has stored it. Writers wait while a batch is full, so a slow
/// controller blocks the commands.
/// </summary>
internal sealed partial class EventPublisher : IAsyncDisposable
{
    /// <summary>The header with the number of bytes of all earlier event messages of the relay in the round, by which a controller counts its credit.</summary>
    public const string OffsetHeader = "Volley-Offset";

    /// <summary>A line has at most 64 KiB of output, which JSON makes at most 6 times longer, so a message is below the server's default of 1 MiB.</summary>
    public const int BatchBytes = 512 * 1024;

    /// <summary>The number of bytes that are published ahead of what the controller has handed on.</summary>
    public const long CreditWindow = 16 * 1024 * 1024;

    private static readonly TimeSpan SilentController = TimeSpan.FromSeconds(15);
    private readonly RelayServer _server;
    private readonly ControllerWatch _controller;
    private readonly string _run;
    private readonly int _round;
    private readonly string _relay;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _begun;
    private readonly Lock _lock = new();
    private readonly SwappedBuffer _buffer = new();
    private readonly JsonEventWriter _json;
    private readonly CancellationTokenSource _abandoned = new();
    private readonly Task _publishing;
    private readonly ChangeSignal _changed = new();
    private int[] _ranks = [];
    private long _written;
    private long _stored;
    private long _number;
    private int _epoch = -1;
    private long _creditBase;
    private bool _isLossy;
    private bool _isCompleted;

    public EventPublisher(RelayServer server, ControllerWatch controller, string run, int round, string relay, TimeProvider time, ILogger logger)
    {
        (_server, _controller, _run, _round, _relay, _time, _logger) = (server, controller, run, round, relay, time, logger);
        _begun = time.GetTimestamp();
        _json = new JsonEventWriter(_buffer) { Rank = target => _ranks[target.Index] };
        _publishing = Task.Run(PublishAllAsync);
    }

    /// <summary>Whether the run's storage does not exist any more, so that nothing can be published.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Whether everything that was written is stored.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
                return _stored == _written;
        }
    }

    /// <summary>Stops waiting for room: from now on output that finds none is dropped. Results still are kept.</summary>
    public void BecomeLossy()
    {
        lock (_lock)
            _isLossy = true;
        _changed.Announce();
    }

    /// <summary>Ends <see cref="BecomeLossy"/>.</summary>
    public void BecomeLossless()
    {
        lock (_lock)
            _isLossy = false;
    }

    /// <summary>Adds an event. Waits while there is no room.</summary>
    /// <param name="nodeEvent">The event. Its data is copied.</param>
    /// <param name="ranks">The rank in the run of each target of the event's plan.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was added; false if it was dropped.</returns>
    public async ValueTask<bool> WriteAsync(NodeEvent nodeEvent, int[] ranks, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var hasRoom = _buffer.WrittenCount < BatchBytes;
                if (IsGone)
                    return false;
                if (hasRoom || _isLossy)
                {
                    if (!hasRoom && nodeEvent is not (NodeFinished or NodeStarted))
                        return false;
                    var before = Begin(ranks);
                    _json.Write(nodeEvent, Elapsed);
                    Count(before);
                    return true;
                }

                changed = _changed.Next();
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds the output of a target that ends within a character, and returns the position that is stored when all output of the target is.</summary>
    public long CompleteOutput(Target target, int[] ranks)
    {
        lock (_lock)
        {
            var before = Begin(ranks);
            _json.CompleteOutput(target, Elapsed);
            return Count(before);
        }
    }

    /// <summary>Adds a refusal.</summary>
    /// <returns>The position that is stored when it is.</returns>
    public long Refuse(int[] ranks, string reason)
    {
        lock (_lock)
        {
            var before = Begin(ranks);
            _json.Write("refused"u8, Elapsed, json =>
            {
                json.WriteStartArray("ranks"u8);
                foreach (var rank in ranks)
                    json.WriteNumberValue(rank);
                json.WriteEndArray();
                json.WriteString("reason"u8, reason);
            });
            return Count(before);
        }
    }

    /// <summary>Waits until everything up to a position is stored, or the publisher is lossy, or the run is gone.</summary>
    public async Task WaitForStoredAsync(long position, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_stored >= position || _isLossy || IsGone)
                    return;
                changed = _changed.Next();
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Publishes the rest, and ends.</summary>
    /// <param name="limit">Ends the attempts; what is not stored then is lost.</param>
    public async Task CompleteAsync(CancellationToken limit)
    {
        lock (_lock)
            _isCompleted = true;
        _changed.Announce();
        await using (limit.Register(_abandoned.Cancel))
            await _publishing.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _abandoned.CancelAsync().ConfigureAwait(false);
        await _publishing.ConfigureAwait(false);
        _abandoned.Dispose();
        _json.Dispose();
    }

    private TimeSpan Elapsed => _time.GetElapsedTime(_begun);

    private int Begin(int[] ranks)
    {
        _ranks = ranks;
        return _buffer.WrittenCount;
    }

    private long Count(int before)
    {
        _written += _buffer.WrittenCount - before;
        _changed.Announce();
        return _written;
    }

    private async Task PublishAllAsync()
    {
        try
        {
            while (await TakeAsync(_abandoned.Token).ConfigureAwait(false) is { } batch)
            {
                foreach (var message in Split(batch))
                {
                    if (!await PublishAsync(message, _abandoned.Token).ConfigureAwait(false))
                    {
                        IsGone = true;
                        _changed.Announce();
                        LogGone(_run, _round);
                        return;
                    }

                    lock (_lock)
                        _stored += message.Length;
                    _changed.Announce();
                }
            }
        }
        catch (OperationCanceledException) when (_abandoned.IsCancellationRequested)
        {
            // The rest is lost: the relay ends, or the round is over.
        }
    }

    /// <summary>Waits for data. Returns null at the end.</summary>
    private async Task<ReadOnlyMemory<byte>?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_buffer.WrittenCount > 0)
                {
                    var batch = _buffer.Swap();
                    _changed.Announce();
                    return batch;
                }

                if (_isCompleted)
                    return null;
                changed = _changed.Next();
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Splits a batch between lines, if a single event made it longer than a message may be.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> batch)
    {
        while (batch.Length > BatchBytes + (BatchBytes / 2))
        {
            var end = batch.Span[..BatchBytes].LastIndexOf((byte)'\n') + 1;
            if (end == 0)
                end = batch.Span.IndexOf((byte)'\n') + 1;
            yield return batch[..end];
            batch = batch[end..];
        }

        yield return batch;
    }

    /// <summary>Publishes a message until it is stored. Returns false if the run is gone.</summary>
    private async Task<bool> PublishAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await WaitForCreditAsync(cancellationToken).ConfigureAwait(false);
        var id = string.Create(CultureInfo.InvariantCulture, $"{_run}.{_round}.{_relay}.{_number++}");
        var isReported = false;
        for (var delays = new RetryDelays(_time); ; await delays.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                var ack = await _server.JetStream.PublishAsync(
                    RelayNames.Events(_run, _round, _relay),
                    message,
                    NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                    new NatsJSPubOpts { MsgId = id, RetryAttempts = 1 },
                    new NatsHeaders { [OffsetHeader] = _stored.ToString(CultureInfo.InvariantCulture) },
                    cancellationToken).ConfigureAwait(false);
                if (ack.Error is null)
                    return true;
                if (!isReported)
                    LogRefused(_run, _round, ack.Error.Description ?? "");
                isReported = true;
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
            {
                if (!await _server.HasStreamAsync(RelayNames.RunStream(_run), cancellationToken).ConfigureAwait(false))
                    return false;
            }
        }
    }

    private async Task WaitForCreditAsync(CancellationToken cancellationToken)
    {
        while (_controller.Last is { } last && _controller.Silence < SilentController && _stored >= GetCredit(last) + CreditWindow)
        {
            lock (_lock)
            {
                if (_isLossy)
                    return;
            }

            await _controller.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
        }
    }

    private long GetCredit(ControlMessage last)
    {
        if (last.Epoch != _epoch)
        {
            // A new controller reads what is stored, and knows nothing of what its predecessor has handed on and purged.
            _creditBase = _epoch < 0 ? 0 : _stored;
            _epoch = last.Epoch;
        }

        return Math.Max(_creditBase, ControllerWatch.Credit(last, _round, _relay) ?? 0);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}, round {Round}: the server does not take events for the moment: {Reason}; the commands wait")]
    private partial void LogRefused(string run, int round, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "run {Run}, round {Round}: its stream is gone; the rest of its events is dropped")]
    private partial void LogGone(string run, int round);
}
