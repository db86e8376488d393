using System.Net;
using System.Net.Sockets;

namespace Volley.Testing;

/// <summary>A TCP server on a loopback address and a free port, which counts its clients.</summary>
public abstract class LoopbackServer : IDisposable
{
    private readonly Socket _listener;
    private readonly SemaphoreSlim _arrivals = new(0);

    /// <param name="address">A loopback address, as <c>127.0.5.1</c>.</param>
    protected LoopbackServer(string address)
    {
        _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        _listener.Listen(512);
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
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes no more clients.</summary>
    protected virtual void Dispose(bool disposing) => _listener.Dispose();

    /// <summary>Begins to take clients.</summary>
    protected async Task ServeAsync()
    {
        try
        {
            while (true)
                OnConnection(await _listener.AcceptAsync().ConfigureAwait(false));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    /// <summary>Serves a client, without waiting.</summary>
    protected abstract void OnConnection(Socket client);

    /// <summary>A client is connected as far as tests are concerned.</summary>
    protected void Arrived() => _arrivals.Release();
}
