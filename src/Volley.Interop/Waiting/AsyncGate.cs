namespace Volley.Interop.Waiting;

/// <summary>A number of slots, granted in the order of the requests. Waiting callers are resumed on the thread pool.</summary>
/// <param name="slots">The number of callers that may hold a slot at the same time.</param>
internal sealed class AsyncGate(int slots)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private int _free = slots;

    /// <summary>Takes a slot, and waits while none is free. <see cref="Leave"/> returns it.</summary>
    /// <exception cref="OperationCanceledException">The token fired. No slot is held.</exception>
    public ValueTask EnterAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return ValueTask.CompletedTask;
            }

            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return new(WaitAsync(place, cancellationToken));
    }

    /// <summary>Returns a slot. The caller that has waited longest gets it.</summary>
    public void Leave()
    {
        LinkedListNode<TaskCompletionSource>? next;
        lock (_lock)
        {
            next = _waiting.First;
            if (next is null)
                _free++;
            else
                _waiting.Remove(next);
        }

        next?.Value.SetResult();
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        try
        {
            await place.Value.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            bool hasSlot;
            lock (_lock)
            {
                hasSlot = place.List is null;
                if (!hasSlot)
                    _waiting.Remove(place);
            }

            // The slot was granted when the token fired.
            if (hasSlot)
                Leave();
            throw;
        }
    }
}
