namespace Volley.Ssh.Connection;

/// <summary>
/// The handling of messages that have arrived together. It holds the cork, so the answers to the messages go out in one write. With inline
/// continuations, callers whose wait a message ends continue at the end of the turn, on the receiver's thread, outside of all locks
/// and in the order of the messages; what they send goes out in the same write. Only the receiver opens and closes it.
/// </summary>
/// <param name="cork">The cork of the connection.</param>
/// <param name="resumesInline">Whether callers continue inline.</param>
internal sealed class ReceiveTurn(WriteCork cork, bool resumesInline)
{
    private readonly Lock _lock = new();
    private readonly Queue<(Action<object> Resume, object Waiter)> _waiters = [];
    private bool _isOpen;
    // Accessed by the receiver only.
    private bool _isHeld;

    /// <summary>Whether callers continue inline.</summary>
    public bool ResumesInline => resumesInline;

    /// <summary>Opens the turn, unless it is open.</summary>
    public void Open()
    {
        // Handling a message may have failed in an open turn.
        if (!_isHeld)
            cork.Hold();
        _isHeld = true;
        lock (_lock)
            _isOpen = true;
    }

    /// <summary>Resumes a caller at the end of the turn.</summary>
    /// <returns>False if the turn is not open, or does not resume callers: then the caller continues on the thread pool.</returns>
    public bool TryAdd(Action<object> resume, object waiter)
    {
        if (!resumesInline)
            return false;
        lock (_lock)
        {
            if (_isOpen)
                _waiters.Enqueue((resume, waiter));
            return _isOpen;
        }
    }

    /// <summary>Resumes the callers, and those that they resume in turn; then releases the cork.</summary>
    public void Close()
    {
        while (TryTake(out var next))
            next.Resume(next.Waiter);
        _isHeld = false;
        cork.Release();
    }

    private bool TryTake(out (Action<object> Resume, object Waiter) next)
    {
        lock (_lock)
        {
            // The turn is open until the last caller has been resumed.
            _isOpen = _waiters.TryDequeue(out next);
            return _isOpen;
        }
    }
}
