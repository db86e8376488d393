using Microsoft.Extensions.Logging;
using Volley.Relay.Jobs;
using Volley.Relay.Records;
using Volley.Relay.Worker.Queues;

namespace Volley.Relay.Worker;

/// <summary>What all parts of a relay share.</summary>
internal sealed record RelayContext
{
    public required RelayServer Server { get; init; }

    public required RelayWorkerOptions Options { get; init; }

    /// <summary>The name and 8 random characters, new at each start.</summary>
    public required string Id { get; init; }

    public required RelayTransportFactory Open { get; init; }

    public required JobPolicy Policy { get; init; }

    public required TargetLedger Ledger { get; init; }

    public required AuditLog Audit { get; init; }

    public required Capacity Capacity { get; init; }

    /// <summary>Fires when the relay stops what it runs, and ends.</summary>
    public required CancellationToken Stopping { get; init; }

    public required ILogger Logger { get; init; }

    public required TimeProvider Time { get; init; }
}
