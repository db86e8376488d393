using System.Net;
using System.Net.Sockets;
using Volley.Ssh.Net;

namespace Volley.Ssh.Forwarding;

/// <summary>A listening socket of this machine.</summary>
internal sealed class LocalListener : IDisposable
{
    /// <summary>The time between two attempts to accept after the system had no resources for it.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly Action<Exception>? _onFailure;

    /// <summary>Starts to listen.</summary>
    /// <param name="address">The address: an <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>, whose file must not exist.</param>
    /// <param name="onFailure">Called if the system can't accept a connection; it is tried again.</param>
    /// <exception cref="ArgumentException">The address has another type.</exception>
    /// <exception cref="SocketException">The address is in use or not available.</exception>
    public LocalListener(EndPoint address, Action<Exception>? onFailure)
    {
        if (address is not (IPEndPoint or UnixDomainSocketEndPoint))
            throw new ArgumentException("an IPEndPoint or a UnixDomainSocketEndPoint is needed to listen at this machine", nameof(address));
        _onFailure = onFailure;
        _socket = new Socket(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            _socket.Bind(address);
            // Like ssh's StreamLocalBindMask. Nothing can connect before the socket listens.
            if (address is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(address.ToString()!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            _socket.Listen();
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>The address, with the port that the system chose.</summary>
    public EndPoint EndPoint => _socket.LocalEndPoint!;

    /// <summary>Waits for a connection. Returns null once the listener is disposed.</summary>
    public async ValueTask<SocketStream?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var accepted = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (accepted.ProtocolType == ProtocolType.Tcp)
                    accepted.NoDelay = true;
                return new PlatformSocketStream(accepted);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException) when (cancellationToken.IsCancellationRequested)
            {
                return null;
            }
            catch (SocketException failure)
            {
                _onFailure?.Invoke(failure);
                await Task.Delay(RetryDelay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Stops listening, and removes the file of a Unix domain socket.</summary>
    public void Dispose() => _socket.Dispose();
}
