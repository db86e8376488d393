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
    /// <summary>How long the server may take to close what is left when we leave a master that lives on.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    // Open, or asked for.
    private int _sessions;
    private int _ended;
    // So many of them the server had seen the end of when it last refused one.
    private int _endedForServer;
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

    /// <summary>Opens a session; null if the server allows no more of them, or none at all.</summary>
    /// <exception cref="TransportException">The connection is over.</exception>
    public Task<SshChannel?> TryOpenSessionAsync(CancellationToken cancellationToken) => OpenSessionAsync(waits: false, cancellationToken);

    /// <summary>Opens a session. A server that allows no more of them is waited for until one of ours ends.</summary>
    /// <exception cref="TransportException">The server allows none, or the connection is over.</exception>
    public async Task<SshChannel> OpenSessionAsync(CancellationToken cancellationToken) =>
        (await OpenSessionAsync(waits: true, cancellationToken).ConfigureAwait(false))!;

    /// <summary>A session that was opened here has ended: its place goes to the one who has waited longest.</summary>
    public void SessionEnded() => GiveTurn(hasEnded: true);

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
        if (End == MasterEnd.ByItself && !IsOver)
            await WaitUntilIdleAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        Forwards.Dispose();
        if (starter is not null)
            await starter.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>An OpenSSH master can crash when a client leaves while a channel of its is still closing.</summary>
    private async Task WaitUntilIdleAsync()
    {
        using var limit = new CancellationTokenSource(IdleLimit);
        try
        {
            await connection.WaitUntilIdleAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception enough) when (enough is OperationCanceledException or SshException)
        {
            // A server that does not answer is not waited for.
        }
    }

    private async Task<SshChannel?> OpenSessionAsync(bool waits, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
        {
            lock (_lock)
                _sessions++;
            return spare;
        }

        while (true)
        {
            int ended;
            lock (_lock)
            {
                _sessions++;
                ended = _ended;
            }

            try
            {
                return await connection.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SshException refusal) when (refusal.Failure == SshFailure.ChannelRefused)
            {
                if (!waits)
                {
                    GiveTurn();
                    return null;
                }

                if (TurnAfter(refusal, ended) is { } turn)
                    await WaitAsync(turn, cancellationToken).ConfigureAwait(false);
            }
            catch (SshException failure)
            {
                GiveTurn();
                throw LostConnection(failure);
            }
            catch
            {
                GiveTurn();
                throw;
            }
        }
    }

    /// <summary>What to wait for after the server refused a session; null to try again at once.</summary>
    /// <param name="refusal">What the server said.</param>
    /// <param name="ended">How many sessions had ended when it was asked.</param>
    private LinkedListNode<TaskCompletionSource>? TurnAfter(SshException refusal, int ended)
    {
        lock (_lock)
        {
            _sessions--;
            // sshd takes a session for ended only once it has come to its own end of it, a moment after ours.
            var isOutdated = ended != _ended || ended > _endedForServer;
            _endedForServer = Math.Max(ended, _endedForServer);
            if (isOutdated)
                return null;
            if (_sessions > 0)
                return _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            // Whoever waited for us to succeed hears the same.
            foreach (var other in _waiting)
                other.TrySetResult();
            _waiting.Clear();
        }

        throw new TransportException(NodeOutcome.ConnectFailed, $"the server refused a session (its MaxSessions?): {refusal.Message}", refusal);
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> turn, CancellationToken cancellationToken)
    {
        try
        {
            await turn.Value.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (turn.List is not null)
                    _waiting.Remove(turn);
                else
                    WakeNext();
            }

            throw;
        }
    }

    private void GiveTurn(bool hasEnded = false)
    {
        lock (_lock)
        {
            _sessions--;
            _ended += hasEnded ? 1 : 0;
            WakeNext();
        }
    }

    private void WakeNext()
    {
        if (_waiting.First is not { } next)
            return;
        _waiting.RemoveFirst();
        next.Value.TrySetResult();
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
