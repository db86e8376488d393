using System.Globalization;

namespace Volley.Execution;

/// <summary>
/// The limit of <see cref="RunPlan.RelativeTimeout"/>: a multiple of the median duration of the commands that have exited, from the time at which
/// half of the targets have ended. It is the same for all, so the command that began first reaches it first, and one timer serves all.
/// </summary>
/// <param name="factor">The multiple.</param>
/// <param name="targets">The number of targets.</param>
/// <param name="time">The clock.</param>
internal sealed class RelativeLimit(double factor, int targets, TimeProvider time) : IDisposable
{
    /// <summary>The shortest limit. Short commands differ by many times their median although nothing is wrong.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly LinkedList<Work> _running = new();
    private readonly Dictionary<int, LinkedListNode<Work>> _byTarget = [];

    // The two halves of the durations. The lower one has the median; it is the larger one if their number is odd.
    private readonly PriorityQueue<TimeSpan, TimeSpan> _lower = new(Comparer<TimeSpan>.Create((one, other) => other.CompareTo(one)));
    private readonly PriorityQueue<TimeSpan, TimeSpan> _upper = new();
    private ITimer? _timer;
    private int _ended;
    private bool _isDisposed;

    /// <summary>Begins to measure the work at a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="deadline">Fires when the work takes too long.</param>
    /// <param name="notEnded">The message if the work takes too long, up to the time.</param>
    public void Begin(Target target, Deadline deadline, string notEnded)
    {
        lock (_lock)
        {
            Remove(target);
            _byTarget[target.Index] = _running.AddLast(new Work(target, deadline, notEnded, time.GetTimestamp()));
            if (_running.Count == 1)
                Schedule();
        }
    }

    /// <summary>Records that the work at a target has ended by itself.</summary>
    public void Complete(Target target)
    {
        lock (_lock)
        {
            if (Remove(target) is { } work)
                AddDuration(time.GetElapsedTime(work.Began));
            Schedule();
        }
    }

    /// <summary>Records the end of a target, whatever its cause.</summary>
    public void End(Target target)
    {
        lock (_lock)
        {
            Remove(target);
            _ended++;
            Schedule();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private TimeSpan? Median => _lower.Count == 0 ? null : _lower.Count > _upper.Count ? _lower.Peek() : (_lower.Peek() + _upper.Peek()) / 2;

    private void AddDuration(TimeSpan duration)
    {
        // Through the other half, so that each half keeps its side of the median.
        if (_lower.Count > _upper.Count)
        {
            var largest = _lower.EnqueueDequeue(duration, duration);
            _upper.Enqueue(largest, largest);
        }
        else
        {
            var smallest = _upper.Count == 0 ? duration : _upper.EnqueueDequeue(duration, duration);
            _lower.Enqueue(smallest, smallest);
        }
    }

    private Work? Remove(Target target)
    {
        if (!_byTarget.Remove(target.Index, out var entry))
            return null;
        _running.Remove(entry);
        return entry.Value;
    }

    /// <summary>Returns the limit, or null before half of the targets have ended.</summary>
    private TimeSpan? GetLimit()
    {
        if (_ended < targets - _ended || Median is not { } median)
            return null;
        var seconds = Math.Clamp(median.TotalSeconds * factor, Shortest.TotalSeconds, Argument.LongestTime.TotalSeconds);
        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>Sets the timer for the command that began first. Requires the lock.</summary>
    private void Schedule()
    {
        if (_isDisposed || _running.First is not { } first || GetLimit() is not { } limit)
            return;
        var left = limit - time.GetElapsedTime(first.Value.Began);
        _timer ??= time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Expire()
    {
        var expired = new List<(Deadline Deadline, NodeResult Ending)>();
        lock (_lock)
        {
            if (GetLimit() is not { } limit)
                return;
            while (_running.First is { Value: var work } && time.GetElapsedTime(work.Began) >= limit)
            {
                Remove(work.Target);
                expired.Add((work.Deadline, new NodeResult(NodeOutcome.RelativeTimedOut)
                {
                    Message = string.Create(
                        CultureInfo.InvariantCulture,
                        $"{work.NotEnded} {limit.TotalSeconds:0.###} s; the median of the others is {Median!.Value.TotalSeconds:0.###} s"),
                }));
            }

            Schedule();
        }

        foreach (var (deadline, ending) in expired)
            deadline.Fire(ending);
    }

    /// <summary>The work at a target.</summary>
    private sealed record Work(Target Target, Deadline Deadline, string NotEnded, long Began);
}
