namespace Volley.Relay.Worker;

/// <summary>
/// Wakes all that wait for a change of some state. A waiter takes <see cref="Next"/> under the lock of the state, together with the look at it; a change is
/// announced after it is made.
/// </summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource? _waiting;

    /// <summary>Returns a task that completes at the next change.</summary>
    public Task Next()
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _waiting, mine, null) ?? mine).Task;
    }

    public void Announce() => Interlocked.Exchange(ref _waiting, null)?.SetResult();
}
