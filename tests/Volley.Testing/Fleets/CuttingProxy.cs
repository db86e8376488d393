using System.Net;
using System.Net.Sockets;

namespace Volley.Testing;

/// <summary>A TCP forwarder that cuts or freezes its connections on demand: for lost connections and dead peers.</summary>
public sealed class CuttingProxy : LoopbackServer
{
    private readonly IPEndPoint _target;
    private readonly List<Socket> _sockets = [];
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _frozen;

    /// <param name="address">A loopback address to listen on, as <c>127.0.6.1</c>; the port is a free one.</param>
    /// <param name="targetPort">Where it forwards to: this port of the same address.</param>
    public CuttingProxy(string address, int targetPort)
        : base(address)
    {
        _target = new(IPAddress.Parse(address), targetPort);
        _ = ServeAsync();
    }

    /// <summary>Resets every connection, on both sides.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            foreach (var socket in _sockets)
            {
                // Closing with a linger time of 0 sends RST instead of FIN.
                try
                {
                    socket.LingerState = new(true, 0);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    continue;
                }
                socket.Dispose();
            }
            _sockets.Clear();
        }
    }

    /// <summary>From now on nothing is passed on, but every connection stays open: a peer whose power went out.</summary>
    public void Freeze() => _frozen = true;

    protected override void OnConnection(Socket client) => _ = ForwardAsync(client);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _disposed.TrySetResult();
        Cut();
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.NoDelay = server.NoDelay = true;
        lock (_lock)
            _sockets.AddRange([client, server]);
        try
        {
            await server.ConnectAsync(_target).ConfigureAwait(false);
            Arrived();
            await Task.WhenAll(CopyAsync(client, server), CopyAsync(server, client)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut, or one side closed.
        }
        finally
        {
            client.Dispose();
            server.Dispose();
            lock (_lock)
            {
                _sockets.Remove(client);
                _sockets.Remove(server);
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer).ConfigureAwait(false) is > 0 and var count)
        {
            if (_frozen)
                await _disposed.Task.ConfigureAwait(false);
            for (var sent = 0; sent < count;)
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent)).ConfigureAwait(false);
        }
        if (_frozen)
            await _disposed.Task.ConfigureAwait(false);
        to.Shutdown(SocketShutdown.Send);
    }
}
