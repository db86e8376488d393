using System.Text.Json;
using Volley.Interop;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>The claim or the ending of a target.</summary>
/// <param name="Relay">Whose it is.</param>
/// <param name="Ending">The result; null while the target runs.</param>
internal readonly record struct TargetState(string Relay, NodeResult? Ending);

/// <summary>Endings that the controller writes. It wins them by compare and set, as relays do, so a target has one ending.</summary>
/// <param name="server">The server.</param>
/// <param name="run">The id of the run.</param>
/// <param name="controller">The name of the controller in its endings.</param>
/// <param name="time">The clock.</param>
internal sealed class TargetKeys(RelayServer server, string run, string controller, TimeProvider time)
{
    private readonly Bucket _bucket = server.OpenBucket(RelayNames.RunBucket(run));

    /// <summary>Reads the state of a target; null if nothing has claimed it.</summary>
    /// <exception cref="OperationCanceledException">The token fired before there was an answer.</exception>
    public async Task<TargetState?> ReadAsync(int round, int rank, CancellationToken cancellationToken) =>
        await ReadRecordAsync(RelayNames.TargetKey(round, rank), cancellationToken).ConfigureAwait(false) is var (record, _) ? StateOf(record) : null;

    /// <summary>Reads the states of all targets of a round that are claimed or have ended.</summary>
    public async IAsyncEnumerable<(int Rank, TargetState State)> ReadAllAsync(
        int round, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = RelayNames.TargetKey(round, 0)[..^2];
        await foreach (var entry in _bucket.ReadAllAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (int.TryParse(entry.Key.AsSpan(prefix.Length + 1), out var rank) && Parse(entry.Value.Span) is { } record)
                yield return (rank, StateOf(record));
        }
    }

    /// <summary>Ends a target, unless it has an ending, or another relay than the named one has claimed it.</summary>
    /// <param name="round">The round.</param>
    /// <param name="target">The target.</param>
    /// <param name="ending">The result.</param>
    /// <param name="claimedBy">The relay whose claim is replaced; null to end only a target that no relay has claimed.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <returns>What the target has then: an ending, or the claim of a relay.</returns>
    /// <exception cref="OperationCanceledException">The token fired before there was an answer. The ending may have been written.</exception>
    public async Task<TargetState> TryEndAsync(int round, Target target, NodeResult ending, string? claimedBy, CancellationToken cancellationToken)
    {
        var key = RelayNames.TargetKey(round, target.Index);
        var token = Sodium.RandomDigits(16);
        var value = TargetRecord.Write(controller, token, target, ending);
        ulong? expected = claimedBy is null ? 0 : null;
        for (var delays = new RetryDelays(time); ;)
        {
            if (expected is { } revision)
            {
                try
                {
                    if (await _bucket.TryWriteAsync(key, value, revision, cancellationToken).ConfigureAwait(false) is not null)
                        return new TargetState(controller, ending);
                }
                catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
                {
                    // The answer was lost. The key tells whether the ending was written.
                    await delays.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            if (await ReadRecordAsync(key, cancellationToken).ConfigureAwait(false) is not var (record, found))
                expected = 0;
            else if (record.Token == token)
                return new TargetState(controller, ending);
            else if (record.Ending is not null || record.Relay != claimedBy)
                return StateOf(record);
            else
                expected = found;
        }
    }

    /// <summary>Removes the claim of a lost relay, so that another one can claim the target, and the lost one can't end it any more.</summary>
    /// <returns>The ending, or the claim of another relay, that the target has; null if it can be claimed.</returns>
    public async Task<TargetState?> ReleaseAsync(int round, Target target, string lostRelay, CancellationToken cancellationToken)
    {
        var key = RelayNames.TargetKey(round, target.Index);
        // The claim is replaced first, by compare and set: an ending of the lost relay must not be removed unseen.
        var fence = new NodeResult(NodeOutcome.ConnectionLost) { Message = "it is run again" };
        var state = await TryEndAsync(round, target, fence, lostRelay, cancellationToken).ConfigureAwait(false);
        if (!ReferenceEquals(state.Ending, fence))
            return state;
        for (var delays = new RetryDelays(time); ; await delays.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await _bucket.RemoveAsync(key, cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
            {
                // Again: a purge of nothing does no harm before the target is offered again.
            }
        }
    }

    private async Task<(TargetRecord Record, ulong Revision)?> ReadRecordAsync(string key, CancellationToken cancellationToken)
    {
        for (var delays = new RetryDelays(time); ; await delays.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return await _bucket.GetAsync(key, cancellationToken).ConfigureAwait(false) is var (value, revision)
                    ? (Parse(value) ?? new TargetRecord("an unknown program", "", null), revision)
                    : null;
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
            {
                // Without an answer nothing is known.
            }
        }
    }

    private static TargetRecord? Parse(ReadOnlySpan<byte> value) =>
        WireJson.Parse(value, WireJson.Default.TargetRecord) is { Relay: not null, Token: not null } record ? record : null;

    private static TargetState StateOf(TargetRecord record)
    {
        try
        {
            return new TargetState(record.Relay, record.Ending is { } ending ? JsonEventReader.ReadResult(ending) : null);
        }
        catch (JsonException)
        {
            return new TargetState(record.Relay, new NodeResult(NodeOutcome.Faulted) { Message = $"relay {record.Relay} has written an ending that this version can't read" });
        }
    }
}
