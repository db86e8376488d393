namespace Volley.Ssh.Connection;

/// <summary>
/// The receive window of one channel (RFC 4254 section 5.2). It is returned to the peer only as bytes are consumed, so a consumer that
/// stops also stops the sender. Requires the channel's lock.
/// </summary>
internal sealed class ChannelWindow(int size, WindowBudget budget)
{
    /// <summary>The largest window: 2 MiB.</summary>
    public const int Largest = 2 << 20;

    // The window is returned in parts of this fraction of it. With larger ones, the rest that is too small for one of them is missing at the peer,
    // and a distant peer sends that much less in each round trip. Small windows are returned in halves, with fewer messages: they grow first.
    private const int Parts = 8;
    private const int SmallPart = 64 << 10;

    private int _consumed;
    private int _consumedSinceGrowth;
    private bool _keepsUp;
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
    /// <param name="emptied">
    /// Whether nothing is left to consume. A consumer to which that happens while it consumes half a window keeps up: the data of a distant
    /// peer arrives in bursts of a window, and the adjustment falls into the middle of them.
    /// </param>
    public uint Consume(int count, bool emptied)
    {
        if (_ended)
        {
            Discard(count);
            return 0;
        }
        _consumed += count;
        _consumedSinceGrowth += count;
        _keepsUp |= emptied;
        if (_consumed < Math.Max(Size / Parts, Math.Min(Size / 2, SmallPart)))
            return 0;
        var back = _consumed;
        _consumed = 0;
        if (_consumedSinceGrowth >= Size / 2)
        {
            var grows = _keepsUp && Size < Largest && budget.TryGrow(Size);
            (_consumedSinceGrowth, _keepsUp) = (0, false);
            if (grows)
            {
                back += Size;
                Size *= 2;
            }
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
