namespace Volley.Execution.Steps;

/// <summary>
/// Lets no target of a run begin a step before all have ended the step before it. A target that waits here does not count among those that work at the
/// same time, so that those in the queue can run the step.
/// </summary>
/// <param name="window">The number of targets that work at the same time.</param>
internal sealed class StepBarrier(int window) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turns = new(window);
    private readonly HashSet<int> _withoutTurn = [];
    private TaskCompletionSource _opened = NewOpening();
    private int _left;
    private int _arrived;

    /// <summary>Adds targets: those of a run, or of a batch before any of them starts.</summary>
    public void Add(int targets)
    {
        lock (_lock)
            _left += targets;
    }

    /// <summary>Waits until another target may work.</summary>
    public Task TakeTurnAsync() => _turns.WaitAsync();

    /// <summary>Ends the turn of a target that has ended, or for which there was no target.</summary>
    /// <param name="target">The target; null for none.</param>
    public void EndTurn(Target? target)
    {
        lock (_lock)
        {
            if (target is not null && _withoutTurn.Remove(target.Index))
                return;
        }

        _turns.Release();
    }

    /// <summary>Waits until all other targets have ended the step or their work, and then for a turn.</summary>
    /// <exception cref="OperationCanceledException">The node must end.</exception>
    public async Task PassAsync(Node node)
    {
        Task opened;
        lock (_lock)
        {
            opened = _opened.Task;
            _arrived++;
            _withoutTurn.Add(node.Target.Index);
            OpenIfComplete();
        }

        _turns.Release();
        try
        {
            await opened.WaitAsync(node.Deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (opened == _opened.Task)
                    _arrived--;
            }

            throw;
        }

        await _turns.WaitAsync(node.Deadline.Token).ConfigureAwait(false);
        lock (_lock)
            _withoutTurn.Remove(node.Target.Index);
    }

    /// <summary>Records that a target takes part no more.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _left--;
            OpenIfComplete();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private static TaskCompletionSource NewOpening() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Opens the barrier if all have arrived. Requires the lock.</summary>
    private void OpenIfComplete()
    {
        if (_arrived == 0 || _arrived < _left)
            return;
        _arrived = 0;
        var opened = _opened;
        _opened = NewOpening();
        opened.SetResult();
    }
}
