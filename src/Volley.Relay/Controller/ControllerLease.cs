using NATS.Client.Core;
using Volley.Interop.Waiting;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>The key <c>controller</c> of a run, which one controller holds: it writes it again by compare and set, until another one takes over.</summary>
internal sealed class ControllerLease(RelayServer server, RelayRunOptions options, TimeProvider time)
{
    /// <summary>The time of silence after which another controller may take over.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private readonly Bucket _bucket = server.OpenBucket(RelayNames.RunBucket(options.RunId));
    private readonly AsyncGate _writing = new(1);
    private ControllerRecord _record = new(options.Controller, 1, options.Title, options.Size, 0);
    private int _ended;
    private ulong _revision;

    public int Epoch => _record.Epoch;

    /// <summary>Takes the run, as its first controller or after an earlier one.</summary>
    /// <exception cref="RelayException">The run exists, or does not exist, or has a controller.</exception>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        _record = _record with { Started = now, Seen = now };
        if (options.Attaches)
        {
            if (await _bucket.GetAsync(RelayNames.ControllerKey, WireJson.Default.ControllerRecord, cancellationToken).ConfigureAwait(false) is not var (last, revision))
                throw new RelayException($"there is no run {options.RunId} at the server");
            if (!await WaitForSilenceAsync(revision, cancellationToken).ConfigureAwait(false))
                throw new RelayException($"{last.Controller} controls the run {options.RunId}; stop it there, or attach when it is gone");
            (_record, _revision) = (last with { Controller = options.Controller, Epoch = last.Epoch + 1, Seen = now }, revision);
        }

        if (!await TryWriteAsync(_record, cancellationToken).ConfigureAwait(false))
            throw new RelayException(options.Attaches ? $"another controller has just taken over the run {options.RunId}" : $"there is a run {options.RunId} already");
        if (!options.Attaches)
            await _bucket.PutAsync(RelayNames.EntryKey, options.Entry, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Counts a target that has ended.</summary>
    public void CountEnd() => Interlocked.Increment(ref _ended);

    /// <summary>Writes a heartbeat. Returns false if another controller has taken over.</summary>
    /// <param name="size">The number of targets of a round that begins; 0 for no change.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="NatsException">The server does not answer.</exception>
    public async Task<bool> RenewAsync(int size, CancellationToken cancellationToken)
    {
        await _writing.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            size = Math.Max(_record.Size, size);
            _record = _record with { Size = size, Seen = time.GetUtcNow().ToUnixTimeSeconds(), Ended = Math.Min(size, Volatile.Read(ref _ended)) };
            return await TryWriteAsync(_record, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writing.Leave();
        }
    }

    private async Task<bool> TryWriteAsync(ControllerRecord record, CancellationToken cancellationToken)
    {
        if (await _bucket.TryWriteAsync(RelayNames.ControllerKey, record, WireJson.Default.ControllerRecord, _revision, cancellationToken).ConfigureAwait(false)
            is { } written)
        {
            _revision = written;
            return true;
        }

        // It may have been written by an attempt whose answer was lost.
        if (await _bucket.GetAsync(RelayNames.ControllerKey, WireJson.Default.ControllerRecord, cancellationToken).ConfigureAwait(false) is not var (found, revision)
            || _revision == 0 || found.Epoch != record.Epoch || found.Controller != record.Controller)
        {
            return false;
        }

        _revision = revision;
        return true;
    }

    /// <summary>Returns whether the controller is gone. Its clock is not asked: what counts is whether anything comes of it.</summary>
    private async Task<bool> WaitForSilenceAsync(ulong revision, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(await GetRestAsync(cancellationToken).ConfigureAwait(false));
        try
        {
            await foreach (var _ in server.Connection.SubscribeAsync(
                RelayNames.Control(options.RunId), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: limit.Token).ConfigureAwait(false))
            {
                return false;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing has come.
        }

        return await _bucket.GetAsync(RelayNames.ControllerKey, cancellationToken).ConfigureAwait(false) is var (_, current) && current == revision;
    }

    /// <summary>Returns the time since the last heartbeat, by the clock of the server.</summary>
    /// <param name="bucket">The bucket of the run.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public static async Task<TimeSpan> GetSilenceAsync(Bucket bucket, CancellationToken cancellationToken)
    {
        const string ProbeKey = "probe";
        await bucket.PutAsync(ProbeKey, ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        var written = await bucket.GetTimeAsync(RelayNames.ControllerKey, cancellationToken).ConfigureAwait(false);
        var now = await bucket.GetTimeAsync(ProbeKey, cancellationToken).ConfigureAwait(false);
        return written is null || now is null ? TimeSpan.Zero : now.Value - written.Value;
    }

    /// <summary>Returns the rest of the time of silence.</summary>
    private async Task<TimeSpan> GetRestAsync(CancellationToken cancellationToken)
    {
        var rest = Silence - await GetSilenceAsync(_bucket, cancellationToken).ConfigureAwait(false);
        return rest > TimeSpan.FromSeconds(3) ? rest : TimeSpan.FromSeconds(3);
    }
}
