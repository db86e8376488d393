namespace Volley.Ssh.Connection;

/// <summary>
/// Delays the writing of messages while it is held, so that they go out in one write when it is released. A full write buffer is written
/// all the same. Thread-safe.
/// </summary>
internal sealed class WriteCork(IPacketStream packets)
{
    private readonly Lock _lock = new();
    private bool _isHeld;

    /// <summary>Delays writes until <see cref="Release"/>. Its holder must not wait for anything.</summary>
    public void Hold()
    {
        lock (_lock)
            _isHeld = true;
    }

    /// <summary>Starts to write the buffered messages, unless the cork is held.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            // The message that the caller added before this call is written by Release.
            if (_isHeld)
                return;
        }
        packets.Flush();
    }

    /// <summary>Starts to write the messages that were buffered meanwhile.</summary>
    public void Release()
    {
        lock (_lock)
            _isHeld = false;
        packets.Flush();
    }
}
