using System.Net;
using System.Net.Sockets;

namespace Volley.Testing;

/// <summary>A server that takes every connection and never says a word: for connect timeouts.</summary>
public sealed class SilentServer : IDisposable
{
    private readonly Socket _listener;
    private readonly List<Socket> _connections = [];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrivals = new(0);

    /// <param name="address">A loopback address, as <c>127.0.5.1</c>; the port is a free one.</param>
    public SilentServer(string address)
    {
        _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        _listener.Listen(512);
        _ = AcceptAsync();
    }

    public string Address => ((IPEndPoint)_listener.LocalEndPoint!).Address.ToString();

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Waits until one more client has connected.</summary>
    public async Task WaitForConnectionAsync(TimeSpan? limit = null)
    {
        if (!await _arrivals.WaitAsync(limit ?? Transcript.DefaultLimit).ConfigureAwait(false))
            throw new TimeoutException("nobody connected");
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_lock)
        {
            foreach (var connection in _connections)
                connection.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync().ConfigureAwait(false);
                lock (_lock)
                    _connections.Add(connection);
                _arrivals.Release();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }
}
