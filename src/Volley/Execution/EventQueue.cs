using System.Buffers;
using Volley.Interop.Waiting;

namespace Volley.Execution;

/// <summary>
/// The queue of events between the nodes and the single reader, bounded in bytes. While the queue is full, producers wait in
/// first-in, first-out order: a slow reader slows the remote commands, and memory use stays flat.
/// </summary>
internal sealed class EventQueue
{
    /// <summary>The number of queued bytes at which producers start to wait. One event always fits, however large.</summary>
    public const int Capacity = 4 * 1024 * 1024;

    /// <summary>The bytes charged for an event besides its data: about the size of its objects.</summary>
    private const int EventCost = 256;

    /// <summary>The number of events between two waits above which producers count as fast.</summary>
    private const int ManyEvents = 8;

    private readonly Lock _lock = new();
    private Queue<NodeEvent> _events = new();
    private readonly Queue<(NodeEvent Event, TaskCompletionSource Added)> _waiting = new();
    private readonly AsyncSignal _added = new();
    private bool _isReaderWaiting;
    private long _bytes;
    private bool _completed;
    private bool _readerLeft;

    // Used by the reader only: the events it has taken in one batch, and the room it has not returned yet.
    private Queue<NodeEvent> _taken = new();
    private long _freed;
    private int _takenSinceWait;

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

            mustWake = Enqueue(nodeEvent);
        }

        if (mustWake)
            _added.Set();
        return ValueTask.CompletedTask;
    }

    /// <summary>Marks the queue as complete: no event will be added.</summary>
    public void Complete()
    {
        lock (_lock)
            _completed = true;
        _added.Set();
    }

    /// <summary>
    /// Waits until there is an event; returns false once the queue is complete and empty. The continuation runs in the reader's
    /// synchronization context, which saves a thread switch.
    /// </summary>
    public async ValueTask<bool> WaitAsync()
    {
        var hasYielded = _takenSinceWait < ManyEvents;
        for (_takenSinceWait = 0; ; hasYielded = true)
        {
            lock (_lock)
            {
                if (_taken.Count > 0 || _events.Count > 0)
                    return true;
                if (_completed)
                    return false;
                _isReaderWaiting = hasYielded;
            }

            // With fast producers, yields first: those that are ready to run then add hundreds of events before the reader waits.
            if (hasYielded)
                await _added.WaitAsync().ConfigureAwait(true);
            else
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Takes the next event, if there is one. Called by the reader only.</summary>
    public bool TryTake(out NodeEvent nodeEvent)
    {
        if (_taken.Count == 0)
        {
            lock (_lock)
            {
                GiveBackRoom();
                (_taken, _events) = (_events, _taken);
            }
        }

        _takenSinceWait++;
        return _taken.TryDequeue(out nodeEvent!);
    }

    /// <summary>Returns the room of an event that the reader has finished with.</summary>
    public void Release(NodeEvent nodeEvent)
    {
        ReturnBuffer(nodeEvent);
        _freed += Cost(nodeEvent);
        // Batched, because a lock and a thread wakeup per event cost measurable time.
        if (_freed < Capacity / 16)
            return;
        lock (_lock)
            GiveBackRoom();
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

    /// <summary>Adds an event to the queue. Returns whether the reader waits for it, and must be woken. Requires the lock.</summary>
    private bool Enqueue(NodeEvent nodeEvent)
    {
        _events.Enqueue(nodeEvent);
        _bytes += Cost(nodeEvent);
        var mustWake = _isReaderWaiting;
        _isReaderWaiting = false;
        return mustWake;
    }

    // Charges the whole rented array, of which the data may fill only a part.
    private static int Cost(NodeEvent nodeEvent) => EventCost + ((nodeEvent as NodeOutput)?.Rented?.Length ?? 0);

    private static void ReturnBuffer(NodeEvent nodeEvent)
    {
        if (nodeEvent is NodeOutput { Rented: { } rented })
            ArrayPool<byte>.Shared.Return(rented);
    }
}
