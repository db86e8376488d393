using NATS.Client.Core;
using Volley.Relay.Jobs;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>The jobs of a round, one for each queue, and their pieces.</summary>
internal sealed class RoundJobs(RelayRun run, int number)
{
    private static readonly TimeSpan RenewalTime = JobBuilder.Life / 2;
    private readonly Dictionary<string, (JobBuilder Builder, JobDocument Document)> _jobs = [];

    /// <summary>The queues of the round.</summary>
    public IEnumerable<string> Queues => _jobs.Keys;

    /// <summary>Whether an earlier controller has written the jobs.</summary>
    public bool WereStored { get; private set; }

    public int PieceOf(string queue, Target target) => _jobs.TryGetValue(queue, out var job) ? job.Builder.PieceOf(target) : 0;

    /// <summary>Writes the pieces and the signed jobs, or finds those of an earlier controller.</summary>
    /// <exception cref="RelayException">The plan can't be sent, is not the one of the earlier controller, or can't be signed or stored.</exception>
    public async Task WriteAsync(RunPlan plan, CancellationToken cancellationToken)
    {
        JobBuilder.Check(plan, run.Options.Connections);
        var byQueue = new Dictionary<string, List<Target>>();
        foreach (var target in plan.Targets)
        {
            var queue = run.Options.Queue(target);
            if (!byQueue.TryGetValue(queue, out var targets))
                byQueue[queue] = targets = [];
            targets.Add(target);
        }

        await run.Directory.CheckAsync(byQueue.Keys, cancellationToken).ConfigureAwait(false);
        try
        {
            var stored = await ReadStoredAsync(byQueue.Keys, cancellationToken).ConfigureAwait(false);
            WereStored = stored.Count > 0;
            var round = await CreateRoundAsync(plan, cancellationToken).ConfigureAwait(false);
            foreach (var (queue, targets) in byQueue)
                await WriteAsync(new JobBuilder(round, queue, targets), queue, stored.GetValueOrDefault(queue), cancellationToken).ConfigureAwait(false);
        }
        catch (NatsException failure)
        {
            throw new RelayException($"the job can't be stored at the NATS server: {failure.Message}", failure);
        }
    }

    /// <summary>Signs jobs again that expire before long.</summary>
    /// <exception cref="RelayException">A job can't be signed.</exception>
    /// <exception cref="NatsException">The server does not answer.</exception>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        var now = run.Time.GetUtcNow();
        foreach (var (queue, (builder, document)) in _jobs.ToArray())
        {
            if (DateTimeOffset.FromUnixTimeSeconds(document.Expires) - now > RenewalTime)
                continue;
            await SignAsync(builder, queue, JobBuilder.Renew(document, now), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<JobRound> CreateRoundAsync(RunPlan plan, CancellationToken cancellationToken)
    {
        var options = run.Options;
        return new JobRound
        {
            Run = options.RunId,
            Number = number,
            Plan = plan,
            Connections = options.Connections,
            Controller = options.Controller,
            Title = options.Title,
            Version = options.Version,
            Lease = options.Lease,
            HasPassword = options.ElevationPassword is not null,
            // Inputs of a stored job are stored, too, and may be read only once.
            Inputs = WereStored ? [] : await JobInputs.StoreAsync(run.Server, options.RunId, number, plan.Job, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task WriteAsync(JobBuilder builder, string queue, JobDocument? stored, CancellationToken cancellationToken)
    {
        await builder.WritePiecesAsync(async (piece, bytes) =>
        {
            if (stored is null)
                await run.Bucket.PutAsync(RelayNames.PieceKey(number, queue, piece), bytes, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        var now = run.Time.GetUtcNow();
        var document = builder.CreateDocument(now);
        if (stored is not null && !stored.Pieces.SequenceEqual(document.Pieces))
            throw new RelayException("the hosts of the run have changed since it was started, or their variables");
        await SignAsync(builder, queue, stored is null ? document : JobBuilder.Renew(stored, now), cancellationToken).ConfigureAwait(false);
    }

    private async Task SignAsync(JobBuilder builder, string queue, JobDocument document, CancellationToken cancellationToken)
    {
        var job = await JobBuilder.SignAsync(document, run.Options.Signer, cancellationToken).ConfigureAwait(false);
        await run.Bucket.PutAsync(RelayNames.JobKey(number, queue), job, WireJson.Default.SignedJob, cancellationToken).ConfigureAwait(false);
        _jobs[queue] = (builder, document);
    }

    private async Task<Dictionary<string, JobDocument>> ReadStoredAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, JobDocument>();
        if (!run.Options.Attaches)
            return found;
        foreach (var queue in queues)
        {
            if (await run.Bucket.GetAsync(RelayNames.JobKey(number, queue), WireJson.Default.SignedJob, cancellationToken).ConfigureAwait(false) is var (job, _)
                && System.Text.Json.JsonSerializer.Deserialize(job.Document, WireJson.Default.JobDocument) is { } document)
            {
                found[queue] = document;
            }
        }

        return found;
    }
}
