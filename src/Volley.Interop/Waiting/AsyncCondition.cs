namespace Volley.Interop.Waiting;

/// <summary>
/// A condition variable for any number of waiters. Its members require the lock that guards the condition, but the wait itself happens
/// outside of it. Waiters are resumed on the thread pool, and check the condition again.
/// </summary>
internal sealed class AsyncCondition
{
    private TaskCompletionSource? _next;

    /// <summary>Returns a task that completes with the next call of <see cref="PulseAll"/>.</summary>
    public Task WaitAsync() => (_next ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Resumes all current waiters.</summary>
    public void PulseAll()
    {
        _next?.TrySetResult();
        _next = null;
    }
}
