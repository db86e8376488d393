using System.Net;
using System.Net.Sockets;

namespace Volley.Ssh.Net;

/// <summary>Connects sockets. <see cref="SocketConnector"/> has the implementations.</summary>
internal interface ISocketConnector
{
    /// <summary>Connects to a TCP address or a Unix domain socket.</summary>
    /// <param name="address">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="from">The local address to connect from; null for any.</param>
    /// <param name="cancellationToken">Abandons the attempt.</param>
    /// <returns>The connected socket. On TCP, TCP_NODELAY and SO_KEEPALIVE are set.</returns>
    /// <exception cref="SocketException">The connection can't be made.</exception>
    ValueTask<SocketStream> ConnectAsync(EndPoint address, EndPoint? from = null, CancellationToken cancellationToken = default);
}
