using System.Net.Sockets;
using Volley.Ssh.UnitTests;
using Volley.Testing;

namespace Volley.Cli.Tests.Scripted;

/// <summary>An SSH server whose every connection is played by a script, from the greeting on, so that it can go wrong at any step.</summary>
internal sealed class ScriptedServer : LoopbackServer
{
    private readonly Func<TransportServer, Task> _script;

    /// <param name="address">A loopback address.</param>
    /// <param name="script">The server's side of one connection.</param>
    public ScriptedServer(string address, Func<TransportServer, Task> script)
        : base(address)
    {
        _script = script;
        _ = ServeAsync();
    }

    /// <summary>The key of the host, the same for all connections.</summary>
    public TransportKey HostKey { get; } = TransportKey.Create("ssh-ed25519");

    /// <summary>The line of a known_hosts file.</summary>
    public string KnownHostsLine => $"[{Address}]:{Port} {HostKey.AuthorizedLine}";

    protected override void OnConnection(Socket client) => _ = PlayAsync(client);

    private async Task PlayAsync(Socket client)
    {
        await using var server = TransportServer.Over(client);
        server.HostKey = HostKey;
        Arrived();
        await server.PlayAsync(_script);
    }
}
