namespace Volley.Relay.Worker.Queues;

/// <summary>The number of targets that a relay may still take.</summary>
internal sealed class Capacity(int size)
{
    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private int _taken;

    public int Size => size;

    /// <summary>The number of targets that are taken.</summary>
    public int Taken
    {
        get
        {
            lock (_lock)
                return _taken;
        }
    }

    /// <summary>Waits until some targets can be taken, or all are free.</summary>
    public async Task WaitForRoomAsync(int targets, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (HasRoom(targets))
                    return;
                changed = _changed.Next();
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes targets if there is room. A number above the capacity is taken if all is free, so that it is served at all.</summary>
    public bool TryTake(int targets)
    {
        lock (_lock)
        {
            if (!HasRoom(targets))
                return false;
            _taken += targets;
            return true;
        }
    }

    public void Release(int targets)
    {
        lock (_lock)
            _taken -= targets;
        _changed.Announce();
    }

    private bool HasRoom(int targets) => _taken == 0 || _taken + targets <= size;
}
