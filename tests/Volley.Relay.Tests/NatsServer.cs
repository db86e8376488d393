using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Testing;

namespace Volley.Relay.Tests;

/// <summary>A real nats-server with JetStream on a free loopback port and a private directory. It can be paused, killed and started again.</summary>
internal sealed class NatsServer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("volley-nats-");
    private readonly string _configuration;
    private ProgramRun _process;

    private NatsServer(int port, string configuration)
    {
        Port = port;
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "jetstream"));
        _configuration = $$"""
            listen: "127.0.0.1:{{port.ToString(CultureInfo.InvariantCulture)}}"
            jetstream { store_dir: "{{_directory.FullName}}/jetstream", max_file_store: 2GB, max_memory_store: 1GB }
            lame_duck_grace_period: "1s"
            {{configuration}}
            """;
        File.WriteAllText(ConfigurationFile, _configuration);
        _process = Run();
    }

    public int Port { get; }

    public int ProcessId => _process.ProcessId;

    /// <summary>The directory of its files.</summary>
    public string Folder => _directory.FullName;

    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{Port}");

    /// <summary>What the server has logged.</summary>
    public string Log => _process.Stderr.Text;

    private string ConfigurationFile => Path.Combine(_directory.FullName, "server.conf");

    /// <summary>Starts a server.</summary>
    /// <param name="configuration">What is added to its configuration, such as users.</param>
    public static async Task<NatsServer> StartAsync(string configuration = "")
    {
        var server = new NatsServer(FreePorts(1)[0], configuration);
        await server.WaitUntilReadyAsync();
        return server;
    }

    /// <summary>Starts a cluster of three.</summary>
    public static async Task<NatsServer[]> StartClusterAsync()
    {
        var ports = FreePorts(6);
        var routes = string.Join(", ", ports[3..].Select(port => string.Create(CultureInfo.InvariantCulture, $"\"nats-route://127.0.0.1:{port}\"")));
        var servers = ports[..3].Select((port, i) => new NatsServer(port, string.Create(CultureInfo.InvariantCulture, $$"""
            server_name: "n{{i}}"
            cluster { name: "c", listen: "127.0.0.1:{{ports[3 + i]}}", routes: [{{routes}}] }
            """))).ToArray();
        await Task.WhenAll(servers.Select(server => server.WaitUntilReadyAsync()));
        await Task.WhenAll(servers.Select(server => server._process.ReadErrUntilAsync("metadata leader", Limit)));
        return servers;
    }

    /// <summary>The options of a client without TLS and without credentials, of this server or of a cluster.</summary>
    public static RelayServerOptions Options(params NatsServer[] servers) =>
        new() { Urls = [.. servers.Select(server => server.Url)], IsInsecure = true, UsesMemory = true };

    /// <summary>Connects a client.</summary>
    public Task<RelayServer> ConnectAsync() =>
        RelayServer.ConnectAsync(Options(this), NullLogger.Instance, Xunit.TestContext.Current.CancellationToken);

    /// <summary>Stops the server's process, as a network does that loses all packets; connections stay open.</summary>
    public void Pause() => _process.Signal(Signals.Stop);

    public void Resume() => _process.Signal(Signals.Continue);

    /// <summary>Ends the server as a crash does.</summary>
    public async Task KillAsync()
    {
        _process.Signal(Signals.Kill);
        await _process.WaitForExitAsync(Limit);
    }

    /// <summary>Starts a killed server again, with the same port and the same directory.</summary>
    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = Run();
        await WaitUntilReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Signal(Signals.Kill);
        await _process.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private ProgramRun Run() => ProgramRun.Start(new ProgramStart("/usr/sbin/nats-server", "-c", ConfigurationFile));

    private Task<string> WaitUntilReadyAsync() => _process.ReadErrUntilAsync("Server is ready", Limit);

    private static int[] FreePorts(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToArray();
        foreach (var socket in sockets)
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int[] ports = [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        foreach (var socket in sockets)
            socket.Dispose();
        return ports;
    }
}
