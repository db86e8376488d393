using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Ssh.Packets;
using Volley.Targets;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Masters that are there already.</summary>
internal sealed partial class MasterPool
{
    // Sockets that nobody answered at: each is tried once a run.
    private readonly ConcurrentDictionary<string, bool> _useless = [];

    /// <summary>Whether there was a live master of a jump host on the way before this run: then ssh goes through it, and needs no login there.</summary>
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
                // One that was being started for another target.
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

    /// <summary>The sockets of masters that may be there already: those that are kept, and one of the user's own.</summary>
    private IEnumerable<(string Socket, bool IsKept)> Sockets(Place place, string key)
    {
        if (!options.Reuse)
            return [];
        // The time of a master can't be changed; one that would end before it was asked to is no use.
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
