namespace Volley.Ssh;

/// <summary>
/// The window that we grant the peer of one channel (RFC 4254 section 5.2): given back only as bytes are consumed, so
/// that a consumer that stands still stops the sender. Used under the channel's lock.
/// </summary>
internal sealed class ChannelWindow(int size, WindowBudget budget)
{
    /// <summary>What a window may grow to: 2 MiB.</summary>
    public const int Largest = 2 << 20;

    private int _consumed;
    private bool _ended;

    /// <summary>How much the peer may have outstanding: sent and not consumed, or not sent yet.</summary>
    public int Size { get; private set; } = size;

    /// <summary>How much the peer may still send.</summary>
    public int Open { get; private set; } = size;

    /// <summary>Counts what came; false if the peer was not allowed to send so much.</summary>
    public bool TryReceive(int count)
    {
        if (count > Open)
            return false;
        Open -= count;
        return true;
    }

    /// <summary>Counts what was consumed, and returns by how much to adjust the peer's window now; mostly 0.</summary>
    /// <param name="count">Bytes.</param>
    /// <param name="emptied">Whether nothing is left to consume: the consumer keeps up.</param>
    public uint Consume(int count, bool emptied)
    {
        if (_ended)
        {
            Discard(count);
            return 0;
        }
        _consumed += count;
        if (_consumed < Size / 2)
            return 0;
        var back = _consumed;
        _consumed = 0;
        if (emptied && Size < Largest && budget.TryGrow(Size))
        {
            back += Size;
            Size *= 2;
        }
        Open += back;
        return (uint)back;
    }

    /// <summary>Forgets what came, without giving it back to the peer.</summary>
    public void Discard(int count) => budget.Release(count);

    /// <summary>Nothing will come any more; what has come still counts until it is consumed.</summary>
    public void End()
    {
        if (_ended)
            return;
        _ended = true;
        budget.Release(Open + _consumed);
        Open = _consumed = 0;
    }
}
