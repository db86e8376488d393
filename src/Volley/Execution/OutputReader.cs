using System.Buffers;
using System.Globalization;

namespace Volley.Execution;

/// <summary>Moves the output of one command into the event queue, and waits while the queue is full.</summary>
internal sealed class OutputReader(IRemoteProcess process, Node node) : IDisposable
{
    /// <summary>The longest pause in the output of a stopped command before reading ends.</summary>
    private static readonly TimeSpan PauseAfterStop = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest time to read the output of a stopped command, without the waits for a slow event reader.</summary>
    private static readonly TimeSpan LimitAfterStop = TimeSpan.FromSeconds(1);

    /// <summary>The longest time to read output that never pauses, as a multiple of the requested silence.</summary>
    private const int MaxSilences = 40;

    // The buffer grows by one step when a read fills it, and shrinks by one when a read leaves most of it empty: idle commands hold little.
    private const int SmallestBuffer = 4 * 1024;
    private const int LargestBuffer = 64 * 1024;

    /// <summary>The limit of available bytes read at the end. It is more than any transport buffers, and ends a stream that never pauses.</summary>
    private const long AtHandLimit = 8 * 1024 * 1024;

    private readonly CancellationTokenSource _atHandOnly = new();
    private Task _reading = Task.CompletedTask;
    private long _chunks;
    private long _lastRead;
    private volatile bool _readerIsSlow;

    private TimeProvider Time => node.Run.Time;

    /// <summary>Whether both streams have ended: no process of the command holds them open.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Announces the start, then reads until both streams end.</summary>
    public Task ReadToEndAsync()
    {
        Volatile.Write(ref _lastRead, Time.GetTimestamp());
        return _reading = ReadAsync();
    }

    /// <summary>How long nothing was read, although the reader of the events was ready for more.</summary>
    public TimeSpan Silence => _readerIsSlow ? TimeSpan.Zero : Time.GetElapsedTime(Volatile.Read(ref _lastRead));

    /// <summary>
    /// Continues to read after the command's end: everything that the command itself printed, then what other processes print until
    /// the streams end, are silent for the given time, or were never silent for 40 times as long.
    /// </summary>
    /// <remarks>
    /// A pause alone does not count as silence, because output may still be in transit. After the pause the target is asked a question;
    /// it is silence if the answer comes and no output came before it. The transport decides whether a target that does not answer is
    /// alive.
    /// </remarks>
    /// <param name="silence">The time of silence to wait for; zero to read only what the command itself printed, infinite to wait for the end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task DrainAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        if (silence == Timeout.InfiniteTimeSpan)
        {
            await _reading.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            var left = silence * MaxSilences;
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

    /// <summary>Reads the remaining output of a stopped command.</summary>
    /// <param name="waits">Whether to wait for more than is already available.</param>
    public async Task DrainAfterStopAsync(bool waits)
    {
        if (waits)
            await PauseAsync(PauseAfterStop, LimitAfterStop, CancellationToken.None).ConfigureAwait(false);
        await FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Reads only what is already available, and ends.</summary>
    public async Task FinishAsync()
    {
        if (!_reading.IsCompleted)
            await _atHandOnly.CancelAsync().ConfigureAwait(false);
        // The caller holds the same task and handles its failure.
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose() => _atHandOnly.Dispose();

    /// <summary>
    /// Waits until the streams end, nothing was read for <paramref name="pause"/>, or <paramref name="limit"/> has elapsed. Time in
    /// which the event queue is full counts for neither, because nothing is read then.
    /// </summary>
    /// <returns>How much of the limit has elapsed.</returns>
    private async Task<TimeSpan> PauseAsync(TimeSpan pause, TimeSpan limit, CancellationToken cancellationToken)
    {
        var passed = TimeSpan.Zero;
        var rest = pause;
        Volatile.Write(ref _lastRead, Time.GetTimestamp());
        while (rest > TimeSpan.Zero && passed < limit)
        {
            await _reading.WaitAsync(rest, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_reading.IsCompleted || cancellationToken.IsCancellationRequested)
                break;
            passed += _readerIsSlow ? TimeSpan.Zero : rest;
            rest = _readerIsSlow ? pause : pause - Time.GetElapsedTime(Volatile.Read(ref _lastRead));
        }

        return passed;
    }

    /// <summary>
    /// Waits until everything that the command printed has arrived. Returns false if more arrived meanwhile, or the wait failed: the
    /// next read reports a broken connection.
    /// </summary>
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
        await AddAsync(new NodeStarted(node.Target) { Step = node.Step }).ConfigureAwait(false);
        var hasYielded = false;
        var size = SmallestBuffer;
        var atHand = AtHandLimit;
        while (atHand > 0)
        {
            if (!node.Deadline.HasFired && !_atHandOnly.IsCancellationRequested && node.Plan.OutputGate?.Invoke(node.Target) is { IsCompleted: false } closed)
                await WaitForRoomAsync(closed).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            OutputRead read;
            try
            {
                var reading = process.ReadAsync(buffer, _atHandOnly.Token);
                hasYielded |= !reading.IsCompleted;
                read = await reading.ConfigureAwait(false);
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
            if (kept.Count > 0 && node.Plan.ReusesOutputBuffers)
            {
                await AddAsync(new NodeOutput(node.Target, read.Stream, buffer.AsMemory(0, kept.Count)) { Rented = buffer }).ConfigureAwait(false);
            }
            else
            {
                var data = buffer.AsSpan(0, kept.Count).ToArray();
                ArrayPool<byte>.Shared.Return(buffer);
                if (data.Length > 0)
                    await AddAsync(new NodeOutput(node.Target, read.Stream, data)).ConfigureAwait(false);
            }

            // Yields, because a read that always completes at once would keep the caller's thread, which also has to end the command.
            if (!hasYielded || kept.Count == 0)
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            hasYielded = true;
        }
    }

    /// <summary>Cuts a read down to what the node may still print. The rest is read, so that the command can end, and dropped.</summary>
    private OutputRead Allow(OutputRead read)
    {
        if (!Enum.IsDefined(read.Stream))
            throw new InvalidOperationException($"{process.GetType().Name} returned the unknown stream {(int)read.Stream}");
        if (node.Deadline.IsOutputLimitReached)
            return read with { Count = 0 };
        var left = (node.Plan.MaxOutput ?? long.MaxValue) - node.AllBytes;
        if (left >= read.Count)
            return read;
        node.Deadline.LimitOutput(string.Create(
            CultureInfo.InvariantCulture, $"it printed more than {node.Plan.MaxOutput} byte{(node.Plan.MaxOutput == 1 ? "" : "s")}"));
        return read with { Count = (int)left };
    }

    /// <summary>Waits until the gate opens. Also returns when the node is being ended: then only the available output is read.</summary>
    private async Task WaitForRoomAsync(Task opened)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(node.Deadline.Token, _atHandOnly.Token);
        _readerIsSlow = true;
        await opened.WaitAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Volatile.Write(ref _lastRead, Time.GetTimestamp());
        _readerIsSlow = false;
    }

    private void Count(OutputRead read)
    {
        Interlocked.Increment(ref _chunks);
        Volatile.Write(ref _lastRead, Time.GetTimestamp());
        node.Count(read.Stream, read.Count);
    }

    private async ValueTask AddAsync(NodeEvent nodeEvent)
    {
        var adding = node.Run.Events.AddAsync(nodeEvent);
        if (adding.IsCompletedSuccessfully)
            return;
        _readerIsSlow = true;
        await adding.ConfigureAwait(false);
        Volatile.Write(ref _lastRead, Time.GetTimestamp());
        _readerIsSlow = false;
    }
}
