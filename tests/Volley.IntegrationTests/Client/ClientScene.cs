using Volley.Ssh;
using Volley.Testing;

namespace Volley.IntegrationTests.Client;

/// <summary>What the tests of the client share: a real sshd, and options to reach it.</summary>
public abstract class ClientScene(Fleet fleet) : IDisposable
{
    private readonly List<SshClientContext> _contexts = [];

    protected Fleet Fleet { get; } = fleet;

    /// <summary>Connects the sockets.</summary>
    protected virtual SshSocketKind SocketKind => SshSocketKind.Default;

    public void Dispose()
    {
        _contexts.ForEach(context => context.Dispose());
        GC.SuppressFinalize(this);
    }

    protected Task<SshClient> ConnectAsync(string host) => SshClient.ConnectAsync(host, Options());

    protected SshClientOptions Options(string lines = "", string? knownHosts = null, string? key = null) => OptionsOf(Fleet.Config(lines, knownHosts, key));

    protected SshClientOptions Options(Fleet server) => OptionsOf(server.SshConfig);

    private SshClientOptions OptionsOf(string configFile)
    {
        var context = new SshClientContext(configFile) { SocketKind = SocketKind };
        _contexts.Add(context);
        return new() { Context = context };
    }
}
