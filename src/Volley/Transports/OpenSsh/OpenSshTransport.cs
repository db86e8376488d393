using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Interop;
using Volley.Ssh;
using Volley.Transports;
using Volley.Transports.Inline;
using Volley.Transports.OpenSsh;
using Volley.Transports.OpenSsh.Masters;
using Volley.Transports.OpenSsh.Prompts;
using Volley.Transports.Sharing;

namespace Volley;

/// <summary>
/// Connects to targets with the system's ssh, one connection for each, so everything in ssh_config(5) works: keys, agents, jump hosts,
/// proxies. Without control masters each command gets its own ssh, which forwards no signals: a stopped command is reported as
/// <see cref="NodeResult.MayStillRun"/>, and a command that a signal ended has exit code 255.
/// </summary>
/// <remarks>
/// Without the executor: code that awaits a session or its process continues on the thread that watches the connections, and must
/// not block it.
/// </remarks>
public sealed partial class OpenSshTransport : IInlineTransport
{
    private readonly SshOptions _options;
    private readonly ILogger _logger;
    private readonly OpenSshProgram _program;
    private readonly OpenSshConfig _config;
    private readonly OpenSshLauncher _launcher;
    private readonly SshConfiguration _configuration;
    private readonly ForwardedAgents _agents = new();
    private readonly MasterPool? _masters;
    private readonly string _whyNoMasters = "they are disabled";
    private readonly bool _hasNoDirectory;
    private int _warnings;
    private volatile bool _isDisposed;

    /// <summary>
    /// Creates the transport. It contacts no host, and does not look for ssh before it is needed: without one each target fails with a
    /// message.
    /// </summary>
    /// <param name="options">How ssh is called.</param>
    /// <param name="logger">Receives ssh's messages, at level Information; null for none.</param>
    /// <exception cref="ArgumentException">The options contradict each other, or one of them can't be passed to ssh.</exception>
    /// <exception cref="InvalidOperationException">
    /// The options have a password, and the program can't pass it to ssh: it has not called <see cref="OpenSsh.TryAnswerPrompt"/>, or has no host of its own.
    /// </exception>
    public OpenSshTransport(SshOptions options, ILogger? logger = null)
        : this(options ?? throw new ArgumentNullException(nameof(options)), new SshConfiguration(options), logger ?? NullLogger.Instance)
    {
    }

