namespace Volley;

/// <summary>
/// Why a node has to end before its time, and the token that says so. The first cause wins, so this is the one place that
/// knows why a token fired.
/// </summary>
internal sealed class Deadline(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _source = new();
    private TaskCompletionSource? _fired;
    private ITimer? _timer;
    private TimeSpan _limit = Timeout.InfiniteTimeSpan;
    private int _phase;
    private bool _disposed;

    /// <summary>The causes.</summary>
    internal enum Cause
    {
        /// <summary>It has not fired.</summary>
        None,

        /// <summary>The limit of the phase passed.</summary>
        TimedOut,

        /// <summary>The run is stopped.</summary>
        RunStopped,

        /// <summary>This node alone is canceled.</summary>
        NodeCanceled,

        /// <summary>There is no room for more of its output.</summary>
        OutputLimitReached,
    }

    /// <summary>Fires with the first cause.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Completes with the first cause.</summary>
    public Task Fired
    {
        get
        {
            lock (_lock)
            {
                _fired ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (FiredBy != Cause.None)
                    _fired.TrySetResult();
                return _fired.Task;
            }
        }
    }

    /// <summary>The first cause.</summary>
    public Cause FiredBy { get; private set; }

    /// <summary>What is to be said of it; null where the cause says all.</summary>
    public string? Message { get; private set; }

    /// <summary>Starts a phase with its limit, in place of the last one's; false if it fired before.</summary>
    public bool StartPhase(TimeSpan limit)
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
            _limit = limit;
            _phase++;
            return FiredBy == Cause.None;
        }
    }

    /// <summary>Lets the phase's limit run, if it does not yet. What never waits needs no timer.</summary>
    public void Arm()
    {
        lock (_lock)
        {
            if (_timer is not null || _limit == Timeout.InfiniteTimeSpan || FiredBy != Cause.None || _disposed)
                return;
            var phase = _phase;
            _timer = time.CreateTimer(_ => Fire(Cause.TimedOut, phase), null, _limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Throws if it has fired. The token's callbacks come a moment later, on threads of their own.</summary>
    /// <exception cref="OperationCanceledException">It has fired.</exception>
    public void ThrowIfFired()
    {
        if (FiredBy != Cause.None)
            throw new OperationCanceledException();
    }

    /// <summary>Fires, unless it has.</summary>
    public void Fire(Cause cause) => Fire(cause, null);

    /// <summary>Fires because of the node's output, unless it has.</summary>
    public void FireOutputLimit(string message) => Fire(Cause.OutputLimitReached, null, message);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private void Fire(Cause cause, int? phase, string? message = null)
    {
        lock (_lock)
        {
            // A timer may be under way while the phase that it belongs to ends.
            if (FiredBy != Cause.None || _disposed || (phase is not null && phase != _phase))
                return;
            FiredBy = cause;
            Message = message;
            _fired?.TrySetResult();
        }

        // Asynchronously: what the token ends must not run on a signal handler's or a timer's thread.
        _ = _source.CancelAsync();
    }
}
