using System.Net;
using System.Runtime.Versioning;
using Volley.Interop;

namespace Volley.Ssh.Net;

/// <summary>Connects sockets that an <see cref="EpollLoop"/> watches.</summary>
/// <param name="resumesInline">Whether callers are resumed on the loop's thread, instead of on the thread pool.</param>
[SupportedOSPlatform("linux")]
internal sealed class EpollConnector(bool resumesInline) : ISocketConnector
{
    public async ValueTask<SocketStream> ConnectAsync(EndPoint address, EndPoint? from = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        cancellationToken.ThrowIfCancellationRequested();
        var socket = SocketCalls.Open(address.AddressFamily);
        var stream = new EpollSocketStream(socket, resumesInline);
        try
        {
            if (address is IPEndPoint)
                SocketCalls.PrepareForTcp(socket);
            Check(from is null ? 0 : SocketCalls.Bind(socket, Bytes(from)));
            var error = SocketCalls.Connect(socket, Bytes(address));
            if (error == Errno.InProgress)
            {
                await stream.WhenConnectedAsync(cancellationToken).ConfigureAwait(false);
                error = stream.HasHungUp ? SocketCalls.TakeError(socket) : 0;
            }
            Check(error);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ReadOnlySpan<byte> Bytes(EndPoint address)
    {
        var serialized = address.Serialize();
        return serialized.Buffer.Span[..serialized.Size];
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw SocketCalls.Failure(error);
    }
}
