using System.Collections.Concurrent;

namespace Volley.Testing;

/// <summary>
/// A synchronization context with one thread, like that of a user interface. Code that resumes in it while the thread waits deadlocks.
/// </summary>
public sealed class SingleThread : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

    /// <summary>The number of callbacks that were posted to the thread.</summary>
    public int Posts { get; private set; }

    /// <summary>Runs a function on the thread, which does nothing else until the function returns.</summary>
    /// <param name="function">The function. It may wait for tasks.</param>
    public static Task<T> BlockAsync<T>(Func<SingleThread, T> function) => Start(context => Task.FromResult(function(context)));

    /// <summary>Runs an asynchronous function, and all its continuations that resume in the context, on the thread.</summary>
    public static Task<T> RunAsync<T>(Func<SingleThread, Task<T>> function) => Start(function);

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        Posts++;
        _posted.Add((d, state));
    }

    private static Task<T> Start<T>(Func<SingleThread, Task<T>> function)
    {
        var ended = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            var context = new SingleThread();
            SetSynchronizationContext(context);
            try
            {
                var running = function(context);
                _ = running.ContinueWith(_ => context._posted.CompleteAdding(), TaskScheduler.Default);
                foreach (var (callback, state) in context._posted.GetConsumingEnumerable())
                    callback(state);
                ended.SetResult(running.GetAwaiter().GetResult());
            }
            catch (Exception failure)
            {
                ended.SetException(failure);
            }
        })
        { IsBackground = true, Name = "single thread" }.Start();
        return ended.Task;
    }
}
