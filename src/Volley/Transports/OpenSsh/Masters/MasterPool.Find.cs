using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <content>Finds masters that already exist.</content>
internal sealed partial class MasterPool
{
    // Sockets without a usable master. Each is tried once per run.
    private readonly ConcurrentDictionary<string, bool> _useless = [];

    /// <summary>
    /// Returns whether a live master for a jump host on the route existed before this run. If so, ssh uses it and needs no login there.
    /// </summary>
    public async Task<bool> HasLiveHopAsync(Target target, HostRoute route, CancellationToken cancellationToken)
    {
        foreach (var hop in await Of(target, route).HopsAsync(routes, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (await GetAsync(hop, mayStart: false, isHop: true, cancellationToken).ConfigureAwait(false) is not { } master)
                    continue;
                await ReleaseAsync(master).ConfigureAwait(false);
                if (!master.IsOurs)
                    return true;
            }
            catch (TransportException)
            {
                // A master that was being started for another target failed.
            }
        }

        return false;
    }

    private async Task<Master?> FindAsync(Place place, string key, CancellationToken cancellationToken)
    {
        foreach (var (socket, isKept) in Sockets(place, key))
        {
            if (await TryAttachAsync(place, socket, isKept, cancellationToken).ConfigureAwait(false) is { } master)
                return master;
            _useless[socket] = true;
            if (isKept)
                Remove(socket);
        }

        return null;
    }

    /// <summary>Returns the sockets of masters that may exist: kept ones and the user's own.</summary>
    private IEnumerable<(string Socket, bool IsKept)> Sockets(Place place, string key)
    {
        if (!options.Reuse)
            return [];
        // A master's lifetime can't be changed, so masters that would end earlier than requested are left out.
        var sockets = folder.Sockets(key, options.Keep).Select(socket => (Socket: socket, IsKept: true));
        if (place.Route.UsersSocket is { } path)
            sockets = sockets.Append((path, false));
        return sockets.Where(one => !_useless.ContainsKey(one.Socket));
    }

    private async Task<Master?> TryAttachAsync(Place place, string socket, bool isKept, CancellationToken cancellationToken)
    {
        Master? master = null;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AnswerLimit);
            master = new Master(
                socket, await ConnectAsync(place.Route, socket, limit.Token).ConfigureAwait(false), MasterEnd.ByItself,
                isKept ? MasterFolder.SoftwareOf(socket) : null, starter: null, HopLimit);
            await master.Connection.ProveAliveAsync(limit.Token).ConfigureAwait(false);
            if (isKept && !MasterFolder.Touch(socket))
                throw new MuxException(MuxFailure.NoSocket, $"{socket} is about to be ended");
            master.Touched = Environment.TickCount64;
            LogLiveMaster(logger, place.Target.Label, socket);
            return master;
        }
        catch (Exception useless) when (useless is MuxException or SshException or OperationCanceledException)
        {
            if (master is not null)
                await master.DisposeAsync().ConfigureAwait(false);
            if (useless is MuxException { Failure: MuxFailure.OtherUser })
                LogOtherUser(logger, place.Target.Label, useless.Message);
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node}: {Reason}: it is not used")]
    private static partial void LogOtherUser(ILogger logger, string node, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: the live master at {Socket}")]
    private static partial void LogLiveMaster(ILogger logger, string node, string socket);
}
