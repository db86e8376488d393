using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Targets;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// Reaches targets by the system's ssh, one process for each, so all that ssh_config(5) can say holds: keys, agents, jump
/// hosts, proxies. A plain ssh passes no signals on, so a command that is stopped is reported as
/// <see cref="NodeResult.MayStillRun"/>, and a remote command that a signal ended shows as exit code 255.
/// </summary>
public sealed class OpenSshTransport : ITransport
{
    private readonly OpenSshOptions _options;
    private readonly OpenSshConfig _config;
    private readonly OpenSshCommand _command;
    private readonly IReadOnlyList<string> _environment = ChildProcess.InheritedEnvironment();
    private readonly ConcurrentDictionary<OpenSshProcess, bool> _processes = new();
    private readonly ILogger _logger;

    private OpenSshTransport(OpenSshOptions options, OpenSshVersion version, ILogger logger)
    {
        _options = options;
        _config = new OpenSshConfig(options);
        _command = new OpenSshCommand(options, version, _config.Path);
        _logger = logger;
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
        new(new OpenSshSession(target, _command, _options, _environment, _processes, _logger));

    /// <summary>Ends what is left: a run that is stopped does not wait for the ssh of a connection that it gave up.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Keys.Select(process => process.DisposeAsync().AsTask())).ConfigureAwait(false);
        _config.Dispose();
    }
}
