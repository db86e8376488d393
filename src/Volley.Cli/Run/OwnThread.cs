namespace Volley.Cli.Run;

/// <summary>
/// A thread that runs an asynchronous loop and all its continuations, so the loop may block. The thread pool would work, but each item
/// queued to an idle pool wakes two threads: one for the item, and one in case more follows.
/// </summary>
internal sealed class OwnThread : SynchronizationContext, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = [];
    private readonly AutoResetEvent _wake = new(initialState: false);
    private bool _isWaiting;
    private bool _hasEnded;

    private OwnThread()
    {
    }

    /// <summary>Consumes events one by one on a dedicated thread.</summary>
    public static Task ForEachAsync<T>(IAsyncEnumerable<T> events, Action<T> take) => RunAsync(async () =>
    {
        await foreach (var one in events)
            take(one);
    });

    /// <summary>Runs a loop on a dedicated thread. The task completes with the loop.</summary>
    /// <param name="loop">The loop. Its awaits must capture the synchronization context.</param>
    internal static async Task RunAsync(Func<Task> loop)
    {
        var ended = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            using var own = new OwnThread();
            ended.SetResult(own.Run(loop));
        })
        { IsBackground = true, Name = "events" }.Start();
        await (await ended.Task.ConfigureAwait(false)).ConfigureAwait(false);
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        bool isWaiting, hasEnded;
        lock (_lock)
        {
            hasEnded = _hasEnded;
            if (!hasEnded)
                _posted.Enqueue((d, state));
            isWaiting = _isWaiting;
            _isWaiting = false;
        }

        if (isWaiting)
            _wake.Set();
        if (hasEnded)
            base.Post(d, state);
    }

    public void Dispose() => _wake.Dispose();

    private Task Run(Func<Task> loop)
    {
        SetSynchronizationContext(this);
        var running = loop();
        if (!running.IsCompleted)
            _ = running.ContinueWith(_ => Post(static _ => { }, null), TaskScheduler.Default);
        var hasYielded = false;
        while (!running.IsCompleted)
        {
            if (TryTake(mayWait: hasYielded, out var next))
            {
                next.Callback(next.State);
                hasYielded = false;
            }
            else if (hasYielded)
            {
                _wake.WaitOne();
                hasYielded = false;
            }
            else
            {
                // Threads that are ready to run may post, which wakes no thread now.
                Thread.Yield();
                hasYielded = true;
            }
        }

        End();
        return running;
    }

    /// <summary>Ends the loop. Callbacks of operations that the loop started without awaiting them run on the thread pool.</summary>
    private void End()
    {
        lock (_lock)
            _hasEnded = true;
        while (_posted.TryDequeue(out var left))
            base.Post(left.Callback, left.State);
    }

    private bool TryTake(bool mayWait, out (SendOrPostCallback Callback, object? State) next)
    {
        lock (_lock)
        {
            if (_posted.TryDequeue(out next))
                return true;
            _isWaiting = mayWait;
            return false;
        }
    }
}
