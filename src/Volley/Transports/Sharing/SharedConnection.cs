using Volley.Interop.Waiting;
using Volley.Ssh;

namespace Volley.Transports.Sharing;

/// <summary>A connection that serves several commands at once, as many as its server allows.</summary>
/// <param name="connection">The connection.</param>
/// <param name="software">The software name that the server sent; null if unknown.</param>
/// <param name="endReason">Returns a more specific reason for the connection's end, or null.</param>
internal sealed class SharedConnection(SshConnection connection, string? software, Func<string?> endReason) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    // The number of sessions that are open or requested.
    private int _sessions;
    private int _ended;
    // OpenSSH refuses a session because of a limit (MaxSessions), so the end of another session lets it succeed.
    private readonly bool _takesTurns = software is null || software.StartsWith("OpenSSH", StringComparison.Ordinal);
    // The value of _ended that the server had seen when it last refused a session.
    private int _endedForServer;
    private volatile bool _hasStartedCommand;
    private readonly AsyncGate _agentGate = new(1);
    private bool _hasAgent;
    private SshChannel? _spare;
    private SurvivorChecks? _survivors;

    /// <summary>Finds processes that stopped commands left behind.</summary>
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

    /// <summary>Whether each command needs a connection of its own, according to the server's software name.</summary>
    public bool IsForOneCommand { get; } = SoleCommandServers.Includes(software);

    /// <summary>Records that the server has started a command on this connection.</summary>
    public void CommandStarted() => _hasStartedCommand = true;

    /// <summary>
    /// Returns the failure of a command that certainly did not start. It is marked as such if the server has started another command on
    /// this connection, because a connection of its own may help this one.
    /// </summary>
    public TransportException Unstarted(TransportException failure) =>
        failure.IsUnstarted || !_hasStartedCommand ? failure : failure.Rephrased(failure.Message, isUnstarted: true);

    /// <summary>
    /// Checks that a live server is at the other end, not just a live peer. The session that this opens is used for the first command.
    /// </summary>
    /// <exception cref="SshException">The connection is over.</exception>
    public async Task ProveAliveAsync(CancellationToken cancellationToken)
    {
        try
        {
            _spare = await connection.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SshException refusal) when (refusal.Failure == SshFailure.ChannelRefused)
        {
            // A refusal is an answer too, so the server is alive.
        }
    }

    /// <summary>Closes the session that <see cref="ProveAliveAsync"/> has opened, if it is unused.</summary>
    public async ValueTask DropSpareAsync()
    {
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
            await spare.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Opens a session. Returns null if the server allows no more sessions, or none at all.</summary>
    /// <exception cref="TransportException">The connection is over, or the server did not answer within the limit.</exception>
    public Task<SshChannel?> TryOpenSessionAsync(ConnectLimit limit, CancellationToken cancellationToken) =>
        OpenSessionAsync(limit, waits: false, cancellationToken);

    /// <summary>
    /// Opens a session. If the server allows no more sessions, waits until one of this connection ends. The limit applies to each answer
    /// of the server.
    /// </summary>
    /// <exception cref="TransportException">The server allows no session or did not answer within the limit, or the connection is over.</exception>
    public async Task<SshChannel> OpenSessionAsync(ConnectLimit limit, CancellationToken cancellationToken) =>
        (await OpenSessionAsync(limit, waits: true, cancellationToken).ConfigureAwait(false))!;

    /// <summary>Requests that programs of a session can use the agent.</summary>
    /// <exception cref="SshException">The server refused, or the connection is over.</exception>
    public async ValueTask RequestAgentAsync(SshChannel channel, CancellationToken cancellationToken)
    {
        await _agentGate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await channel.RequestAgentAsync(cancellationToken).ConfigureAwait(false);
            _hasAgent = true;
        }
        catch (SshException refusal) when (refusal.Failure == SshFailure.RequestRefused && _hasAgent)
        {
            // OpenSSH accepts one request for a connection, and all later sessions have the agent then.
        }
        finally
        {
            _agentGate.Leave();
        }
    }

    /// <summary>Notes that a session has ended, so that the server may allow another one. <see cref="FreeSlot"/> follows.</summary>
    public void SessionEnded()
    {
        lock (_lock)
            _ended++;
    }

    /// <summary>Frees the slot of a session, for the request that has waited longest.</summary>
    public void FreeSlot()
    {
        lock (_lock)
        {
            _sessions--;
            WakeNext();
        }
    }

    /// <summary>Returns the failure of the connection.</summary>
    public TransportException LostConnection(SshException failure) =>
        new(NodeOutcome.ConnectionLost, endReason() ?? failure.Message, failure);

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
                    FreeSlot();
                    return null;
                }

                if (GetTurn(refusal, ended) is { } turn)
                    await WaitAsync(turn, cancellationToken).ConfigureAwait(false);
            }
            catch (SshException failure)
            {
                FreeSlot();
                throw Unstarted(LostConnection(failure));
            }
            catch
            {
                FreeSlot();
                throw;
            }
        }
    }

    /// <summary>Returns the turn to wait for after the server refused a session; null to try again at once.</summary>
    /// <param name="refusal">The server's refusal.</param>
    /// <param name="ended">How many sessions had ended when the session was requested.</param>
    private LinkedListNode<TaskCompletionSource>? GetTurn(SshException refusal, int ended)
    {
        bool hasServed;
        lock (_lock)
        {
            _sessions--;
            // sshd counts a session until it has handled the end itself, a moment after this side, so its refusal may be outdated.
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
            // All waiting requests would be refused too, so they are woken to find out.
            foreach (var other in _waiting)
                other.TrySetResult();
            _waiting.Clear();
            hasServed = _ended > 0;
        }

        throw new TransportException(NodeOutcome.ConnectFailed, $"the server refused a session (its MaxSessions?): {refusal.Message}", refusal)
        {
            // A server that allows one session for each connection refuses the next one after the first has ended as well.
            IsUnstarted = hasServed && !_takesTurns,
        };
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

    private void WakeNext()
    {
        if (_waiting.First is not { } next)
            return;
        _waiting.RemoveFirst();
        next.Value.TrySetResult();
    }
}
