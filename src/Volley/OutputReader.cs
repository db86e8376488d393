using System.Buffers;
using System.Globalization;
using Volley.Targets;
using Volley.Transports;

namespace Volley;

/// <summary>Moves what one command prints into the event queue, waiting wherever the queue has no room.</summary>
internal sealed class OutputReader(IRemoteProcess process, Target target, EventQueue events, TimeProvider time) : IDisposable
{
    /// <summary>How long the output of a command that was stopped may pause before the rest is given up.</summary>
    private static readonly TimeSpan PauseAfterStop = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the output of a command that was stopped is read in all, the waits for the reader not counted.</summary>
    private static readonly TimeSpan LimitAfterStop = TimeSpan.FromSeconds(1);

    /// <summary>Output that never falls silent is read for as many times the silence that was asked for.</summary>
    private const int MostSilences = 40;

    // An idle command holds the small one; one that fills it gets the next size, and the one before it when it does not.
    private const int SmallestBuffer = 4 * 1024;
    private const int LargestBuffer = 64 * 1024;

    /// <summary>More than any transport can have at hand, so that a stream that never pauses ends too.</summary>
    private const long AtHandLimit = 8 * 1024 * 1024;

    private readonly CancellationTokenSource _atHandOnly = new();
    private Task _reading = Task.CompletedTask;
    private long _chunks;
    private long _lastRead;
    private volatile bool _readerIsSlow;

    /// <summary>Says how much may be read.</summary>
    public required RunPlan Plan { get; init; }

    /// <summary>Told when that is exceeded.</summary>
    public required Deadline Deadline { get; init; }

    public long StdoutBytes { get; private set; }

    public long StderrBytes { get; private set; }

    /// <summary>Whether both streams have ended: nothing that the command started holds them any more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Announces the start, then reads until both streams have ended.</summary>
    public Task ReadToEndAsync() => _reading = ReadAsync();

    /// <summary>
    /// Reads on after the command's own end: all that it printed itself, and what others print until the streams end, were
    /// silent for so long, or were never silent for forty times as long.
    /// </summary>
    /// <remarks>
    /// Nothing that came is no silence yet, for output may be on its way. It is silence once the target has answered a question
    /// that was asked after the pause, and no output came before the answer. Whether a target that does not answer lives, the
    /// transport decides.
    /// </remarks>
    /// <param name="silence">How long; zero for what the command itself printed, infinite until the streams end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task DrainAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        if (silence == Timeout.InfiniteTimeSpan)
        {
            await _reading.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            var left = silence * MostSilences;
            for (var isSilent = false; !isSilent && !IsOver();)
            {
                left -= await PauseAsync(silence, left, cancellationToken).ConfigureAwait(false);
                if (IsOver())
                    break;
                var seen = Interlocked.Read(ref _chunks);
                isSilent = (await SettleAsync(cancellationToken).ConfigureAwait(false) && Interlocked.Read(ref _chunks) == seen)
                    || left <= TimeSpan.Zero;
            }
        }

        await FinishAsync().ConfigureAwait(false);

