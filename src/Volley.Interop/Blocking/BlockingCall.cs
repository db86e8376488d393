namespace Volley.Interop.Blocking;

/// <summary>A call in the queue of <see cref="BlockingWork"/>.</summary>
internal abstract class BlockingCall
{
    /// <summary>Runs the call on the current thread, unless it was dropped.</summary>
    public abstract void Run();
}

/// <summary>A call in the queue of <see cref="BlockingWork"/>, and its result.</summary>
/// <param name="work">The call.</param>
internal sealed class BlockingCall<T>(Func<T> work) : BlockingCall
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isTaken;

    /// <summary>The result; canceled if the call was dropped.</summary>
    public Task<T> Task => _done.Task;

    /// <summary>Drops the call if it has not begun.</summary>
    /// <returns>Whether it will never run.</returns>
    public bool TryDrop() => Interlocked.Exchange(ref _isTaken, 1) == 0 && _done.TrySetCanceled();

    /// <inheritdoc/>
    public override void Run()
    {
        if (Interlocked.Exchange(ref _isTaken, 1) != 0)
            return;
        try
        {
            _done.SetResult(work());
        }
#pragma warning disable CA1031 // The failure is passed to the waiting caller.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _done.SetException(failure);
        }
    }
}
