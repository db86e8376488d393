using System.Collections.Immutable;
using System.Globalization;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>A chunk whose targets run. Applies the stops of the controller and of the relay to them.</summary>
/// <param name="round">The round.</param>
/// <param name="targets">The targets of the chunk's plan.</param>
/// <param name="ranks">The rank in the run of each index of the plan.</param>
internal sealed class ActiveChunk(int round, ImmutableArray<Target> targets, int[] ranks) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _canceled = [];
    private bool _isDisposed;

    public RunControl Control { get; } = new();

    public int Round => round;

    /// <summary>Why the relay has stopped the chunk by itself; null if it has not.</summary>
    public string? StopMessage { get; private set; }

    /// <summary>Applies the state of the controller.</summary>
    public void Apply(ControlMessage message)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            if (message.IsClosed || message.Ended.Contains(round))
                Control.Stop(StopReason.Requested);
            if (message.Stop is { } stop)
                Control.Stop(Parse(stop));
            if (message.Hurry)
                Control.StopNow();
            if (message.Canceled.Length > 0)
                Cancel(message.Canceled);
        }
    }

    /// <summary>Stops the chunk because the relay can't go on with it.</summary>
    public void StopByRelay(string message)
    {
        lock (_lock)
        {
            if (_isDisposed || Control.Reason != StopReason.None)
                return;
            StopMessage = message;
            Control.Stop(StopReason.Requested);
        }
    }

    /// <summary>Returns a result with the relay's reason, if it is the relay that has stopped the target.</summary>
    public NodeResult Explain(NodeResult result) =>
        StopMessage is { } message && result is { Stop: StopReason.Requested, Message: null } ? result with { Message = message } : result;

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            Control.Dispose();
        }
    }

    private static StopReason Parse(string name) =>
        Enum.TryParse<StopReason>(name, ignoreCase: true, out var reason) && reason != StopReason.None && Enum.IsDefined(reason)
            ? reason
            : StopReason.Requested;

    private void Cancel(string[] canceled)
    {
        var names = canceled.ToHashSet();
        foreach (var target in targets)
        {
            if (names.Contains(string.Create(CultureInfo.InvariantCulture, $"{round}.{ranks[target.Index]}")) && _canceled.Add(target.Index))
                Control.Cancel(target);
        }
    }
}
