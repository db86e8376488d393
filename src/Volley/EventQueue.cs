using System.Buffers;

namespace Volley;

/// <summary>
/// The events between the nodes and the one reader, bounded in bytes: who adds waits while the queue is full, first come
/// first served, so a slow reader slows the remote commands and memory stays flat.
/// </summary>
internal sealed class EventQueue
{
    /// <summary>How many bytes may be under way before adding waits. One event is always let in, however large.</summary>
    public const int Capacity = 4 * 1024 * 1024;

    /// <summary>What an event without data counts for: about the size of its objects.</summary>
    private const int EventCost = 256;

    /// <summary>So many events between two waits come from nodes that are quick.</summary>
    private const int ManyEvents = 8;

    private readonly Lock _lock = new();
    private Queue<NodeEvent> _events = new();
    private readonly Queue<(NodeEvent Event, TaskCompletionSource Added)> _waiting = new();
    private TaskCompletionSource? _reader;
    private long _bytes;
    private bool _completed;
    private bool _readerLeft;

    // The reader's own: what it has taken over at once, and the room that it has not given back yet.
    private Queue<NodeEvent> _taken = new();
    private long _freed;
    private int _takenSinceWait;

    /// <summary>The bytes that are queued or in the reader's hands.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _bytes - _freed;
        }
    }

    /// <summary>Whether no event will be added any more.</summary>
    public bool IsCompleted
    {
        get
        {
            lock (_lock)
                return _completed;
        }
    }

    /// <summary>Adds an event, waiting for room. Once the reader has left, events are dropped at once.</summary>
    public ValueTask AddAsync(NodeEvent nodeEvent)
    {
        TaskCompletionSource? reader;
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

            reader = Enqueue(nodeEvent);
        }

        reader?.TrySetResult();
        return ValueTask.CompletedTask;
    }

    /// <summary>No event will be added any more.</summary>
    public void Complete()
    {
        TaskCompletionSource? reader;
        lock (_lock)
        {
            _completed = true;
            reader = _reader;
        }

        reader?.TrySetResult();
    }

    /// <summary>Waits until there is an event; false once all have been taken and none will come. It goes on where the reader does, so that nobody else is woken in between.</summary>
    public async ValueTask<bool> WaitAsync()
    {
        var hasYielded = _takenSinceWait < ManyEvents;
        for (_takenSinceWait = 0; ; hasYielded = true)
        {
            Task? wait = null;
            lock (_lock)
            {
                if (_taken.Count > 0 || _events.Count > 0)
                    return true;
                if (_completed)
                    return false;
                if (hasYielded)
                {
                    _reader = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    wait = _reader.Task;
                }
            }

            // Where nodes are quick, first let those run who are ready to: their events then come by the hundred.
            if (wait is null)
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.ContinueOnCapturedContext);
            else
                await wait.ConfigureAwait(true);
        }
    }

    /// <summary>Takes the next event, if there is one. Only the reader calls this.</summary>
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

    /// <summary>The reader is done with an event: its room is free again.</summary>
    public void Release(NodeEvent nodeEvent)
    {
        ReturnBuffer(nodeEvent);
        _freed += Cost(nodeEvent);
        // Not for every event: a lock, and a thread woken for a single event, would be felt.
        if (_freed < Capacity / 16)
            return;
        lock (_lock)
            GiveBackRoom();
    }

    /// <summary>The reader won't take any more: what is queued and what still comes is dropped.</summary>
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

    private TaskCompletionSource? Enqueue(NodeEvent nodeEvent)
    {
        _events.Enqueue(nodeEvent);
        _bytes += Cost(nodeEvent);
        var reader = _reader;
        _reader = null;
        return reader;
    }

    // The whole rented array is held, however little of it is filled.
    private static int Cost(NodeEvent nodeEvent) => EventCost + ((nodeEvent as NodeOutput)?.Rented?.Length ?? 0);

    private static void ReturnBuffer(NodeEvent nodeEvent)
    {
        if (nodeEvent is NodeOutput { Rented: { } rented })
            ArrayPool<byte>.Shared.Return(rented);
    }
}
