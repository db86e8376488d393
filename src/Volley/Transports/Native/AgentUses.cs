namespace Volley.Transports.Native;

/// <summary>
/// The use of an agent by the sessions of one connection. A channel to the agent does not tell its session, so they share one forward, which ends with
/// the last of them.
/// </summary>
/// <param name="forward">Forwards the agent with the given socket.</param>
internal sealed class AgentUses(Func<string, IAsyncDisposable> forward)
{
    private readonly Lock _lock = new();
    private IAsyncDisposable? _forward;
    private int _sessions;

    /// <summary>Forwards the agent until the result is disposed.</summary>
    /// <param name="socket">The socket, the same for all sessions.</param>
    public IAsyncDisposable Begin(string socket)
    {
        lock (_lock)
        {
            _forward ??= forward(socket);
            _sessions++;
        }

        return new Use(this);
    }

    private ValueTask EndAsync()
    {
        lock (_lock)
        {
            if (--_sessions > 0)
                return ValueTask.CompletedTask;
            var last = _forward!;
            _forward = null;
            return last.DisposeAsync();
        }
    }

    private sealed class Use(AgentUses uses) : IAsyncDisposable
    {
        private int _isDisposed;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isDisposed, 1) == 0 ? uses.EndAsync() : ValueTask.CompletedTask;
    }
}
