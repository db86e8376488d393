using Volley.Interop.Waiting;

namespace Volley.Rollout;

/// <summary>The handle of one rollout: lets it wait before its next batch, and continue. Every member may be called from any thread at any time.</summary>
/// <remarks>A rollout is ended with <see cref="RunControl.Stop(StopReason)"/>.</remarks>
public sealed class RolloutControl
{
    private readonly Lock _lock = new();
    private readonly AsyncCondition _changed = new();
    private int _continued;

    /// <summary>Whether the rollout waits before its next batch until <see cref="Continue"/> is called.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Lets the rollout wait before its next batch. The present batch is not affected.</summary>
    public void Pause()
    {
        lock (_lock)
        {
            IsPaused = true;
            _changed.PulseAll();
        }
    }

    /// <summary>Ends a wait before a batch, for whatever it waits, and <see cref="Pause"/>.</summary>
    public void Continue()
    {
        lock (_lock)
        {
            IsPaused = false;
            _continued++;
            _changed.PulseAll();
        }
    }

    /// <summary>The number of calls of <see cref="Continue"/>, the state of <see cref="IsPaused"/>, and a task that completes with the next change.</summary>
    internal (int Continued, bool IsPaused, Task Changed) Observe()
    {
        lock (_lock)
            return (_continued, IsPaused, _changed.WaitAsync());
    }
}
