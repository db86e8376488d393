using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>A control master that we hold one connection to, for any number of commands at once.</summary>
/// <param name="socket">The path of its socket.</param>
/// <param name="connection">Our connection through it.</param>
/// <param name="end">Who ends it.</param>
/// <param name="starter">The ssh that started it, whose log goes on with its messages; null for a master that was there before.</param>
/// <param name="forwards">How many connections are made through it at once, where it is a jump host.</param>
internal sealed class Master(string socket, SshConnection connection, MasterEnd end, OpenSshProcess? starter, int forwards) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _sessionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sessions;
    private SshChannel? _spare;

    /// <summary>The path of its socket.</summary>
    public string Socket { get; } = socket;

    /// <summary>Who ends it.</summary>
    public MasterEnd End { get; } = end;

    /// <summary>Whether this run started it.</summary>
    public bool IsOurs => starter is not null;

    /// <summary>What it is the same for; set by the pool.</summary>
    public string Key { get; set; } = "";

    /// <summary>How many sessions are on it or about to be; guarded by the pool.</summary>
    public int Users { get; set; }

    /// <summary>The higher, the later it was used; guarded by the pool.</summary>
    public long LastUse { get; set; }

    /// <summary>Whether the pool lets go of it; guarded by the pool.</summary>
    public bool IsRetired { get; set; }

    /// <summary>The places for connections that are being made through it.</summary>
    public SemaphoreSlim Forwards { get; } = new(forwards);

    /// <summary>Whether the connection is over.</summary>
    public bool IsOver => connection.Ended.IsCompleted;

    /// <summary>Sees that there is a live server at the other end, not just a live master; what is opened for it serves the first command.</summary>
    /// <exception cref="SshException">The connection is over.</exception>
    public async Task ProveAliveAsync(CancellationToken cancellationToken)
    {
        try
        {
            _spare = await connection.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SshException refusal) when (refusal.Failure == SshFailure.ChannelRefused)
        {
            // An answer is an answer.
        }
    }

    /// <summary>Opens a session. A server that allows no more of them is waited for until one of ours ends.</summary>
    /// <exception cref="TransportException">The server allows none, or the connection is over.</exception>
    public async Task<SshChannel> OpenSessionAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
        {
            Count(1);
            return spare;
        }

        while (true)
        {
            Task sessionEnded;
            lock (_lock)
                sessionEnded = _sessionEnded.Task;
            try
            {
                Count(1);
                return await connection.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SshException refusal) when (refusal.Failure == SshFailure.ChannelRefused)
            {
                if (Count(-1) == 0)
                    throw new TransportException(NodeOutcome.ConnectFailed, $"the server refused a session (its MaxSessions?): {refusal.Message}", refusal);
            }
            catch (SshException failure)
            {
                Count(-1);
                throw LostConnection(failure);
            }
            catch
            {
                Count(-1);
                throw;
            }

            await sessionEnded.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A session that was opened here has ended.</summary>
    public void SessionEnded()
    {
        TaskCompletionSource ended;
        lock (_lock)
        {
            _sessions--;
            (ended, _sessionEnded) = (_sessionEnded, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        ended.TrySetResult();
    }

    /// <summary>The failure of a connection, with what the master itself says about it where we hear that.</summary>
    public TransportException LostConnection(SshException failure) =>
        new(NodeOutcome.ConnectionLost, starter?.LastWords() ?? failure.Message, failure);

    /// <summary>Why the server could not connect further, where its master says that, and always the same; else null.</summary>
    public string? RefusedForward() => starter?.RefusedForwards() is [var only] ? only : null;

    /// <summary>Lets go of it; it lives on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
            await spare.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        Forwards.Dispose();
        if (starter is not null)
            await starter.DisposeAsync().ConfigureAwait(false);
    }

    private int Count(int change)
    {
        lock (_lock)
            return _sessions += change;
    }
}

/// <summary>Who ends a master.</summary>
internal enum MasterEnd
{
    /// <summary>The run that started it.</summary>
    WithRun,

    /// <summary>Nobody: it ends itself some time after its last use.</summary>
    ByItself,
}
