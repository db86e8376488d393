using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Connects to the sockets of masters.</summary>
/// <param name="options">The options of the transport.</param>
internal sealed class MasterConnector(OpenSshOptions options)
{
    private readonly WindowBudget _budget = new();

    /// <summary>Connects to a master.</summary>
    /// <exception cref="MuxException">The master does not serve the socket.</exception>
    public async Task<SshConnection> ConnectAsync(HostRoute route, string socket, CancellationToken cancellationToken)
    {
        var packets = await MuxProxyPackets.ConnectAsync(socket, options.Connector, cancellationToken).ConfigureAwait(false);
        return new SshConnection(packets, new SshConnectionOptions
        {
            KeepAliveInterval = options.ServerAliveInterval ?? route.ServerAliveInterval ?? SshOptions.DefaultServerAliveInterval,
            KeepAliveCount = options.ServerAliveCountMax ?? route.ServerAliveCountMax ?? SshOptions.DefaultServerAliveCountMax,
            WindowBudget = _budget,
            ResumesInline = true,
        });
    }
}
