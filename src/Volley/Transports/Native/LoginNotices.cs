using Microsoft.Extensions.Logging;
using Volley.Ssh;

namespace Volley.Transports.Native;

/// <summary>Reports how one login proceeds: to the log, and to the counter of host keys.</summary>
/// <param name="node">The name of the host in messages.</param>
/// <param name="hostKeys">Counts and reports host keys.</param>
/// <param name="logger">Receives the messages.</param>
internal sealed partial class LoginNotices(string node, HostKeyNotices hostKeys, ILogger logger) : SshClientObserver
{
    public override async ValueTask OnRetryAsync(SshHostSettings settings, int attempt, SshException failure, CancellationToken cancellationToken)
    {
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        await LoggingThread.SwitchAsync();
        var reason = ConnectFailure.Convert(failure).Message;
        LogAttempt(logger, node, attempt, settings.ConnectionAttempts, reason);
    }

    public override async ValueTask OnHostKeyAcceptedAsync(
        SshHostSettings settings, bool isChanged, SshHostKeyRecording? recording, CancellationToken cancellationToken)
    {
        if (!isChanged && recording is null)
            return;
        if (logger.IsEnabled(LogLevel.Warning))
            await LoggingThread.SwitchAsync();
        if (isChanged)
            hostKeys.OnChanged(logger, node, settings.OriginalHost, settings.HostKeyName);
        if (recording is null)
            return;
        if (recording.Failure is { } reason)
            hostKeys.OnNotRecorded(logger, recording.File, reason);
        else
            hostKeys.OnRecorded(logger, node, recording.DisplayType, recording.File);
    }

    public override async ValueTask OnLoginAsync(SshHostSettings settings, IEnumerable<string> keyNames, CancellationToken cancellationToken)
    {
        if (!logger.IsEnabled(LogLevel.Debug))
            return;
        await LoggingThread.SwitchAsync();
        LogLogin(logger, node, settings.User, settings.HostName, settings.Port, keyNames);
    }

    public override void OnChannelRefused(SshHostSettings settings, string type) => RefusedChannels.Report(logger, node, type);

    /// <summary>Reports a login that has succeeded.</summary>
    public async ValueTask OnConnectedAsync(SshClient client)
    {
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        await LoggingThread.SwitchAsync();
        LogConnected(logger, node, client.ServerSoftware, client.Algorithms);
        if (client.Banner is { } banner)
            LogBanner(logger, node, banner);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: attempt {Number} of {Most} to connect in 1 s: {Reason}")]
    private static partial void LogAttempt(ILogger logger, string node, int number, int most, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Node}: login: {User}@{Host} port {Port}, keys to try: {Keys}")]
    private static partial void LogLogin(ILogger logger, string node, string user, string host, int port, IEnumerable<string> keys);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: connected to {Server} ({Algorithms})")]
    private static partial void LogConnected(ILogger logger, string node, string server, string algorithms);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: {Banner}")]
    private static partial void LogBanner(ILogger logger, string node, string banner);
}
