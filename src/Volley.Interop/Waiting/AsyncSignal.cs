using System.Threading.Tasks.Sources;

namespace Volley.Interop.Waiting;

/// <summary>
/// An auto-reset event for one waiter at a time, without allocations. If it is set while no wait is pending, the next wait completes
/// at once. A waiter checks its condition again after each wait, because a set may be older than the wait.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private bool _isWaiting;
    private bool _isSet;

    /// <summary>Waits for <see cref="Set"/>. The token ends the wait; the continuation never runs on the thread that cancels it.</summary>
    /// <exception cref="InvalidOperationException">Another wait is pending.</exception>
    public ValueTask WaitAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_isWaiting)
                throw new InvalidOperationException("one waiter at a time");
            if (_isSet)
            {
                _isSet = false;
                return ValueTask.CompletedTask;
            }

            _core.Reset();
            _isWaiting = true;
            _token = cancellationToken;
            // The callback may run at once, and takes the same lock again.
            _registration = cancellationToken.UnsafeRegister(static (signal, token) => ((AsyncSignal)signal!).Cancel(token), this);
            return new(this, _core.Version);
        }
    }

    /// <summary>Ends the pending wait, or else the next one.</summary>
    /// <param name="inline">
    /// Whether the waiter continues within this call; otherwise it continues on the thread pool, or in the synchronization context that it
    /// captured. With true the caller must not hold a lock that the waiter needs.
    /// </param>
    public void Set(bool inline = false)
    {
        lock (_lock)
        {
            _isSet = !_isWaiting;
            if (!TryEnd())
                return;
        }

        _core.RunContinuationsAsynchronously = !inline;
        _core.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        lock (_lock)
        {
            // Ignores the token of an earlier wait.
            if (token != _token || !TryEnd())
                return;
        }

        _core.RunContinuationsAsynchronously = true;
        _core.SetException(new OperationCanceledException(token));
    }

    private bool TryEnd()
    {
        if (!_isWaiting)
            return false;
        _isWaiting = false;
        // Not Dispose, which would wait for a callback that waits for this lock.
        _registration.Unregister();
        return true;
    }
}
