using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Connects to the sockets of masters.</summary>
/// <param name="configuration">The configuration.</param>
internal sealed class MasterConnector(SshConfiguration configuration)
{
    /// <summary>Connects to a master.</summary>
    /// <exception cref="SshControlMasterException">The master does not serve the socket.</exception>
    public Task<SshConnection> ConnectAsync(SshRoute route, string socket, CancellationToken cancellationToken) =>
        SshControlMaster.ConnectAsync(socket, route.GetCompleteSettings(), configuration.ClientOptions, cancellationToken);
}
