using Microsoft.Extensions.Logging;
using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Starts control masters.</summary>
/// <param name="options">The options of the transport.</param>
/// <param name="launcher">Starts ssh.</param>
/// <param name="directory">The directory of the sockets.</param>
/// <param name="configuration">The configuration.</param>
/// <param name="connector">Connects to the masters.</param>
/// <param name="logger">Receives a message for each master.</param>
internal sealed partial class MasterStarter(
    SshOptions options, OpenSshLauncher launcher, MasterDirectory directory, SshConfiguration configuration, MasterConnector connector, ILogger logger)
{
    /// <summary>How long a master that belongs to this run alone continues if this process is killed.</summary>
    private static readonly TimeSpan Orphaned = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private MasterGuard? _guard;

    /// <summary>Starts a master and connects to it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="command">Builds the ssh arguments.</param>
    /// <param name="keep">How long the master lives after its last use; null to end it with this run, which no other run shares it with.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="TransportException">The target can't be reached, or the socket can't be created.</exception>
    public async Task<Master> StartAsync(MasterRequest request, OpenSshCommand command, TimeSpan? keep, CancellationToken cancellationToken)
    {
        var target = request.Target;
        var socket = CreateSocketPath(request.Key, isShared: keep is not null);
        if (keep is null)
            Guard();
        OpenSshProcess? starter = null;
        try
        {
            starter = await launcher.StartMasterAsync(
                target, request.Route, command, socket, keep ?? Orphaned, request.Spent, cancellationToken).ConfigureAwait(false);
            var connection = await configuration.GetLimit(target, request.Route).RunAsync(
                token => connector.ConnectAsync(request.Route, socket, token), cancellationToken).ConfigureAwait(false);
            await LoggingThread.SwitchAsync(logger, keep is null ? LogLevel.Information : LogLevel.Warning);
            var isKept = keep is { } time && TryShare(MasterNote.Create(socket, target, starter.ServerSoftware, options, time));
            LogNewMaster(logger, target.Label, socket);
            return new Master(socket, connection, isKept ? MasterEnd.ByItself : MasterEnd.WithRun, starter.ServerSoftware, starter);
        }
        catch (Exception failure)
        {
            // The master may have gone into the background just as the start was abandoned.
            await Master.EndAsync(socket).ConfigureAwait(false);
            if (starter is not null)
                await starter.DisposeAsync().ConfigureAwait(false);
            MasterDirectory.RemoveUnfinished(socket);
            if (failure is SshControlMasterException or IOException or UnauthorizedAccessException)
                throw new TransportException(NodeOutcome.ConnectFailed, failure.Message, failure);
            throw;
        }
    }

    /// <summary>Stops the guard of the masters at the end of the run.</summary>
    /// <param name="goesOn">Whether a master did not respond, and is left to the guard.</param>
    public ValueTask StopGuardAsync(bool goesOn) => _guard is null ? ValueTask.CompletedTask : _guard.DisposeAsync(goesOn);

    /// <summary>Removes the remains of abandoned logins. Call it after all ssh processes have ended.</summary>
    public void RemoveUnfinished()
    {
        // Without masters for this run alone, there are no sockets with this prefix.
        if (_guard is not null)
            MasterDirectory.RemoveUnfinished(directory.OwnPrefix);
    }

    private void Guard()
    {
        lock (_lock)
            _guard ??= new MasterGuard(directory.OwnPrefix, options.Program);
    }

    /// <summary>Shares a master with other runs. Returns false if its note can't be written, for example on a full disk.</summary>
    private bool TryShare(MasterNote note)
    {
        try
        {
            MasterDirectory.Write(note);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotKept(logger, note.Host, failure.Message);
            return false;
        }
    }

    private string CreateSocketPath(string key, bool isShared)
    {
        try
        {
            return directory.CreateSocketPath(key, isShared);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new TransportException(NodeOutcome.ConnectFailed, failure.Message, failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: a new master at {Socket}")]
    private static partial void LogNewMaster(ILogger logger, string node, string socket);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node}: the connection is not kept: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string node, string reason);
}
