namespace Volley.Ssh.Blocking;

/// <summary>
/// Runs calls that can block for an unknown time, such as getaddrinfo(3) or open(2) on a network file system, on threads of
/// their own. A blocked call can't be interrupted; its caller abandons it, and the thread pool stays free.
/// </summary>
/// <param name="mostThreads">How many calls run at once; further calls wait in a queue.</param>
internal sealed class BlockingWork(int mostThreads)
{
    /// <summary>Enough for getaddrinfo with the modules of nsswitch.conf, and little for 256 threads.</summary>
    private const int StackSize = 256 * 1024;

    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(2);

    private readonly object _lock = new();
    private readonly Queue<BlockingCall> _queue = [];
    private int _threads;
    private int _idle;

    /// <summary>Calls to the resolver. It has threads of its own so that a silent name server does not delay files.</summary>
    public static BlockingWork Names { get; } = new(128);

    /// <summary>Calls that open, read, write or lock files, or connect to sockets in the file system.</summary>
    public static BlockingWork Files { get; } = new(128);

    /// <summary>The number of threads at the moment.</summary>
    internal int Threads
    {
        get
        {
            lock (_lock)
                return _threads;
        }
    }

    /// <summary>Starts a call; the caller waits for it, or abandons it.</summary>
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

    /// <summary>Runs a call and waits for its result; the token abandons it.</summary>
    /// <param name="what">What the call does, for messages: "reading FILE".</param>
    /// <param name="work">The call.</param>
    /// <param name="cancellationToken">Abandons the call: one that has not begun never runs, one that has goes on unobserved.</param>
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
            // The limit of processes (ulimit -u) is reached: the threads that there are serve the queue.
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

    /// <summary>Returns the next call; null, and the thread is no longer counted, if none comes for a while.</summary>
    private BlockingCall? Next()
    {
        lock (_lock)
        {
            while (true)
            {
                if (_queue.TryDequeue(out var call))
                    return call;
                _idle++;
                var isWoken = Monitor.Wait(_lock, IdleLimit);
                _idle--;
                if (isWoken || _queue.Count > 0)
                    continue;
                _threads--;
                return null;
            }
        }
    }
}
