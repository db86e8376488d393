using System.Threading.Channels;
using Volley.Ssh.Connection;

namespace Volley.Ssh.Forwarding;

/// <summary>
/// Channels that the peer opens at this side's request. Those that were not accepted yet are queued, like the connections of a listening socket.
/// </summary>
internal sealed class IncomingChannels
{
    /// <summary>The type of channels of a TCP listener (RFC 4254 section 7.2).</summary>
    public const string Tcp = "forwarded-tcpip";

    /// <summary>The type of channels of a Unix domain socket (OpenSSH's PROTOCOL, section 2.4).</summary>
    public const string Unix = "forwarded-streamlocal@openssh.com";

    /// <summary>The type of channels to the agent.</summary>
    public const string Agent = "auth-agent@openssh.com";

    private const int MaxQueued = 128;

    private readonly Channel<SshChannel> _queue = Channel.CreateBounded<SshChannel>(MaxQueued);

    /// <summary>Creates the queue of a listener at the peer.</summary>
    /// <param name="address">The address where the peer listens.</param>
    public IncomingChannels(ForwardAddress address)
        : this(address.IsUnix ? Unix : Tcp, address)
    {
    }

    private IncomingChannels(string type, ForwardAddress address) =>
        (Type, Address, Kind) = (type, address, new(type, "a forwarded connection"));

    /// <summary>The channel type.</summary>
    public string Type { get; }

    /// <summary>The address where the peer listens, with the port that it chose.</summary>
    public ForwardAddress Address { get; set; }

    public ChannelKind Kind { get; }

    /// <summary>Whether the peer listens at the request of this side, which can be revoked.</summary>
    public bool IsRequested => Type != Agent;

    /// <summary>Whether no further channel can be queued.</summary>
    public bool IsFull => _queue.Reader.Count >= MaxQueued;

    /// <summary>Creates the queue of the connections to an agent.</summary>
    public static IncomingChannels ToAgent() => new(Agent, ForwardAddress.Unix(""));

    /// <summary>Adds an open channel. It is closed if the queue has been closed.</summary>
    public void Add(SshChannel channel)
    {
        if (!_queue.Writer.TryWrite(channel))
            channel.Dispose();
    }

    /// <summary>Waits for the next channel.</summary>
    /// <returns>The channel; null after <see cref="Close"/>.</returns>
    /// <exception cref="SshException">The connection has ended.</exception>
    public async ValueTask<SshChannel?> AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _queue.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException end)
        {
            return end.InnerException is SshException cause ? throw new SshException(cause) : null;
        }
    }

    /// <summary>Ends the waits, and closes the queued channels.</summary>
    /// <param name="cause">The cause of the connection's end; null if the connection continues.</param>
    public void Close(SshException? cause)
    {
        _queue.Writer.TryComplete(cause);
        while (_queue.Reader.TryRead(out var channel))
            channel.Dispose();
    }
}
