using System.Threading.Tasks.Sources;

namespace Volley.Ssh;

/// <summary>
/// What one waiter awaits, again and again, without anything being allocated for it. Whoever wakes it says whether it goes on
/// in the waker's own time.
/// </summary>
internal sealed class Waiter : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private bool _isWaiting;

    /// <summary>Begins to wait: from here on <see cref="Wake"/> is heard. The token ends the wait, never in the time of who fires it.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_isWaiting)
                throw new InvalidOperationException("one waiter at a time");
            _core.Reset();
            _isWaiting = true;
            _token = cancellationToken;
            // It may fire at once, and takes the same lock again.
            _registration = cancellationToken.UnsafeRegister(static (waiter, token) => ((Waiter)waiter!).Cancel(token), this);
            return new(this, _core.Version);
        }
    }

    /// <summary>Wakes the waiter, if there is one. To wake it inline, the caller may hold no lock that it could want.</summary>
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
            // The token of an earlier wait is of no interest any more.
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
        // Not Dispose, which would wait for a callback that waits for our lock.
        _registration.Unregister();
        return true;
    }
}
