namespace Volley.Ssh.Connection;

/// <summary>
/// The receive window of one channel (RFC 4254 section 5.2). It is returned to the peer only as bytes are consumed, so a consumer that
/// stops also stops the sender. Requires the channel's lock.
/// </summary>
internal sealed class ChannelWindow(int size, WindowBudget budget)
{
    /// <summary>The largest window: 2 MiB.</summary>
    public const int Largest = 2 << 20;

    private int _consumed;
    private bool _ended;

    /// <summary>The size of the window, in bytes: what the peer may have outstanding, sent and not consumed or not sent yet.</summary>
    public int Size { get; private set; } = size;

    /// <summary>The number of bytes that the peer may still send.</summary>
    public int Open { get; private set; } = size;

    /// <summary>Counts received bytes. Returns false if the peer exceeded the window.</summary>
    public bool TryReceive(int count)
    {
        if (count > Open)
            return false;
        Open -= count;
        return true;
    }

    /// <summary>Counts consumed bytes. Returns by how much to adjust the peer's window now, which is usually 0.</summary>
    /// <param name="count">The number of bytes.</param>
    /// <param name="emptied">Whether nothing is left to consume, because the consumer keeps up.</param>
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

    /// <summary>Releases received bytes without returning them to the peer.</summary>
    public void Discard(int count) => budget.Release(count);

    /// <summary>Ends the window: no more bytes will arrive. Received bytes still count until they are consumed.</summary>
    public void End()
    {
        if (_ended)
            return;
        _ended = true;
        budget.Release(Open + _consumed);
        Open = _consumed = 0;
    }
}
