namespace Volley.Transfers;

/// <summary>Limits the bytes that are in flight, in the order of the requests. A request that is larger than the whole window waits until the window is empty.</summary>
/// <param name="size">The size of the window in bytes.</param>
internal sealed class ByteWindow(int size)
{
    private readonly Lock _lock = new();
    private readonly Queue<(int Count, TaskCompletionSource Entered)> _waiting = [];
    private int _used;

    /// <summary>Takes bytes of the window, and waits while there are too few. <see cref="Leave"/> returns them.</summary>
    /// <exception cref="OperationCanceledException">The token fired. No bytes are held.</exception>
    public ValueTask EnterAsync(int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource entered;
        lock (_lock)
        {
            if (_waiting.Count == 0 && HasRoom(count))
            {
                _used += count;
                return ValueTask.CompletedTask;
            }

            entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((count, entered));
        }

        return new(WaitAsync(entered, cancellationToken));
    }

    /// <summary>Returns bytes to the window.</summary>
    public void Leave(int count)
    {
        lock (_lock)
        {
            _used -= count;
            while (_waiting.TryPeek(out var next) && (next.Entered.Task.IsCompleted || HasRoom(next.Count)))
            {
                _waiting.Dequeue();
                if (next.Entered.TrySetResult())
                    _used += next.Count;
            }
        }
    }

    private bool HasRoom(int count) => _used == 0 || _used + count <= size;

    private async Task WaitAsync(TaskCompletionSource entered, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static (entered, token) => ((TaskCompletionSource)entered!).TrySetCanceled(token), entered).ConfigureAwait(false);
        try
        {
            await entered.Task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next in the queue may have room now.
            Leave(0);
            throw;
        }
    }
}
