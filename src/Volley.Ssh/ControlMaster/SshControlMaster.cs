using Volley.Ssh.ControlMaster;
using Volley.Ssh.Net;

namespace Volley.Ssh;

/// <summary>
/// Uses connections that OpenSSH's control masters hold (ControlMaster in ssh_config(5)), without a login of its own. Requires OpenSSH 7.4 or
/// later.
/// </summary>
/// <remarks>
/// Before a connection to a master that is to live on is disposed, await <see cref="SshConnection.WaitUntilIdleAsync"/>: OpenSSH 9.2 dies if a
/// client leaves with a channel that was refused, or that the server has not closed yet.
/// </remarks>
public static class SshControlMaster
{
    /// <summary>Connects to a master. Channels of the connection are channels of the master's connection.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="settings">The settings of the host, for the keepalives; null if they are unknown.</param>
    /// <param name="options">The options, of which the context, the keepalives and the resumption count; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="SshControlMasterException">There is no master, it does not answer within 5 seconds, or it refuses.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async Task<SshConnection> ConnectAsync(
        string path, SshHostSettings? settings = null, SshClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new();
        var context = options.Context;
        var connector = context?.Connector ?? SocketConnector.Default;
        var packets = await MuxProxyPackets.ConnectAsync(
            path,
            MuxProxyPackets.DefaultLimit,
            context?.Time ?? TimeProvider.System,
            options.ResumesInline ? SocketConnector.ResumingInline(connector) : connector,
            cancellationToken).ConfigureAwait(false);
        return new SshConnection(packets, options.GetConnectionOptions(settings) with { WindowBudget = context?.WindowBudget }, context?.Time);
    }

    /// <summary>Checks whether a master is alive.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="timeout">The time limit for the answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The process id of the master.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="SshControlMasterException">There is no master, or it does not answer.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static Task<int> GetProcessIdAsync(string path, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return MuxControl.AliveAsync(path, timeout, TimeProvider.System, cancellationToken);
    }

    /// <summary>Ends a master and all its connections. The server ends their commands as far as it can.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="timeout">The time limit for the answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes when the master has confirmed the end, or ended.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="SshControlMasterException">There is no master, it does not answer, or it refuses.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static Task TerminateAsync(string path, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return MuxControl.TerminateAsync(path, timeout, TimeProvider.System, cancellationToken);
    }
}
