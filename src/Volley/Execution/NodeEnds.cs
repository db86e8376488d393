namespace Volley.Execution;

/// <summary>The ends of a run's nodes, for nodes whose failure must be reported after that of another one.</summary>
internal sealed class NodeEnds
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _running = [];
    private Dictionary<int, TaskCompletionSource>? _awaited;

    /// <summary>Records that a target has begun.</summary>
    public void Begin(Target target)
    {
        lock (_lock)
            _running.Add(target.Index);
    }

    /// <summary>Records that the end of a target was reported.</summary>
    public void End(Target target)
    {
        TaskCompletionSource? awaited = null;
        lock (_lock)
        {
            _running.Remove(target.Index);
            _awaited?.Remove(target.Index, out awaited);
        }

        awaited?.SetResult();
    }

    /// <summary>Returns a task that completes once the end of a target was reported, or if the target is not running.</summary>
    public Task WhenEnded(Target target)
    {
        lock (_lock)
        {
            if (!_running.Contains(target.Index))
                return Task.CompletedTask;
            _awaited ??= [];
            if (!_awaited.TryGetValue(target.Index, out var awaited))
                _awaited[target.Index] = awaited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return awaited.Task;
        }
    }
}
