using Volley.Ssh.Transport;

namespace Volley.Ssh.Connection;

/// <summary>
/// Delays the writing of messages while it is held, so that they go out in one write when it is released. A full write buffer is written
/// in any case. Thread-safe.
/// </summary>
internal sealed class WriteCork(IPacketStream packets)
{
    private readonly Lock _lock = new();
    private int _holders;

    /// <summary>Delays writes until each holder has called <see cref="Release"/>. A holder must not wait for anything.</summary>
    public void Hold()
    {
        lock (_lock)
            _holders++;
    }

    /// <summary>Starts to write the buffered messages, unless the cork is held.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            // The message that the caller added before this call is written by Release.
            if (_holders > 0)
                return;
        }
        packets.Flush();
    }

    /// <summary>Starts to write the messages that were buffered meanwhile, unless there is another holder.</summary>
    public void Release()
    {
        lock (_lock)
        {
            if (--_holders > 0)
                return;
        }
        packets.Flush();
    }
}
