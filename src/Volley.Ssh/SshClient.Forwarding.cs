using System.Net;
using System.Net.Sockets;
using Volley.Interop.Text;
using Volley.Ssh.Forwarding;

namespace Volley.Ssh;

/// <content>Connections through the server, and forwards.</content>
public sealed partial class SshClient
{
    private Forwards Forwards { get; }

    /// <summary>Opens a TCP connection from the server to a host.</summary>
    /// <param name="host">A name or an address, which the server resolves.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <param name="cancellationToken">Abandons the attempt.</param>
    /// <returns>The connection, which the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is not from 1 to 65535.</exception>
    /// <exception cref="ArgumentException"><paramref name="host"/> is null or empty, or has a NUL.</exception>
    /// <exception cref="SshException">
    /// The server can't connect, or its configuration does not allow it (<see cref="SshFailure.ChannelRefused"/>), or the connection to it ended.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<SshChannelStream> OpenTcpConnectionAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        Argument.Text(host, nameof(host));
        Argument.Port(port, nameof(port));
        return OpenAsync(new(host, port), cancellationToken);
    }

    /// <summary>Opens a connection from the server to a Unix domain socket at the server (OpenSSH and some other servers).</summary>
    /// <param name="path">The path of the socket.</param>
    /// <param name="cancellationToken">Abandons the attempt.</param>
    /// <returns>The connection, which the caller disposes.</returns>
    /// <inheritdoc cref="OpenTcpConnectionAsync"/>
    public Task<SshChannelStream> OpenUnixConnectionAsync(string path, CancellationToken cancellationToken = default)
    {
        Argument.Text(path, nameof(path));
        return OpenAsync(ForwardAddress.Unix(path), cancellationToken);
    }

    /// <summary>
    /// Accepts connections to an agent for the sessions that request it (<see cref="SshChannel.RequestAgentAsync"/>), and tells the agent the login that it
    /// serves (session-bind@openssh.com). Who controls the server can use the agent's keys until the result is disposed.
    /// </summary>
    /// <param name="socket">The path of the agent's socket.</param>
    /// <returns>The forward, which the caller disposes.</returns>
    /// <exception cref="ArgumentException"><paramref name="socket"/> is null or empty, has a NUL, or is too long for a socket.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public IAsyncDisposable ForwardAgent(string socket)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return Forwards.StartAgent(AgentEndPoint(socket));
    }

    /// <summary>Has the server listen, and accepts its connections as streams.</summary>
    /// <param name="endPoint">
    /// The address at the server: an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>, with port 0 for one that the server chooses, or a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>. OpenSSH listens on the loopback address only, unless GatewayPorts allows others.
    /// </param>
    /// <param name="cancellationToken">Abandons the request.</param>
    /// <returns>The listener, which the caller disposes.</returns>
    /// <exception cref="SshException">The server refused (<see cref="SshFailure.RequestRefused"/>), or the connection ended.</exception>
    /// <exception cref="ArgumentException">The end point has another type.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<SshRemoteListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return SshRemoteListener.StartAsync(Connection, endPoint, cancellationToken);
    }

    /// <summary>
    /// Listens on a TCP port of this machine's loopback address, and forwards each connection to a host that the server connects to, as ssh's -L does.
    /// </summary>
    /// <param name="port">The port at this machine; 0 for one that the system chooses.</param>
    /// <param name="host">A name or an address, which the server resolves.</param>
    /// <param name="hostPort">The port of the host, 1 to 65535.</param>
    /// <param name="onConnectionFailed">
    /// Called when a connection could not be forwarded, or broke: with an <see cref="SshException"/> (the server refused it, or the client ended), a
    /// <see cref="System.Net.Sockets.SocketException"/> (the destination at this machine can't be connected to) or an <see cref="IOException"/>. The
    /// listener continues. Calls may be concurrent; they come from the thread pool and must not throw. Null to ignore failures.
    /// </param>
    /// <returns>The running forward, which the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="port"/> is not from 0 to 65535, or <paramref name="hostPort"/> not from 1 to 65535.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="host"/> is null or empty, or has a NUL.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The port is in use, or not allowed.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public SshForward ForwardLocalPort(int port, string host, int hostPort, Action<Exception>? onConnectionFailed = null)
    {
        Argument.Text(host, nameof(host));
        Argument.Port(port, nameof(port), minimum: 0);
        Argument.Port(hostPort, nameof(hostPort));
        return ForwardLocal(new IPEndPoint(IPAddress.Loopback, port), new DnsEndPoint(host, hostPort), onConnectionFailed);
    }

    /// <summary>Listens at this machine, and forwards each connection to an address that the server connects to, as ssh's -L does.</summary>
    /// <param name="listenOn">
    /// The address at this machine: an <see cref="IPEndPoint"/>, with port 0 for one that the system chooses, or a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>, whose file only this user can connect to and which is removed at the end.
    /// </param>
    /// <param name="destination">
    /// The address that the server connects to: an <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </param>
    /// <param name="onConnectionFailed">
    /// Called when a connection could not be forwarded, or broke: with an <see cref="SshException"/> (the server refused it, or the client ended), a
    /// <see cref="System.Net.Sockets.SocketException"/> (the destination at this machine can't be connected to) or an <see cref="IOException"/>. The
    /// listener continues. Calls may be concurrent; they come from the thread pool and must not throw. Null to ignore failures.
    /// </param>
    /// <returns>The running forward, which the caller disposes.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The address is in use, or not allowed.</exception>
    /// <exception cref="ArgumentException">An end point has another type, or the destination no port.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public SshForward ForwardLocal(EndPoint listenOn, EndPoint destination, Action<Exception>? onConnectionFailed = null)
    {
        ArgumentNullException.ThrowIfNull(listenOn);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return Forwards.StartLocal(listenOn, destination, onConnectionFailed);
    }

    /// <summary>Has the server listen, and forwards each of its connections to an address that this machine connects to, as ssh's -R does.</summary>
    /// <param name="listenOn">The address at the server, as for <see cref="ListenAsync"/>.</param>
    /// <param name="destination">
    /// The address that this machine connects to: an <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </param>
    /// <param name="onConnectionFailed">
    /// Called when a connection could not be forwarded, or broke: with an <see cref="SshException"/> (the server refused it, or the client ended), a
    /// <see cref="System.Net.Sockets.SocketException"/> (the destination at this machine can't be connected to) or an <see cref="IOException"/>. The
    /// listener continues. Calls may be concurrent; they come from the thread pool and must not throw. Null to ignore failures.
    /// </param>
    /// <param name="cancellationToken">Abandons the request.</param>
    /// <returns>The running forward, which the caller disposes.</returns>
    /// <exception cref="SshException">The server refused (<see cref="SshFailure.RequestRefused"/>), or the connection ended.</exception>
    /// <exception cref="ArgumentException">An end point has another type, or the destination no port.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<SshForward> ForwardRemoteAsync(
        EndPoint listenOn, EndPoint destination, Action<Exception>? onConnectionFailed = null, CancellationToken cancellationToken = default)
    {
        // Checks the destination before the server is asked.
        ForwardAddress.FromDestination(destination, nameof(destination));
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return Forwards.StartRemoteAsync(listenOn, destination, onConnectionFailed, cancellationToken);
    }

    private async Task<SshChannelStream> OpenAsync(ForwardAddress destination, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new(await Connection.OpenDirectAsync(destination, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Returns the address of an agent. The base library can't express a path with bytes that are not UTF-8.</summary>
    private static UnixDomainSocketEndPoint AgentEndPoint(string socket) => new(SystemFile.Reach(Argument.Text(socket, nameof(socket))));
}