    /// <summary>Creates the transport.</summary>
    /// <param name="options">How ssh is called.</param>
    /// <param name="configuration">The configuration.</param>
    /// <param name="logger">Receives ssh's messages.</param>
    internal OpenSshTransport(SshOptions options, SshConfiguration configuration, ILogger logger)
    {
        options.CheckForSsh();
        (_options, _logger) = (options, logger);
        _program = new OpenSshProgram(options);
        _config = new OpenSshConfig(options);
        _launcher = new OpenSshLauncher(options, _program, _config, OpenAskpass(options), logger);
        _configuration = configuration;
        try
        {
            configuration.Read();
        }
        catch (SshConfigException failure)
        {
            // ssh reads the configuration too, and reports the error.
            LogUnreadable(logger, failure.Message);
        }

        try
        {
            _masters = options.Multiplex
                ? new MasterPool(options, _launcher, MasterDirectory.Open(), configuration, MasterPool.GetMaxIdle(Limits.OpenFiles().Soft), logger)
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _whyNoMasters = failure.Message;
            _hasNoDirectory = true;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The transport was disposed.</exception>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
        PoolResumption.ConnectAsync(this, target, cancellationToken);

    /// <inheritdoc/>
    ValueTask<ISession> IInlineTransport.ConnectInlineAsync(Target target, CancellationToken cancellationToken) =>
        ConnectAsync(target, TimeSpan.Zero, cancellationToken);

    /// <summary>Connects to a target. Callers are resumed inline.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    /// <param name="target">The target.</param>
    /// <param name="spent">How much of the connect timeout has elapsed.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    internal async ValueTask<ISession> ConnectAsync(Target target, TimeSpan spent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var route = await _configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
        if (_options.ForwardAgent)
            await _agents.GetSocketAsync(route.GetCompleteSettings(), cancellationToken).ConfigureAwait(false);
        if (_masters is null)
            return await PlainAsync(target, route, spent, _whyNoMasters).ConfigureAwait(false);
        // An existing connection needs no ssh.
        if (await _masters.FindAsync(target, route, cancellationToken).ConfigureAwait(false) is { } live)
            return await OpenSessionAsync(_masters, live, target, route, cancellationToken).ConfigureAwait(false);
        // OpenSSH 7.4 introduced the proxy mode of a master's socket (PROTOCOL.mux).
        if (await _program.VersionAsync(cancellationToken).ConfigureAwait(false) is var version && !version.IsAtLeast(7, 4))
        {
            return await PlainAsync(
                target, route, spent,
                $"this ssh is {version.Major}.{version.Minor}, which has none that can be used; OpenSSH 7.4 or later is required").ConfigureAwait(false);
        }

        var master = await _masters.GetAsync(target, route, spent, cancellationToken).ConfigureAwait(false);
        return await OpenSessionAsync(_masters, master, target, route, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns a session on a live master for the target; null if there is none.</summary>
    /// <exception cref="TransportException">This run was starting a master, and the target can't be reached.</exception>
    internal async ValueTask<ISession?> FindAsync(Target target, CancellationToken cancellationToken)
    {
        if (_masters is null)
            return null;
        var route = await _configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
        if (await _masters.FindAsync(target, route, cancellationToken).ConfigureAwait(false) is not { } live)
            return null;
        try
        {
            return await OpenSessionAsync(_masters, live, target, route, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException lost) when (lost.Outcome == NodeOutcome.ConnectionLost)
        {
            // The master has just ended.
            return null;
        }
    }

    /// <summary>Returns whether there is a live master for the target, or for a jump host on its route.</summary>
    internal async ValueTask<bool> HasLiveMasterAsync(Target target, CancellationToken cancellationToken)
    {
        if (_masters is null)
            return false;
        var route = await _configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
        if (await _masters.FindAsync(target, route, cancellationToken).ConfigureAwait(false) is not { } live)
            return await HasLiveHopAsync(target, cancellationToken).ConfigureAwait(false);
        await _masters.ReleaseAsync(live).ConfigureAwait(false);
        return true;
    }

    /// <summary>Returns whether a live master for a jump host on the target's route existed before this run.</summary>
    internal async ValueTask<bool> HasLiveHopAsync(Target target, CancellationToken cancellationToken) =>
        _masters is not null
        && await _masters.HasLiveHopAsync(
            target, await _configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_masters is not null)
            await PoolResumption.OnPool(_masters.DisposeAsync()).ConfigureAwait(false);
        await _launcher.DisposeAsync().ConfigureAwait(false);
        _masters?.RemoveUnfinished();
        await _program.DisposeAsync().ConfigureAwait(false);
        _options.Prompts?.Forget();
        _config.Dispose();
    }

    private async ValueTask<ISession> OpenSessionAsync(MasterPool masters, Master master, Target target, SshRoute route, CancellationToken cancellationToken)
    {
        var limit = _configuration.GetLimit(target, route);
        var session = new ChannelSession(
            master.Connection,
            limit,
            () => masters.StopSharingAsync(master, target),
            route.GetCompleteSettings()?.EnvironmentToSend() ?? [],
            () => masters.ReleaseAsync(master))
        {
            // The master connects to the agent.
            ForwardAgent = _options.ForwardAgent ? static () => null : null,
        };
        try
        {
            await session.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    void IDisposalCheck.ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _options.ThrowIfDisposed();
    }

    private static Func<Target, SshHostSettings?, AskpassListener>? OpenAskpass(SshOptions options)
    {
        if (!options.AnswersPrompts)
            return null;
        var directory = new Lazy<MasterDirectory>(MasterDirectory.Open);
        return (target, settings) => new AskpassListener(options, directory.Value, target, settings);
    }

    private async ValueTask<ISession> PlainAsync(Target target, SshRoute route, TimeSpan spent, string whyNoMasters)
    {
        await LoggingThread.SwitchAsync(_logger, _hasNoDirectory ? LogLevel.Warning : LogLevel.Information);
        if (_hasNoDirectory && Interlocked.Exchange(ref _warnings, 1) == 0)
            LogNoDirectory(_logger, whyNoMasters);
        LogPlain(_logger, target.Label, whyNoMasters);
        return new OpenSshSession(target, route, _launcher, _configuration.GetLimit(target, route), spent);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "ssh_config: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "no directory for control sockets: each command has its own ssh, no connection is kept, and stopped commands may still run: {Reason}")]
    private static partial void LogNoDirectory(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: an ssh for each command, without control masters: {Reason}")]
    private static partial void LogPlain(ILogger logger, string node, string reason);
}
