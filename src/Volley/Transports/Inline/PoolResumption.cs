using Volley.Interop.Blocking;

namespace Volley.Transports.Inline;

/// <summary>Resumes callers on the thread pool, whichever thread completes what they wait for.</summary>
internal static class PoolResumption
{
    /// <summary>Connects to a target. Callers of this method, of the session and of its process are resumed on the thread pool.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async ValueTask<ISession> ConnectAsync(IInlineTransport transport, Target target, CancellationToken cancellationToken)
    {
        // A disposed transport says so also to a caller that has stopped waiting.
        transport.ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return new PoolSession(await OnPool(transport.ConnectInlineAsync(target, cancellationToken)).ConfigureAwait(false));
        }
        catch (BlockedException) when (cancellationToken.IsCancellationRequested)
        {
            // What was waited for matters only where a time limit has elapsed.
            throw new OperationCanceledException(cancellationToken);
        }
    }

    /// <summary>Returns a task that resumes its caller on the thread pool, unless it is already completed.</summary>
    public static ValueTask OnPool(ValueTask task) => task.IsCompleted ? task : new(OnPool(task.AsTask()));

    /// <inheritdoc cref="OnPool(ValueTask)"/>
    public static ValueTask<T> OnPool<T>(ValueTask<T> task)
    {
        return task.IsCompleted ? task : new(WaitAsync(task.AsTask()));

        static async Task<T> WaitAsync(Task<T> task)
        {
            await OnPool(task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return await task.ConfigureAwait(false);
        }
    }

    private static async Task OnPool(Task task)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await task.ConfigureAwait(false);
    }
}
