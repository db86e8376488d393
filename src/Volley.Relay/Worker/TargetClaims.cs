using System.Text.Json;
using Microsoft.Extensions.Logging;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>The end of an attempt to claim a target.</summary>
internal enum ClaimOutcome
{
    /// <summary>The target is this relay's. Its <see cref="Claim.Revision"/> is known.</summary>
    Won,

    /// <summary>Another attempt has claimed it, or the controller has ended it.</summary>
    Lost,

    /// <summary>Nothing was written, and nothing will be.</summary>
    GivenUp,
}

/// <summary>The answer to an attempt to claim a target.</summary>
internal readonly record struct Claim(ClaimOutcome Outcome, ulong Revision = 0);

/// <summary>Claims targets of one run, and writes their endings over the claims, by compare and set.</summary>
internal sealed partial class TargetClaims(Bucket bucket, string run, string relay, TimeProvider time, ILogger logger)
{
    // A server that has just started may not know its streams yet.
    private const int MissingAnswers = 6;

    /// <summary>Claims a target. Returns only when it is known whose the target is, or that nothing was written.</summary>
    /// <param name="round">The round.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="token">A random text of this attempt.</param>
    /// <param name="giveUp">Ends attempts while nothing is written. An attempt in doubt goes on until it is known what became of it.</param>
    /// <param name="stop">Ends everything, even in doubt.</param>
    public async Task<Claim> ClaimAsync(int round, int rank, string token, CancellationToken giveUp, CancellationToken stop)
    {
        var key = RelayNames.TargetKey(round, rank);
        var value = JsonSerializer.SerializeToUtf8Bytes(new TargetRecord(relay, token, null), WireJson.Default.TargetRecord);
        var delays = new RetryDelays(time);
        for (var isInDoubt = false; isInDoubt || !giveUp.IsCancellationRequested;)
        {
            try
            {
                if (await bucket.TryWriteAsync(key, value, 0, stop).ConfigureAwait(false) is { } revision)
                    return new Claim(ClaimOutcome.Won, revision);
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, stop))
            {
                // The answer was lost, or the client sent the request a second time after a lost connection.
                isInDoubt |= !ServerFailure.IsRefusal(failure);
            }

            switch (await ReadAsync(key, stop).ConfigureAwait(false))
            {
                case null:
                    return new Claim(ClaimOutcome.GivenUp);
                case (null, _):
                    // A request in doubt may still arrive. It and the next one have one token, so either of them makes the claim.
                    await delays.WaitAsync(stop).ConfigureAwait(false);
                    break;
                case ({ } record, var found):
                    return record.Token == token && record.Ending is null ? new Claim(ClaimOutcome.Won, found) : new Claim(ClaimOutcome.Lost);
            }
        }

        return new Claim(ClaimOutcome.GivenUp);
    }

    /// <summary>Writes the ending of a target over its claim.</summary>
    /// <param name="round">The round.</param>
    /// <param name="target">The target.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="token">The text of the attempt that claimed it.</param>
    /// <param name="revision">The revision of the claim.</param>
    /// <param name="result">The result.</param>
    /// <param name="stop">Ends the attempts.</param>
    /// <returns>Whether this is the ending of the target; false if it has another one, or the run is gone.</returns>
    public async Task<bool> EndAsync(int round, Target target, int rank, string token, ulong revision, NodeResult result, CancellationToken stop)
    {
        var key = RelayNames.TargetKey(round, rank);
        var value = TargetRecord.Write(relay, token, target, result);
        for (var delays = new RetryDelays(time); ;)
        {
            try
            {
                if (await bucket.TryWriteAsync(key, value, revision, stop).ConfigureAwait(false) is not null)
                    return true;
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, stop))
            {
                await delays.WaitAsync(stop).ConfigureAwait(false);
            }

            if (await ReadAsync(key, stop).ConfigureAwait(false) is not ({ } record, var found))
            {
                LogGone(run, round, rank);
                return false;
            }

            if (record.Token == token && record.Ending is not null)
                return true;
            if (record.Token != token || record.Relay != relay)
            {
                LogLate(run, round, rank, record.Relay, result.Cause);
                return false;
            }

            revision = found;
        }
    }

    /// <summary>Reads a key from the leader. Returns null if the run is gone, and a null record for a key that does not exist.</summary>
    private async Task<(TargetRecord? Record, ulong Revision)?> ReadAsync(string key, CancellationToken stop)
    {
        var missing = 0;
        for (var delays = new RetryDelays(time); ;)
        {
            try
            {
                return await bucket.GetAsync(key, WireJson.Default.TargetRecord, stop).ConfigureAwait(false) is var (record, revision)
                    ? (record, revision)
                    : (null, 0);
            }
            catch (Exception failure) when (ServerFailure.IsMissing(failure) && ++missing == MissingAnswers)
            {
                return null;
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, stop))
            {
                await delays.WaitAsync(stop).ConfigureAwait(false);
            }
            catch (JsonException)
            {
                // It is not of a relay.
                return (new TargetRecord("an unknown program", "", null), 0);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}, round {Round}, target {Rank}: {Winner} has ended it before; the ending '{Cause}' here does not count")]
    private partial void LogLate(string run, int round, int rank, string winner, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "run {Run}, round {Round}, target {Rank}: the run is over; the ending is dropped")]
    private partial void LogGone(string run, int round, int rank);
}
