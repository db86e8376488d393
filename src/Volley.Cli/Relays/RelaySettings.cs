using System.Collections.Immutable;
using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Cli.Output;
using Volley.Relay;
using Volley.Rollout;

namespace Volley.Cli.Relays;

/// <summary>How relays carry out a run.</summary>
internal sealed record RelaySettings
{
    /// <summary>The server; null for one that is started on this machine for the run.</summary>
    public required RelayServerOptions? Server { get; init; }

    /// <summary>The number of relays to start on this machine; 0 for none.</summary>
    public required int LocalCount { get; init; }

    /// <summary>The arguments by which relays on this machine connect as this program would.</summary>
    public ImmutableArray<string> LocalArguments { get; init; } = [];

    /// <summary>The identity of the run at the server.</summary>
    public required string RunId { get; init; }

    /// <summary>Returns the queue of the relays that run a target.</summary>
    public required Func<Target, string> Queue { get; init; }

    /// <summary>The file of the key that signs jobs; null for none.</summary>
    public required string? SigningKey { get; init; }

    /// <summary>The socket of the ssh-agent; null for none.</summary>
    public required string? AgentSocket { get; init; }

    /// <summary>The time without this program after which relays stop the commands; null if they go on.</summary>
    public required TimeSpan? Lease { get; init; }

    /// <summary>Whether a command that a lost relay had begun is run again.</summary>
    public required bool RerunLost { get; init; }

    /// <summary>The bound of the output that the server keeps, in bytes; null for the default.</summary>
    public required long? StreamBytes { get; init; }

    /// <summary>How relays connect to the targets.</summary>
    public required RelayConnectionSettings Connections { get; init; }

    /// <summary>What <c>volley attach</c> needs to build the run again.</summary>
    public ReadOnlyMemory<byte> Entry { get; init; }

    /// <summary>How to continue the run from elsewhere, if it outlives this program; null if it does not.</summary>
    public string? Hint => Lease is null ? $"volley: run {RunId}; if this program is lost, continue it with: volley attach {RunId}" : null;

    /// <summary>Whether the run is already at the server.</summary>
    public bool Attaches { get; init; }

    /// <summary>Returns the settings of a run; null if it does not go through relays.</summary>
    /// <param name="options">The options, which were checked.</param>
    /// <param name="plan">All targets, and the job.</param>
    /// <param name="running">The targets that run.</param>
    /// <param name="id">The identity of the run.</param>
    /// <param name="mask">The values that are secret; null for none.</param>
    /// <param name="environment">The environment.</param>
    /// <exception cref="UsageException">A file can't be read, or the configuration names no relays for a target.</exception>
    public static RelaySettings? Create(
        RunOptions options, RunPlan plan, ImmutableArray<Target> running, RunId id, SecretMask? mask, ProgramEnvironment environment)
    {
        var relays = options.Relays;
        if (relays.Via.Value is not { } via)
            return null;
        var local = via as Via.Local;
        return new RelaySettings
        {
            Server = local is null ? options.Server.Create("volley") : null,
            LocalCount = local?.Count ?? 0,
            LocalArguments = local is null ? [] : GetLocalArguments(options.Hosts),
            RunId = id.ToString(),
            Queue = RelayRoutes.Create(via, running),
            SigningKey = relays.SignWith.Value,
            AgentSocket = environment.Variable("SSH_AUTH_SOCK"),
            Lease = relays.Lease.Value is not { } lease ? TimeSpan.FromSeconds(60) : lease == Timeout.InfiniteTimeSpan ? null : lease,
            RerunLost = relays.RerunLost.IsGiven,
            StreamBytes = relays.Bound.Value,
            Connections = RelayLimits.GetConnections(options),
            Entry = options.Attached?.Content ?? AttachedRun.Format(CreateEntry(options, plan, id, mask), options.Repeated),
            Attaches = options.Attached is not null,
        };
    }

    private static JournalEntry CreateEntry(RunOptions options, RunPlan plan, RunId id, SecretMask? mask)
    {
        var (words, omitted) = StoredOptions.Get(options, mask, keepsVariables: true);
        string[] arguments = [.. options.Command.Select(argument => mask?.Hide(argument) ?? argument)];
        return new JournalEntry
        {
            Id = id,
            Number = 0,
            StartedAt = TimeProvider.System.GetUtcNow(),
            Job = JsonNames.Get(plan.Job),
            Title = JobTitles.Get(plan.Job),
            Options = words,
            Arguments = [.. arguments],
            Omitted = arguments.SequenceEqual(options.Command) ? omitted : [.. omitted, RepeatedRun.Command],
            Targets = plan.Targets,
            MainRank = plan.MainRank,
        };
    }

    private static ImmutableArray<string> GetLocalArguments(HostOptions hosts) =>
    [
        .. hosts.ConfigFile.Texts.SelectMany(file => (string[])["-F", file]),
        .. hosts.Identity.Texts.SelectMany(file => (string[])["-i", file]),
        .. hosts.SshOptions.Texts.SelectMany(directive => (string[])["-o", directive]),
    ];
}
