namespace Volley.Transports.Processes;

/// <summary>An event that one waiter awaits and that resets itself; it remembers one set that nobody waited for.</summary>
internal sealed class ReadySignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _waiter;
    private bool _set;

    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_lock)
        {
            waiter = _waiter;
            _waiter = null;
            _set = waiter is null;
        }

        waiter?.TrySetResult();
    }

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        Task wait;
        lock (_lock)
        {
            if (_set)
            {
                _set = false;
                return;
            }

            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            wait = _waiter.Task;
        }

        await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
