using System.Buffers;
using System.Threading.Tasks.Sources;

namespace Volley.Execution;

/// <summary>
/// The queue of events between the nodes and the single reader, bounded in bytes. While the queue is full, producers wait in
/// first-in, first-out order: a slow reader slows the remote commands, and memory use stays flat.
/// </summary>
/// <remarks>
/// A reader that waits is resumed in the synchronization context that it awaits in, or on the thread pool: never on a producer's thread,
/// which may be one that watches connections.
/// </remarks>
internal sealed class EventQueue : IValueTaskSource<bool>
{
    /// <summary>The number of queued bytes at which producers start to wait. One event always fits, however large.</summary>
    public const int Capacity = 4 * 1024 * 1024;

    /// <summary>The bytes charged for an event besides its data: about the size of its objects.</summary>
    private const int EventCost = 256;

    private readonly Lock _lock = new();
    private Queue<NodeEvent> _events = new();
    private readonly Queue<(NodeEvent Event, TaskCompletionSource Added)> _waiting = new();
    private ManualResetValueTaskSourceCore<bool> _next = new() { RunContinuationsAsynchronously = true };
    private bool _isReaderWaiting;
    private long _bytes;
    private bool _completed;
    private bool _readerLeft;

    // Used by the reader only: the events it has taken in one batch, and the room it has not returned yet.
    private Queue<NodeEvent> _taken = new();
    private long _freed;

    /// <summary>The event that the reader has taken; null before the first and after the last.</summary>
    public NodeEvent? Current { get; private set; }

    /// <summary>The bytes that are queued or held by the reader.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _bytes - _freed;
        }
    }

    /// <summary>Whether <see cref="Complete"/> was called.</summary>
    public bool IsCompleted
    {
        get
        {
            lock (_lock)
                return _completed;
        }
    }

    /// <summary>Whether <see cref="Leave"/> was called.</summary>
    public bool HasReaderLeft
    {
        get
        {
            lock (_lock)
                return _readerLeft;
        }
    }

    /// <summary>Adds an event, and waits for room. Drops the event if the reader has left.</summary>
    public ValueTask AddAsync(NodeEvent nodeEvent)
    {
        bool mustWake;
        lock (_lock)
        {
            if (_readerLeft)
            {
                ReturnBuffer(nodeEvent);
                return ValueTask.CompletedTask;
            }

            if (_bytes >= Capacity || _waiting.Count > 0)
            {
                var added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue((nodeEvent, added));
                return new ValueTask(added.Task);
            }

            Enqueue(nodeEvent);
            mustWake = TryEndWait();
        }

        if (mustWake)
            _next.SetResult(true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Marks the queue as complete: no event will be added.</summary>
    public void Complete()
    {
        bool mustWake;
        lock (_lock)
        {
            _completed = true;
            mustWake = TryEndWait();
        }

        if (mustWake)
            _next.SetResult(false);
    }

    /// <summary>
    /// Returns the room of <see cref="Current"/> and takes the next event, for which it waits. Returns false once the queue is complete
    /// and empty. Called by the reader only.
    /// </summary>
    public ValueTask<bool> MoveNextAsync()
    {
        Release();
        if (_taken.Count == 0)
        {
            lock (_lock)
            {
                GiveBackRoom();
                if (_events.Count == 0 && !_completed)
                {
                    _next.Reset();
                    _isReaderWaiting = true;
                    return new ValueTask<bool>(this, _next.Version);
                }

                (_taken, _events) = (_events, _taken);
            }
        }

        return new ValueTask<bool>(Take());
    }

    /// <summary>Tells the queue that the reader has left: queued and future events are dropped.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _readerLeft = true;
            while (_taken.TryDequeue(out var nodeEvent))
                ReturnBuffer(nodeEvent);
            while (_events.TryDequeue(out var queued))
                ReturnBuffer(queued);
            while (_waiting.TryDequeue(out var next))
            {
                ReturnBuffer(next.Event);
                next.Added.TrySetResult();
            }
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        if (!_next.GetResult(token))
            return false;
        lock (_lock)
            (_taken, _events) = (_events, _taken);
        return Take();
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _next.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _next.OnCompleted(continuation, state, token, flags);

    private bool Take()
    {
        if (!_taken.TryDequeue(out var nodeEvent))
            return false;
        Current = nodeEvent;
        return true;
    }

    private void Release()
    {
        if (Current is null)
            return;
        ReturnBuffer(Current);
        _freed += Cost(Current);
        Current = null;
        // Batched, because a lock and a thread wakeup per event cost measurable time.
        if (_freed < Capacity / 16)
            return;
        lock (_lock)
            GiveBackRoom();
    }

    private void GiveBackRoom()
    {
        _bytes -= _freed;
        _freed = 0;
        while (_bytes < Capacity && _waiting.TryDequeue(out var next))
        {
            Enqueue(next.Event);
            next.Added.TrySetResult();
        }
    }

    private void Enqueue(NodeEvent nodeEvent)
    {
        _events.Enqueue(nodeEvent);
        _bytes += Cost(nodeEvent);
    }

    /// <summary>Returns whether the reader waits, and must be resumed by the caller. Requires the lock.</summary>
    private bool TryEndWait()
    {
        var isWaiting = _isReaderWaiting;
        _isReaderWaiting = false;
        return isWaiting;
    }

    // Charges the whole rented array, of which the data may fill only a part.
    private static int Cost(NodeEvent nodeEvent) => nodeEvent is NodeOutput output ? EventCost + (output.Rented?.Length ?? output.Data.Length) : EventCost;

    private static void ReturnBuffer(NodeEvent nodeEvent)
    {
        if (nodeEvent is NodeOutput { Rented: { } rented })
            ArrayPool<byte>.Shared.Return(rented);
    }
}
