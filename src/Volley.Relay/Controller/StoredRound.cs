using System.Text.Json;

namespace Volley.Relay.Controller;

/// <summary>What an earlier controller has left of a round: the states of its targets, and which of them have events in the stream.</summary>
internal sealed class StoredRound
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, TargetState> _states = [];
    private readonly HashSet<int> _withEvents = [];
    private readonly HashSet<int> _left = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(int rank, TargetState state) => _states[rank] = state;

    /// <summary>Adds the targets of a message of events.</summary>
    public void AddEvents(ReadOnlyMemory<byte> lines)
    {
        foreach (var range in lines.Span.Split((byte)'\n'))
        {
            if (lines[range].IsEmpty)
                continue;
            try
            {
                using var line = JsonDocument.Parse(lines[range]);
                if (line.RootElement.TryGetProperty("rank", out var rank))
                    _withEvents.Add(rank.GetInt32());
            }
            catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or FormatException)
            {
                // The reader reports it.
            }
        }
    }

    /// <summary>Returns the state of a target, and whether it has events in the stream; null for one that no relay has claimed.</summary>
    public (TargetState State, bool HasEvents)? Find(int rank) => _states.TryGetValue(rank, out var state) ? (state, _withEvents.Contains(rank)) : null;

    /// <summary>Records that a target has ended for this controller.</summary>
    public void Leave(int rank)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _left.Add(rank);
            _states.Remove(rank);
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }

    /// <summary>
    /// Waits until the window has started a target whose events come, as long as others end meanwhile. They come in the order in which the earlier window
    /// started the targets, so this does not take long with a window of the same size.
    /// </summary>
    /// <returns>False if the target has ended, or its turn does not come.</returns>
    public async Task<bool> WaitForTurnAsync(int rank, Func<bool> isActive, TimeProvider time, CancellationToken cancellationToken)
    {
        var patience = TimeSpan.FromSeconds(5);
        var slice = TimeSpan.FromMilliseconds(20);
        var idle = TimeSpan.Zero;
        while (!isActive())
        {
            Task changed;
            lock (_lock)
            {
                if (_left.Contains(rank))
                    return false;
                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(slice, time, cancellationToken).ConfigureAwait(false);
                idle = TimeSpan.Zero;
            }
            catch (TimeoutException)
            {
                idle += slice;
                if (idle > patience)
                    return false;
            }
        }

        return true;
    }
}
