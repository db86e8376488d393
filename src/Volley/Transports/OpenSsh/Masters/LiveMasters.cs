using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Finds masters that existed before this run: kept ones and the user's own.</summary>
/// <param name="options">The options of the transport.</param>
/// <param name="directory">The directory of the kept masters.</param>
/// <param name="connector">Connects to the masters.</param>
/// <param name="logger">Receives a message for each master that is used.</param>
internal sealed partial class LiveMasters(SshOptions options, MasterDirectory directory, MasterConnector connector, ILogger logger)
{
    // Sockets without a usable master. Each is tried once per run.
    private readonly ConcurrentDictionary<string, bool> _useless = [];

    /// <summary>Returns whether there may be a master for a request.</summary>
    public bool MayContain(MasterRequest request) => GetSockets(request).Any();

    /// <summary>Connects to a master for a request. Returns null if there is none that responds.</summary>
    public async Task<Master?> FindAsync(MasterRequest request, CancellationToken cancellationToken)
    {
        foreach (var (socket, isKept) in GetSockets(request))
        {
            if (await TryAttachAsync(request, socket, isKept, cancellationToken).ConfigureAwait(false) is { } master)
                return master;
            _useless[socket] = true;
            if (isKept)
                directory.RemoveLocked(socket);
        }

        return null;
    }

    private IEnumerable<(string Socket, bool IsKept)> GetSockets(MasterRequest request)
    {
        // Whether a master of the user forwards the agent, or which one, can't be found out, and a kept one never does.
        if (!options.Reuse || request.Command.Options.ForwardAgent)
            return [];
        // A master's lifetime can't be changed, so masters that would end earlier than requested are left out.
        var sockets = directory.FindSockets(request.Key, options.Keep).Select(socket => (Socket: socket, IsKept: true));
        if (request.Route.ControlSocket is { } path)
            sockets = sockets.Append((path, false));
        return sockets.Where(one => !_useless.ContainsKey(one.Socket));
    }

    private async Task<Master?> TryAttachAsync(MasterRequest request, string socket, bool isKept, CancellationToken cancellationToken)
    {
        Master? master = null;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Master.AnswerLimit);
            master = new Master(
                socket, await connector.ConnectAsync(request.Route, socket, limit.Token).ConfigureAwait(false), MasterEnd.ByItself,
                isKept ? MasterDirectory.ReadSoftware(socket) : null, starter: null);
            await master.Connection.ProveAliveAsync(limit.Token).ConfigureAwait(false);
            if (isKept && !MasterDirectory.Touch(socket))
                throw new SshControlMasterException(SshControlMasterFailure.NoSocket, $"{socket} is about to be ended");
            master.Touched = Environment.TickCount64;
            await LoggingThread.SwitchAsync(logger);
            LogLiveMaster(logger, request.Target.Label, socket);
            return master;
        }
        catch (Exception useless) when (useless is SshControlMasterException or SshException or OperationCanceledException)
        {
            if (master is not null)
                await master.DisposeAsync().ConfigureAwait(false);
            if (useless is SshControlMasterException { Failure: SshControlMasterFailure.OtherUser })
            {
                await LoggingThread.SwitchAsync(logger, LogLevel.Warning);
                LogOtherUser(logger, request.Target.Label, useless.Message);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node}: {Reason}: it is not used")]
    private static partial void LogOtherUser(ILogger logger, string node, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: the live master at {Socket}")]
    private static partial void LogLiveMaster(ILogger logger, string node, string socket);
}
