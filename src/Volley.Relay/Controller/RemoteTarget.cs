namespace Volley.Relay.Controller;

/// <summary>A target between its start by the window and its end.</summary>
internal sealed class RemoteTarget(TargetTurn turn, string queue, int piece)
{
    private readonly TaskCompletionSource<NodeResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _relay;
    private long _delivered;

    public TargetTurn Turn => turn;

    public Target Target => turn.Target;

    public int Rank => turn.Target.Index;

    public string Queue => queue;

    public int Piece => piece;

    /// <summary>The id of the relay that has claimed the target; null while none is known to have.</summary>
    public string? Relay { get => _relay; set => _relay = value; }

    /// <summary>A relay that was lost with the target, whose late events don't count; null for none.</summary>
    public string? LostRelay { get; set; }

    /// <summary>The sequence of its chunk in the work queue; 0 before it is published.</summary>
    public ulong Chunk { get; set; }

    /// <summary>The time, as a timestamp, at which its chunk was published.</summary>
    public long Published { get; set; }

    /// <summary>The time, as a timestamp, at which its key is looked at again, because nothing was heard.</summary>
    public long NextLook { get; set; }

    /// <summary>The time between two looks.</summary>
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the last look has found an ending whose event has not come.</summary>
    public bool WasFoundEnded { get; set; }

    /// <summary>The bytes of output that were handed on, of the current attempt.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Completes with the result.</summary>
    public Task<NodeResult> Ended => _ended.Task;

    /// <summary>Hands an event on, and waits while the reader of the run is slow.</summary>
    public ValueTask DeliverAsync(NodeEvent nodeEvent)
    {
        if (nodeEvent is NodeOutput output)
            Interlocked.Add(ref _delivered, output.Data.Length);
        else if (nodeEvent is NodeRetrying)
            Interlocked.Exchange(ref _delivered, 0);
        return turn.ReportAsync(nodeEvent);
    }

    /// <summary>Ends the target, unless it has ended.</summary>
    public bool TryEnd(NodeResult result) => _ended.TrySetResult(result);
}
