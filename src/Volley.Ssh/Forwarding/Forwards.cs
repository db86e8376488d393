using System.Net;
using System.Net.Sockets;
using Volley.Ssh.Agent;
using Volley.Ssh.Keys;
using Volley.Ssh.Net;

namespace Volley.Ssh.Forwarding;

/// <summary>Makes the forwards of a connection.</summary>
/// <param name="connection">The connection to the server.</param>
/// <param name="connector">Connects to destinations at this machine's side.</param>
/// <param name="session">The login, which an agent is told; null if it is unknown.</param>
internal sealed class Forwards(SshConnection connection, ISocketConnector connector, SessionProof? session = null)
{
    /// <summary>Listens at this machine.</summary>
    public SshForward StartLocal(EndPoint listenOn, EndPoint destination, Action<Exception>? onConnectionFailed)
    {
        var address = ForwardAddress.FromDestination(destination, nameof(destination));
        var listener = new LocalListener(listenOn, onConnectionFailed);
        var forwarder = new Forwarder<SocketStream>(
            listener.AcceptAsync, (socket, token) => ForwardAsync(socket, address, token), onConnectionFailed);
        _ = StopWithConnectionAsync(listener, forwarder);
        return new(listener.EndPoint, forwarder.Completion, () =>
        {
            listener.Dispose();
            return forwarder.DisposeAsync();
        });
    }

    /// <summary>Has the server listen.</summary>
    public async Task<SshForward> StartRemoteAsync(
        EndPoint listenOn, EndPoint destination, Action<Exception>? onConnectionFailed, CancellationToken cancellationToken)
    {
        var listener = await SshRemoteListener.StartAsync(connection, listenOn, cancellationToken).ConfigureAwait(false);
        var forwarder = Start(listener.AcceptChannelAsync, destination, onConnectionFailed);
        return new(listener.EndPoint, forwarder.Completion, async () =>
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            await forwarder.DisposeAsync().ConfigureAwait(false);
        });
    }

    /// <summary>Forwards connections to an agent. Programs at the server can reach it until the result is disposed.</summary>
    /// <param name="socket">The agent's socket.</param>
    public IAsyncDisposable StartAgent(UnixDomainSocketEndPoint socket)
    {
        var channels = IncomingChannels.ToAgent();
        connection.Expect(channels);
        var forwarder = new Forwarder<SshChannel>(
            channels.AcceptAsync, (channel, token) => ForwardAsync(channel, ConnectToAgentAsync(socket, token), token), onFailure: null);
        return new SshForward(socket, forwarder.Completion, () =>
        {
            connection.StopListening(channels);
            return forwarder.DisposeAsync();
        });
    }

    private Forwarder<SshChannel> Start(Func<CancellationToken, ValueTask<SshChannel?>> accept, EndPoint destination, Action<Exception>? onFailure) =>
        new(accept, (channel, token) => ForwardAsync(channel, ConnectAsync(destination, token), token), onFailure);

    /// <summary>Forwards a connection that was accepted here.</summary>
    private async Task ForwardAsync(SocketStream socket, ForwardAddress destination, CancellationToken cancellationToken)
    {
        SshChannel channel;
        try
        {
            channel = await connection.OpenDirectAsync(destination, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await socket.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        await Relay.RunAsync(channel, socket, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forwards a connection that the server accepted.</summary>
    private static async Task ForwardAsync(SshChannel channel, ValueTask<SocketStream> connecting, CancellationToken cancellationToken)
    {
        SocketStream socket;
        try
        {
            socket = await connecting.ConfigureAwait(false);
        }
        catch
        {
            channel.Dispose();
            throw;
        }
        await Relay.RunAsync(channel, socket, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects to an agent, and tells it which login the connection serves.</summary>
    private async ValueTask<SocketStream> ConnectToAgentAsync(UnixDomainSocketEndPoint endPoint, CancellationToken cancellationToken)
    {
        var agent = await connector.ConnectAsync(endPoint, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (session is null)
            return agent;
        try
        {
            await AgentBinding.BindAsync(agent, session, cancellationToken).ConfigureAwait(false);
            return agent;
        }
        catch
        {
            await agent.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<SocketStream> ConnectAsync(EndPoint destination, CancellationToken cancellationToken)
    {
        if (destination is not DnsEndPoint name)
            return await connector.ConnectAsync(destination, cancellationToken: cancellationToken).ConfigureAwait(false);
        SocketException? failure = null;
        foreach (var address in await NameLookup.System.GetAddressesAsync(name.Host, name.AddressFamily, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return await connector.ConnectAsync(new IPEndPoint(address, name.Port), cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }
        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private async Task StopWithConnectionAsync(LocalListener listener, Forwarder<SocketStream> forwarder)
    {
        await Task.WhenAny(connection.Ended, forwarder.Completion).ConfigureAwait(false);
        listener.Dispose();
        forwarder.Stop();
    }
}
