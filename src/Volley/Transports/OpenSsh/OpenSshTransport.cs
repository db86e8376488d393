using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Targets;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// Reaches targets by the system's ssh, one process for each, so all that ssh_config(5) can say holds: keys, agents, jump
/// hosts, proxies. A plain ssh passes no signals on, so a command that is stopped is reported as
/// <see cref="NodeResult.MayStillRun"/>, and a remote command that a signal ended shows as exit code 255.
/// </summary>
public sealed class OpenSshTransport : ITransport
{
    private readonly OpenSshConfig _config;
    private readonly OpenSshLauncher _launcher;

    private OpenSshTransport(OpenSshOptions options, OpenSshVersion version, ILogger logger)
    {
        _config = new OpenSshConfig(options);
        _launcher = new OpenSshLauncher(options, new OpenSshCommand(options, version, _config.Path), logger);
    }

    /// <summary>Looks for ssh and makes the transport. Nothing is contacted.</summary>
    /// <param name="options">How ssh is called.</param>
    /// <param name="logger">Takes ssh's messages, each at level Information; none if null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">There is no OpenSSH; the message says what to do.</exception>
    public static async Task<OpenSshTransport> CreateAsync(
        OpenSshOptions options, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var version = await OpenSshVersion.AskAsync(options.Program, cancellationToken).ConfigureAwait(false);
        return new OpenSshTransport(options, version, logger ?? NullLogger.Instance);
    }

    /// <inheritdoc/>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
        new(new OpenSshSession(target, _launcher));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _launcher.DisposeAsync().ConfigureAwait(false);
        _config.Dispose();
    }
}
