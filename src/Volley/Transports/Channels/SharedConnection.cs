using Volley.Ssh;

namespace Volley.Transports.Channels;

/// <summary>A connection that serves any number of commands at once, as many as its server allows.</summary>
/// <param name="connection">The connection.</param>
/// <param name="software">What the server calls itself; null if that is not known.</param>
/// <param name="lastWords">Says better than we know why the connection ended, or null.</param>
internal sealed class SharedConnection(SshConnection connection, string? software, Func<string?> lastWords) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    // Open, or asked for.
    private int _sessions;
    private int _ended;
    // Of OpenSSH the refusal of a session is a limit (MaxSessions) that the end of another session lifts.
    private readonly bool _takesTurns = software is null || software.StartsWith("OpenSSH", StringComparison.Ordinal);
    // So many of them the server had seen the end of when it last refused one.
    private int _endedForServer;
    private SshChannel? _spare;
    private SurvivorChecks? _survivors;

    /// <summary>Looks for processes that stopped commands left behind.</summary>
    public SurvivorChecks Survivors
    {
        get
        {
            lock (_lock)
                return _survivors ??= new SurvivorChecks(this);
        }
    }

    /// <summary>Whether the connection is over.</summary>
    public bool IsOver => connection.Ended.IsCompleted;

    /// <summary>Whether each command needs a connection of its own, by what the server calls itself.</summary>
    public bool IsForOneCommand { get; } = SoleCommandServers.IsKnown(software);

    /// <summary>Whether the server has started a command on this connection.</summary>
    public bool HasStartedCommand { get; set; }

    /// <summary>Sees that there is a live server at the other end, not just a live peer; what is opened for it serves the first command.</summary>
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

    /// <summary>Closes what <see cref="ProveAliveAsync"/> has opened, if nobody took it.</summary>
    public async ValueTask DropSpareAsync()
    {
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
            await spare.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Opens a session; null if the server allows no more of them, or none at all.</summary>
    /// <exception cref="TransportException">The connection is over, or the server did not answer within the limit.</exception>
    public Task<SshChannel?> TryOpenSessionAsync(ConnectLimit limit, CancellationToken cancellationToken) =>
        OpenSessionAsync(limit, waits: false, cancellationToken);

    /// <summary>Opens a session. A server that allows no more of them is waited for until one of ours ends; each of its answers has the limit.</summary>
    /// <exception cref="TransportException">The server allows none, did not answer within the limit, or the connection is over.</exception>
    public async Task<SshChannel> OpenSessionAsync(ConnectLimit limit, CancellationToken cancellationToken) =>
        (await OpenSessionAsync(limit, waits: true, cancellationToken).ConfigureAwait(false))!;

    /// <summary>A session that was opened here has ended: its place goes to the one who has waited longest.</summary>
    public void SessionEnded() => GiveTurn(hasEnded: true);

    /// <summary>The failure of a connection.</summary>
    public TransportException LostConnection(SshException failure) =>
        new(NodeOutcome.ConnectionLost, lastWords() ?? failure.Message, failure);

    /// <summary>Ends the connection.</summary>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<SshChannel?> OpenSessionAsync(ConnectLimit limit, bool waits, CancellationToken cancellationToken)
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
                return await limit.RunAsync(token => connection.OpenSessionAsync(token).AsTask(), cancellationToken).ConfigureAwait(false);
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
            if (_sessions > 0 && !_takesTurns)
            {
                throw new TransportException(NodeOutcome.ConnectFailed, $"the server refused another session: {refusal.Message}", refusal)
                {
                    IsUnstarted = true,
                };
            }

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
