using Volley.Ssh;

namespace Volley.Relay;

/// <summary>What a run over relays needs besides its plan.</summary>
public sealed record RelayRunOptions
{
    /// <summary>The id of the run: letters, digits, <c>-</c> and <c>_</c>, unique on its server.</summary>
    public required string RunId { get; init; }

    /// <summary>Returns the queue of a target: one of <see cref="RelayQueues"/>.</summary>
    public required Func<Target, string> Queue { get; init; }

    /// <summary>How relays reach the targets.</summary>
    public required RelayConnectionSettings Connections { get; init; }

    /// <summary>The key that signs jobs. It must stay usable until the executor is disposed of. Null for jobs that only relays without security accept.</summary>
    public SshSigner? Signer { get; init; }

    /// <summary>
    /// The time without the controller after which relays stop the run, and without a relay after which the controller gives its targets up. Null lets relays
    /// go on without the controller. The default is a minute.
    /// </summary>
    public TimeSpan? Lease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>USER@HOST of this program, for audit logs.</summary>
    public string Controller { get; init; } = $"{Environment.UserName}@{Environment.MachineName}";

    /// <summary>The command as a user would type it, for lists of runs and audit logs.</summary>
    public string Title { get; init; } = "";

    /// <summary>The number of targets, for lists of runs; the size of the largest plan if it is 0.</summary>
    public int Size { get; init; }

    /// <summary>The version of this program, for display.</summary>
    public string Version { get; init; } = "";

    /// <summary>The largest number of bytes of events that the server stores for the run. Relays wait while it is full. The default is 256 MiB.</summary>
    public long StreamBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>What a program needs to make the same plan when it attaches to the run. The library only stores it.</summary>
    public ReadOnlyMemory<byte> Entry { get; init; }

    /// <summary>The password for <see cref="RelayConnectionSettings.Elevation"/>, which relays get on request; null for none.</summary>
    public string? ElevationPassword { get; init; }

    /// <summary>Whether targets of a relay that was lost are run again, although their commands may have run, or still run.</summary>
    public bool RerunLost { get; init; }

    /// <summary>Whether to go on with a run that has lost its controller.</summary>
    public bool Attaches { get; init; }

    /// <summary>The time of silence after which the other side counts as lost.</summary>
    internal TimeSpan Patience => Lease ?? TimeSpan.FromMinutes(1);
}
