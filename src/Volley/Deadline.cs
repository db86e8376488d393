namespace Volley;

/// <summary>
/// The limits of one node: a token that fires when the node must end early, and the cause. Only the first cause is recorded, so
/// callers read here why the token fired.
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

    /// <summary>The causes for which a deadline fires.</summary>
    internal enum Cause
    {
        /// <summary>The deadline has not fired.</summary>
        None,

        /// <summary>The time limit of the current phase elapsed.</summary>
        TimedOut,

        /// <summary>The run was stopped.</summary>
        RunStopped,

        /// <summary>This node alone was canceled.</summary>
        NodeCanceled,

        /// <summary>The node printed more than its limit, or more than can be stored.</summary>
        OutputLimitReached,
    }

    /// <summary>A token that is canceled at the first cause.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>A task that completes at the first cause.</summary>
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

    /// <summary>The first cause, or <see cref="Cause.None"/>.</summary>
    public Cause FiredBy { get; private set; }

    /// <summary>A message for the user; null if the cause needs none.</summary>
    public string? Message { get; private set; }

    /// <summary>Starts the next phase with its own time limit. Returns false if the deadline has already fired.</summary>
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

    /// <summary>Starts the timer of the phase if it is not running. Phases that complete without waiting never create one.</summary>
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

    /// <summary>Throws if the deadline has fired. It is more exact than the token, which is canceled asynchronously a moment later.</summary>
    /// <exception cref="OperationCanceledException">The deadline has fired.</exception>
    public void ThrowIfFired()
    {
        if (FiredBy != Cause.None)
            throw new OperationCanceledException();
    }

    /// <summary>Fires with a cause, unless the deadline has already fired.</summary>
    public void Fire(Cause cause) => Fire(cause, null);

    /// <summary>Fires because of the node's output, unless the deadline has already fired.</summary>
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
            // The timer of an earlier phase may fire after that phase has ended.
            if (FiredBy != Cause.None || _disposed || (phase is not null && phase != _phase))
                return;
            FiredBy = cause;
            Message = message;
            _fired?.TrySetResult();
        }

        // Asynchronously, because the callbacks of the token must not run on a signal handler's or a timer's thread.
        _ = _source.CancelAsync();
    }
}
