namespace Volley.Execution;

/// <summary>
/// The limits of one node: a token that fires when the node must end early, and the result that the node then has. Only the first
/// cause counts, so callers read here why the token fired.
/// </summary>
internal sealed class Deadline(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _source = new();
    private TaskCompletionSource? _fired;
    private ITimer? _timer;
    private Phase? _phase;
    private TimeSpan _limit = Timeout.InfiniteTimeSpan;
    private int _timing;
    private bool _disposed;

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
                if (HasFired)
                    _fired.TrySetResult();
                return _fired.Task;
            }
        }
    }

    /// <summary>The result of the node by the first cause; null if the deadline has not fired.</summary>
    public NodeResult? Ending { get; private set; }

    /// <summary>Whether the node must end.</summary>
    public bool HasFired => Ending is not null;

    /// <summary>Whether the node must end because of its output, which is then dropped.</summary>
    public bool IsOutputLimitReached => Ending is { Outcome: NodeOutcome.OutputLimitReached };

    /// <summary>Starts the next phase.</summary>
    public void StartPhase(Phase phase)
    {
        lock (_lock)
        {
            _phase = phase;
            SetLimit(phase.Limit);
        }
    }

    /// <summary>Replaces the phase by one with the same limit; its time continues.</summary>
    public void ContinuePhase(Phase phase)
    {
        lock (_lock)
            _phase = phase;
    }

    /// <summary>Stops the time of the phase.</summary>
    public void PausePhase()
    {
        lock (_lock)
            SetLimit(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts the phase again from its beginning.</summary>
    public void RestartPhase()
    {
        lock (_lock)
            SetLimit(_phase!.Limit);
    }

    /// <summary>Starts the timer of the phase if it is not running. Phases that complete without waiting never create one.</summary>
    public void Arm()
    {
        lock (_lock)
        {
            if (_timer is not null || _limit == Timeout.InfiniteTimeSpan || HasFired || _disposed)
                return;
            var timing = _timing;
            _timer = time.CreateTimer(_ => Expire(timing), null, _limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Throws if the deadline has fired. It is more exact than the token, which is canceled asynchronously a moment later.</summary>
    /// <exception cref="OperationCanceledException">The deadline has fired.</exception>
    public void ThrowIfFired()
    {
        if (HasFired)
            throw new OperationCanceledException();
    }

    /// <summary>Waits for an object to be made. If the deadline fires first, disposes of the object when it is made.</summary>
    /// <exception cref="OperationCanceledException">The deadline has fired.</exception>
    public ValueTask<T> WaitForAsync<T>(ValueTask<T> making)
        where T : IAsyncDisposable => making.IsCompleted ? making : new(OrAbandonAsync(making.AsTask()));

    /// <summary>Fires, unless the deadline has already fired.</summary>
    /// <param name="ending">The result of the node.</param>
    public void Fire(NodeResult ending)
    {
        if (TryFire(ending))
            Cancel();
    }

    /// <summary>Fires because of the node's output, unless the deadline has already fired.</summary>
    /// <param name="message">The reason for the user.</param>
    public void LimitOutput(string message) => Fire(new NodeResult(NodeOutcome.OutputLimitReached) { Message = message });

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private void SetLimit(TimeSpan limit)
    {
        _timer?.Dispose();
        _timer = null;
        _limit = limit;
        _timing++;
    }

    private void Expire(int timing)
    {
        lock (_lock)
        {
            // The timer of an earlier phase may fire after that phase has ended.
            if (timing != _timing || !TryFire(_phase!.Ending))
                return;
        }

        Cancel();
    }

    private bool TryFire(NodeResult ending)
    {
        lock (_lock)
        {
            if (HasFired || _disposed)
                return false;
            Ending = ending;
            _fired?.TrySetResult();
            return true;
        }
    }

    // Asynchronously, because the callbacks of the token must not run on a signal handler's or a timer's thread.
    private void Cancel() => _ = _source.CancelAsync();

    private async Task<T> OrAbandonAsync<T>(Task<T> making)
        where T : IAsyncDisposable
    {
        Arm();
        try
        {
            return await making.WaitAsync(Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The task may have completed since.
            var disposing = DisposeLateAsync(making);
            if (making.IsCompleted)
                await disposing.ConfigureAwait(false);
            throw;
        }
    }

    private static async Task DisposeLateAsync<T>(Task<T> making)
        where T : IAsyncDisposable
    {
        await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (making.IsCompletedSuccessfully)
            await (await making.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }
}
