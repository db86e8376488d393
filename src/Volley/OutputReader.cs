using System.Buffers;
using System.Globalization;
using Volley.Targets;
using Volley.Transports;

namespace Volley;

/// <summary>Moves what one command prints into the event queue, waiting wherever the queue has no room.</summary>
internal sealed class OutputReader(IRemoteProcess process, Target target, EventQueue events, TimeProvider time) : IDisposable
{
    /// <summary>How long output may pause after the command's end before the rest is given up: a background process can hold the streams open for ever.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a target may be silent while the last output is waited for.</summary>
    public static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long output is read after the command's end in all, the waits for the reader not counted.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);

    // An idle command holds the small one; one that fills it gets the next size, and the one before it when it does not.
    private const int SmallestBuffer = 4 * 1024;
    private const int LargestBuffer = 64 * 1024;

    /// <summary>More than any transport can have at hand, so that a stream that never pauses ends too.</summary>
    private const long AtHandLimit = 8 * 1024 * 1024;

    private readonly CancellationTokenSource _atHandOnly = new();
    private Task _reading = Task.CompletedTask;
    private long _chunks;
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
    /// Reads what the command left behind: all that it printed itself, and more until both streams have ended or output
    /// pauses. An idle limit of zero means to take only what is at hand.
    /// </summary>
    public async Task DrainAsync(TimeSpan idleLimit, CancellationToken cancellationToken)
    {
        var left = idleLimit > TimeSpan.Zero ? DrainLimit : TimeSpan.Zero;
        while (!_reading.IsCompleted && left > TimeSpan.Zero)
        {
            if (await HasPausedAsync(_reading, idleLimit).ConfigureAwait(false))
                break;
            if (!_readerIsSlow)
                left -= idleLimit;
        }

        if (!_reading.IsCompleted && idleLimit > TimeSpan.Zero)
            await SettleAsync(cancellationToken).ConfigureAwait(false);
        if (!_reading.IsCompleted)
            await _atHandOnly.CancelAsync().ConfigureAwait(false);
        // A failure is the caller's to look at: it holds the same task.
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose() => _atHandOnly.Dispose();

    /// <summary>A pause may be one of the way from the target to here, on which the last output still is.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var settling = process.SettleAsync(cancellationToken).AsTask();
        var isOver = Task.WhenAny(settling, _reading);
        while (!isOver.IsCompleted)
        {
            // One that neither answers nor sends is given up; whether it lives is not decided here.
            if (await HasPausedAsync(isOver, SilenceLimit).ConfigureAwait(false))
                break;
        }

        _ = settling.ContinueWith(
            static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>Waits for a task; true if for so long nothing was read either, by nobody's fault but the command's.</summary>
    private async Task<bool> HasPausedAsync(Task task, TimeSpan limit)
    {
        var seen = Interlocked.Read(ref _chunks);
        await task.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !task.IsCompleted && !_readerIsSlow && Interlocked.Read(ref _chunks) == seen;
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
        Deadline.FireOutputLimit(string.Create(CultureInfo.InvariantCulture, $"it printed more than {Plan.MaxOutput} bytes"));
        return read with { Count = (int)left };
    }

    /// <summary>Waits until there is room for more output; or until the node is being ended, when only what is at hand is read.</summary>
    private async Task WaitForRoomAsync(Task opened)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token, _atHandOnly.Token);
        _readerIsSlow = true;
        await opened.WaitAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _readerIsSlow = false;
    }

    private void Count(ReadResult read)
    {
        Interlocked.Increment(ref _chunks);
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
        _readerIsSlow = false;
    }
}
