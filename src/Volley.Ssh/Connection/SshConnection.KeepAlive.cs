using Volley.Ssh.Connection;

namespace Volley.Ssh;

/// <content>Keepalives: requests that a peer need not implement, because any answer will do.</content>
public sealed partial class SshConnection
{
    internal const string KeepAliveRequest = "keepalive@openssh.com";

    // A session that is opened only to find out whether the peer answers.
    private SshChannel? _probe;

    /// <summary>Sends a keepalive as a global request and waits for the answer.</summary>
    /// <returns>False if the connection ended instead.</returns>
    internal async ValueTask<bool> CheckAliveAsync(CancellationToken cancellationToken)
    {
        var request = new GlobalRequest();
        Ask(KeepAliveRequest, request);
        await request.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        return request.Answer is not GlobalAnswer.None;
    }

    /// <summary>Sends a keepalive.</summary>
    /// <param name="unanswered">The number of unanswered keepalives before this one.</param>
    /// <returns>False if no keepalive can be sent.</returns>
    private bool SendKeepAlive(int unanswered)
    {
        if (SendsGlobalRequests && !IsListenPending())
        {
            Ask(KeepAliveRequest, null);
            return true;
        }
        // A request that waits for its answer serves as a keepalive too.
        var asks = SendsGlobalRequests || AsksOnChannel();
        // Some servers never answer unknown requests on a channel, but all servers answer a request to open a channel.
        if (asks && unanswered > 0)
            Probe();
        return asks;
    }

    private bool AsksOnChannel()
    {
        SshChannel[] channels;
        lock (_lock)
            channels = [.. _channels.Values];
        return channels.Any(static channel => channel.TryAsk()) || channels.Any(static channel => channel.IsAsking);
    }

    /// <summary>Opens a session as a probe, unless one is being opened. It is closed as soon as the peer has opened it.</summary>
    private void Probe()
    {
        // Some servers never answer the CLOSE of a probe, so it may stay open.
        if (_probe is { IsOpening: true })
            return;
        SshChannel probe;
        lock (_lock)
        {
            if (_over)
                return;
            // A probe needs no window.
            probe = _probe = AddChannel(window: 0, ChannelKind.Session);
            probe.Abandon();
        }
        Post(Open(ChannelKind.Session, probe, window: 0).Finish());
    }
}
