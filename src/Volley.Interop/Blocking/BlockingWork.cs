namespace Volley.Interop.Blocking;

/// <summary>
/// Runs calls that can block for an unknown time, such as getaddrinfo(3) or open(2) on a network file system, on dedicated threads. A blocked
/// call can't be interrupted, but its caller can abandon it, and the thread pool stays free.
/// </summary>
/// <param name="mostThreads">The number of concurrent calls. Further calls wait in a queue.</param>
/// <param name="idleLimit">The time after which an idle thread ends; 2 seconds by default.</param>
internal sealed class BlockingWork(int mostThreads, TimeSpan? idleLimit = null)
{
    /// <summary>The stack size: enough for getaddrinfo with the modules of nsswitch.conf, and small for 256 threads.</summary>
    private const int StackSize = 256 * 1024;

    private readonly TimeSpan _idleLimit = idleLimit ?? TimeSpan.FromSeconds(2);
    private readonly object _lock = new();
    private readonly Queue<BlockingCall> _queue = [];
    private int _threads;
    private int _idle;

    /// <summary>Runs calls to the resolver. It has its own threads, so that a silent name server does not delay file accesses.</summary>
    public static BlockingWork Names { get; } = new(128);

    /// <summary>Runs calls that open, read, write or lock files, or connect to sockets in the file system.</summary>
    public static BlockingWork Files { get; } = new(128);

    /// <summary>The current number of threads.</summary>
    internal int Threads
    {
        get
        {
            lock (_lock)
                return _threads;
        }
    }

    /// <summary>Starts a call. The caller waits for it or abandons it.</summary>
    public BlockingCall<T> Start<T>(Func<T> work)
    {
        var call = new BlockingCall<T>(work);
        lock (_lock)
        {
            _queue.Enqueue(call);
            if (_queue.Count <= _idle || _threads == mostThreads)
            {
                Monitor.Pulse(_lock);
                return call;
            }

            _threads++;
        }

        StartThread();
        return call;
    }

    /// <summary>Runs a call and waits for its result. The token abandons it.</summary>
    /// <param name="what">A description of the call, for messages: "reading FILE".</param>
    /// <param name="work">The call.</param>
    /// <param name="cancellationToken">Abandons the call. A call that has not begun never runs; one that has begun continues unobserved.</param>
    /// <exception cref="BlockedException">The token fired.</exception>
    public async Task<T> RunAsync<T>(string what, Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = Start(work);
        try
        {
            return await call.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            call.TryDrop();
            throw new BlockedException(what, cancellationToken);
        }
    }

    private void StartThread()
    {
        try
        {
            new Thread(Serve, StackSize) { IsBackground = true, Name = "blocking work" }.Start();
        }
        catch (OutOfMemoryException)
        {
            // The process limit (ulimit -u) is reached, so the existing threads serve the queue.
            lock (_lock)
            {
                if (--_threads > 0)
                    return;
            }

            throw;
        }
    }

    private void Serve()
    {
        while (Next() is { } call)
            call.Run();
    }

    /// <summary>Returns the next call. If none comes for a while, removes the thread from the count and returns null.</summary>
    private BlockingCall? Next()
    {
        lock (_lock)
        {
            while (true)
            {
                if (_queue.TryDequeue(out var call))
                    return call;
                _idle++;
                var isWoken = Monitor.Wait(_lock, _idleLimit);
                _idle--;
                if (isWoken || _queue.Count > 0)
                    continue;
                _threads--;
                return null;
            }
        }
    }
}
