using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Connects to the sockets of masters.</summary>
/// <param name="options">The options of the transport.</param>
/// <param name="configuration">The configuration.</param>
internal sealed class MasterConnector(OpenSshOptions options, SshConfiguration configuration)
{
    private readonly WindowBudget _budget = new();

    /// <summary>Connects to a master.</summary>
    /// <exception cref="MuxException">The master does not serve the socket.</exception>
    public async Task<SshConnection> ConnectAsync(SshRoute route, string socket, CancellationToken cancellationToken)
    {
        var packets = await MuxProxyPackets.ConnectAsync(socket, SocketConnector.ResumingInline(options.Connector), cancellationToken).ConfigureAwait(false);
        return new SshConnection(packets, configuration.ClientOptions.GetConnectionOptions(route.GetCompleteSettings()) with { WindowBudget = _budget });
    }
}
