using System.Collections.Immutable;
using Volley.Relay.Wire;

namespace Volley.Relay.Jobs;

/// <summary>What the jobs of all queues of a round have in common.</summary>
internal sealed record JobRound
{
    public required string Run { get; init; }

    /// <summary>The number of the round in its run, from 0.</summary>
    public required int Number { get; init; }

    public required RunPlan Plan { get; init; }

    /// <summary>How relays reach the targets.</summary>
    public required RelayConnectionSettings Connections { get; init; }

    /// <summary>USER@HOST of the controller, for audit logs.</summary>
    public required string Controller { get; init; }

    /// <summary>The command as a user would type it.</summary>
    public required string Title { get; init; }

    /// <summary>The version of the controller's program.</summary>
    public required string Version { get; init; }

    /// <summary>The time without the controller after which a relay stops the run; null for none.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>What <see cref="JobInputs"/> has stored.</summary>
    public ImmutableArray<WireInput> Inputs { get; init; } = [];

    /// <summary>Whether relays ask for a password of the elevation.</summary>
    public bool HasPassword { get; init; }
}
