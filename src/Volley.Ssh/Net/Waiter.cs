using System.Threading.Tasks.Sources;

namespace Volley.Ssh.Net;

/// <summary>
/// A reusable awaitable for one waiter at a time, without allocations. The caller of <see cref="Wake"/> decides whether the
/// continuation runs inline.
/// </summary>
internal sealed class Waiter : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private bool _isWaiting;

    /// <summary>Waits for <see cref="Wake"/>. The token ends the wait; the continuation never runs on the thread that cancels it.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_isWaiting)
                throw new InvalidOperationException("one waiter at a time");
            _core.Reset();
            _isWaiting = true;
            _token = cancellationToken;
            // The callback may run at once, and takes the same lock again.
            _registration = cancellationToken.UnsafeRegister(static (waiter, token) => ((Waiter)waiter!).Cancel(token), this);
            return new(this, _core.Version);
        }
    }

    /// <summary>Wakes the waiter, if there is one. With <paramref name="inline"/> the caller must not hold a lock that the waiter needs.</summary>
    public void Wake(bool inline = false)
    {
        lock (_lock)
        {
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