        bool IsOver() => _reading.IsCompleted || cancellationToken.IsCancellationRequested;
    }

    /// <summary>Reads what a command that was stopped has still printed.</summary>
    /// <param name="waits">Whether more can come than is at hand.</param>
    public async Task DrainAfterStopAsync(bool waits)
    {
        if (waits)
            await PauseAsync(PauseAfterStop, LimitAfterStop, CancellationToken.None).ConfigureAwait(false);
        await FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Reads what is at hand, and no more.</summary>
    public async Task FinishAsync()
    {
        if (!_reading.IsCompleted)
            await _atHandOnly.CancelAsync().ConfigureAwait(false);
        // A failure is the caller's to look at: it holds the same task.
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose() => _atHandOnly.Dispose();

    /// <summary>
    /// Waits until the streams have ended, nothing was read for so long, or the limit has passed. While the events have no room
    /// nothing is read, and that counts for neither.
    /// </summary>
    /// <returns>How much of the limit has passed.</returns>
    private async Task<TimeSpan> PauseAsync(TimeSpan pause, TimeSpan limit, CancellationToken cancellationToken)
    {
        var passed = TimeSpan.Zero;
        var rest = pause;
        Volatile.Write(ref _lastRead, time.GetTimestamp());
        while (rest > TimeSpan.Zero && passed < limit)
        {
            await _reading.WaitAsync(rest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_reading.IsCompleted || cancellationToken.IsCancellationRequested)
                break;
            passed += _readerIsSlow ? TimeSpan.Zero : rest;
            rest = _readerIsSlow ? pause : pause - time.GetElapsedTime(Volatile.Read(ref _lastRead));
        }

        return passed;
    }

    /// <summary>Waits until all that the command printed has come; false if more came meanwhile. A connection that broke shows at the next read.</summary>
    private async Task<bool> SettleAsync(CancellationToken cancellationToken)
    {
        var settling = process.SettleAsync(cancellationToken).AsTask();
        _ = settling.ContinueWith(
            static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        await ((Task)Task.WhenAny(settling, _reading)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return settling.IsCompletedSuccessfully && await settling.ConfigureAwait(false);
    }

    private async Task ReadAsync()
    {
        await AddAsync(new NodeStarted(target)).ConfigureAwait(false);
        var hasYielded = false;
        var size = SmallestBuffer;
        var atHand = AtHandLimit;
        while (atHand > 0)
        {
            if (Deadline.FiredBy == Deadline.Cause.None && !_atHandOnly.IsCancellationRequested && Plan.OutputGate?.Invoke(target) is { IsCompleted: false } closed)
                await WaitForRoomAsync(closed).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            ReadResult read;
            try
            {
                read = await process.ReadAsync(buffer, _atHandOnly.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_atHandOnly.IsCancellationRequested)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                return;
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(buffer);
                throw;
            }

            if (read.Count == 0)
            {
                HasEnded = true;
                ArrayPool<byte>.Shared.Return(buffer);
                return;
            }

            if (read.Count == buffer.Length)
                size = Math.Min(size * 4, LargestBuffer);
            else if (read.Count <= size / 4)
                size = Math.Max(size / 4, SmallestBuffer);
            var kept = Allow(read);
            Count(kept);
            if (_atHandOnly.IsCancellationRequested)
                atHand -= read.Count;
            if (kept.Count > 0)
                await AddAsync(new NodeOutput(target, read.Stream, buffer.AsMemory(0, kept.Count)) { Rented = buffer }).ConfigureAwait(false);
            else
                ArrayPool<byte>.Shared.Return(buffer);
            // Output that is always at hand would keep the caller's thread for good, and with it whoever is to end the command.
            if (!hasYielded || kept.Count == 0)
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            hasYielded = true;
        }
    }

    /// <summary>Cuts off what the node may not print any more: it is read, so that the command can end, and dropped.</summary>
    private ReadResult Allow(ReadResult read)
    {
        if (Deadline.FiredBy == Deadline.Cause.OutputLimitReached)
            return read with { Count = 0 };
        var left = (Plan.MaxOutput ?? long.MaxValue) - StdoutBytes - StderrBytes;
        if (left >= read.Count)
            return read;
        Deadline.FireOutputLimit(string.Create(CultureInfo.InvariantCulture, $"it printed more than {Plan.MaxOutput} byte{(Plan.MaxOutput == 1 ? "" : "s")}"));
        return read with { Count = (int)left };
    }

    /// <summary>Waits until there is room for more output; or until the node is being ended, when only what is at hand is read.</summary>
    private async Task WaitForRoomAsync(Task opened)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token, _atHandOnly.Token);
        _readerIsSlow = true;
        await opened.WaitAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Volatile.Write(ref _lastRead, time.GetTimestamp());
        _readerIsSlow = false;
    }

    private void Count(ReadResult read)
    {
        Interlocked.Increment(ref _chunks);
        Volatile.Write(ref _lastRead, time.GetTimestamp());
        if (read.Stream == StreamKind.Stdout)
            StdoutBytes += read.Count;
        else
            StderrBytes += read.Count;
    }

    private async ValueTask AddAsync(NodeEvent nodeEvent)
    {
        var adding = events.AddAsync(nodeEvent);
        if (adding.IsCompletedSuccessfully)
            return;
        _readerIsSlow = true;
        await adding.ConfigureAwait(false);
        Volatile.Write(ref _lastRead, time.GetTimestamp());
        _readerIsSlow = false;
    }
}
