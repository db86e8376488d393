using Microsoft.Extensions.Logging;
using Volley.Transports.Channels;

namespace Volley.Transports.OpenSsh.Masters;

/// <content>Starts masters for one command each, if a server can't share a connection.</content>
internal sealed partial class MasterPool
{
    private readonly SoleCommandServers _unshared = new();

    /// <summary>Gives each further command of a master's login its own master.</summary>
    public void StopSharing(Master master, Target target)
    {
        if (_unshared.Add(master.Key))
            LogUnshared(logger, target.Label);
    }

    /// <summary>Starts a master for one command. No other command, in this run or another, gets it.</summary>
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
