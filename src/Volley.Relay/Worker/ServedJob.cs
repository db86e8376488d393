using System.Security.Cryptography;
using System.Text.Json;
using Volley.Relay.Jobs;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>The job of one round for one queue, with what its targets share: pieces, inputs and the transport.</summary>
internal sealed class ServedJob(RelayContext relay, Bucket bucket, string run, int round, string queue) : IAsyncDisposable
{
    private const int KeptPieces = 4;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Queue<(int Number, Dictionary<int, PieceTarget> Targets)> _pieces = [];
    private SignedJob? _signed;
    private ulong _revision;
    private byte[]? _identity;
    private JobInputs? _inputs;
    private ITransport? _transport;

    /// <summary>
    /// Reads the job, if it was not read before or has expired, and checks it. The check is made for each chunk, because a signer may have been removed.
    /// </summary>
    /// <returns>The job; null if none is stored.</returns>
    /// <exception cref="RefusedException">The relay does not run it.</exception>
    public async Task<AcceptedJob?> AcceptAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_signed is not null)
            {
                try
                {
                    return Accept(_signed);
                }
                catch (RefusedException) when (_signed is not null)
                {
                    // The controller may have renewed it.
                }
            }

            if (await ReadAsync(cancellationToken).ConfigureAwait(false) is not var (signed, revision))
                return null;
            var accepted = Accept(signed);
            (_signed, _revision) = (signed, revision);
            return accepted;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Returns the targets of some ranks, in their order; null if a rank is not in the piece.</summary>
    /// <exception cref="RefusedException">The piece is missing, or not the one that was signed.</exception>
    public async Task<PieceTarget[]?> FindTargetsAsync(AcceptedJob job, int piece, int[] ranks, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var targets = _pieces.FirstOrDefault(kept => kept.Number == piece).Targets
                ?? await ReadPieceAsync(job, piece, cancellationToken).ConfigureAwait(false);
            var found = new PieceTarget[ranks.Length];
            for (var i = 0; i < ranks.Length; i++)
            {
                if (!targets.TryGetValue(ranks[i], out found[i]!))
                    return null;
            }

            return found;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Returns the inputs, which are fetched once.</summary>
    public async Task<JobInputs> FetchInputsAsync(AcceptedJob job, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _inputs ??= await JobInputs.FetchAsync(relay.Server.Objects(), job.Document, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Returns the transport, which is opened once.</summary>
    /// <exception cref="RefusedException">It can't be opened.</exception>
    public async Task<ITransport> OpenAsync(AcceptedJob job, string? password, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _transport ??= await relay.Open(job.Document.Connections, password, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw new RefusedException($"the relay can't connect in this way: {failure.Message}", failure);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_transport is not null)
            await _transport.DisposeAsync().ConfigureAwait(false);
        if (_inputs != JobInputs.None)
            _inputs?.Dispose();
        _gate.Dispose();
    }

    private async Task<(SignedJob Job, ulong Revision)?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await bucket.GetAsync(RelayNames.JobKey(round, queue), WireJson.Default.SignedJob, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (ServerFailure.IsMissing(failure))
        {
            return null;
        }
        catch (JsonException malformed)
        {
            throw new RefusedException("it is malformed", malformed);
        }
    }

    private AcceptedJob Accept(SignedJob signed)
    {
        var accepted = relay.Policy.Accept(signed, run, round, queue, relay.Time.GetUtcNow());
        // The transport and a password belong to one job. A renewed job differs only in its times.
        var document = JsonSerializer.SerializeToUtf8Bytes(accepted.Document with { Issued = 0, Expires = 0 }, WireJson.Default.JobDocument);
        var identity = SHA256.HashData(document);
        if (_identity is null)
        {
            relay.Audit.Accepted(accepted);
            _identity = identity;
        }

        return _identity.AsSpan().SequenceEqual(identity) ? accepted : throw new RefusedException("it was replaced by another job");
    }

    private async Task<Dictionary<int, PieceTarget>> ReadPieceAsync(AcceptedJob job, int piece, CancellationToken cancellationToken)
    {
        if (await bucket.GetAsync(RelayNames.PieceKey(round, queue, piece), cancellationToken).ConfigureAwait(false) is not var (bytes, _))
            throw new RefusedException("its list of targets is not stored");
        var targets = job.ReadPiece(bytes, piece).Targets.ToDictionary(target => target.Rank);
        if (_pieces.Count == KeptPieces)
            _pieces.Dequeue();
        _pieces.Enqueue((piece, targets));
        return targets;
    }
}
