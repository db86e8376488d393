using Microsoft.Extensions.Logging;
using Volley.Targets;
using Volley.Transports.Channels;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>Masters for one command each, where a server can't share a connection.</summary>
internal sealed partial class MasterPool
{
    private readonly SoleCommandServers _unshared = new();

    /// <summary>Gives each further command of a master's login a master of its own.</summary>
    public void StopSharing(Master master, Target target)
    {
        if (_unshared.Add(master.Key))
            LogUnshared(logger, target.Label);
    }

    /// <summary>A master that no other command gets, in this run or another.</summary>
    private async Task<Master> StartOwnAsync(Place place, string key, CancellationToken cancellationToken)
    {
        var master = await StartAsync(place, key, keep: null, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            master.Key = key;
            master.Users++;
            _masters.Add(master);
        }

        return master;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: its server can't share a connection, so each command gets its own")]
    private static partial void LogUnshared(ILogger logger, string node);
}
