using System.Net;
using System.Net.Sockets;

namespace Volley.Ssh.Net;

/// <summary>Connects sockets of the base library.</summary>
internal sealed class PlatformConnector : ISocketConnector
{
    public async ValueTask<SocketStream> ConnectAsync(EndPoint address, EndPoint? from = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        cancellationToken.ThrowIfCancellationRequested();
        var socket = new Socket(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (address is IPEndPoint)
            {
                socket.NoDelay = true;
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                // The base library creates IPv6-only sockets, which can't connect to ::ffff:192.0.2.1.
                if (address.AddressFamily == AddressFamily.InterNetworkV6)
                    socket.DualMode = true;
            }
            if (from is not null)
                socket.Bind(from);
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new PlatformSocketStream(socket);
        }
        catch (SocketException failure) when (IsNoDirectory(failure, address))
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.AddressNotAvailable, failure.Message);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Returns whether a component of a path is not a directory. ENOTDIR is the only error of connect(2) without a <see cref="SocketError"/>.
    /// </summary>
    private static bool IsNoDirectory(SocketException failure, EndPoint address) =>
        failure.SocketErrorCode == SocketError.SocketError && address is UnixDomainSocketEndPoint && !File.Exists(address.ToString());
}
