using System.Net.Sockets;

namespace Volley.Testing;

/// <summary>A server that takes every connection and never says a word: for connect timeouts.</summary>
public sealed class SilentServer : LoopbackServer
{
    private readonly List<Socket> _connections = [];
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public SilentServer(string address)
        : base(address) => _ = ServeAsync();

    protected override void OnConnection(Socket client)
    {
        lock (_lock)
            _connections.Add(client);
        Arrived();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        lock (_lock)
        {
            foreach (var connection in _connections)
                connection.Dispose();
        }
    }
}
