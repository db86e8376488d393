using System.Security.Cryptography;
using System.Text.Json;
using Volley.Relay.Wire;
using Volley.Ssh;

namespace Volley.Relay.Jobs;

/// <summary>Builds the job of a round for one queue: first the pieces of its targets, then the document that holds their hashes.</summary>
/// <param name="round">The round.</param>
/// <param name="queue">The queue.</param>
/// <param name="targets">The targets of the queue, in the order of their indices.</param>
internal sealed class JobBuilder(JobRound round, string queue, IReadOnlyList<Target> targets)
{
    /// <summary>The largest number of targets of a piece.</summary>
    public const int PieceTargets = 500;

    /// <summary>The largest size of a piece and of a document. A message of NATS has at most 1 MiB by default, and a document is sent in Base64.</summary>
    public const int MaxBytes = 640 * 1024;

    /// <summary>The time from the issue of a document to its expiry.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    private readonly List<int> _firstRanks = [];
    private readonly List<string> _hashes = [];

    /// <summary>Writes all pieces, in order.</summary>
    /// <param name="write">Stores the bytes of a piece of a number.</param>
    /// <exception cref="RelayException">A target has too many variables.</exception>
    public async Task WritePiecesAsync(Func<int, byte[], ValueTask> write)
    {
        foreach (var (firstRank, bytes) in TargetPieces.Create(round.Plan.Job, targets))
        {
            _firstRanks.Add(firstRank);
            _hashes.Add(Convert.ToHexStringLower(SHA256.HashData(bytes)));
            await write(_hashes.Count - 1, bytes).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the number of the piece with a target.</summary>
    public int PieceOf(Target target) => _firstRanks.BinarySearch(target.Index) is >= 0 and var exact ? exact : ~_firstRanks.BinarySearch(target.Index) - 1;

    /// <summary>Creates the document. The pieces must have been written.</summary>
    public JobDocument CreateDocument(DateTimeOffset now) => new()
    {
        Protocol = JobDocument.CurrentProtocol,
        Version = round.Version,
        Run = round.Run,
        Round = round.Number,
        Queue = queue,
        Started = now.ToUnixTimeSeconds(),
        Issued = now.ToUnixTimeSeconds(),
        Expires = now.Add(Life).ToUnixTimeSeconds(),
        Controller = round.Controller,
        Title = round.Title,
        Lease = round.Lease?.TotalSeconds,
        Pieces = [.. _hashes],
        Job = WriteJob(round.Plan.Job),
        Limits = JobLimits.Write(round.Plan),
        Connections = round.Connections,
        Inputs = [.. round.Inputs],
        HasSecrets = round.HasPassword || JobVariables.HasSecrets(round.Plan.Job),
    };

    /// <summary>Returns a document with a later expiry.</summary>
    public static JobDocument Renew(JobDocument document, DateTimeOffset now) =>
        document with { Issued = now.ToUnixTimeSeconds(), Expires = now.Add(Life).ToUnixTimeSeconds() };

    /// <summary>Signs a document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="signer">The key; null for a job that only relays without security accept.</param>
    /// <param name="cancellationToken">Ends the wait for an agent.</param>
    /// <exception cref="RelayException">The document is too large, or the agent does not sign.</exception>
    public static async ValueTask<SignedJob> SignAsync(JobDocument document, SshSigner? signer, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(document, WireJson.Default.JobDocument);
        if (bytes.Length > MaxBytes)
            throw new RelayException("the command with its variables is too large to be sent to relays; send a script with --script");
        if (signer is null)
            return new SignedJob(bytes, null);
        try
        {
            var signature = await signer.SignAsync(bytes, JobDocument.SignatureNamespace, cancellationToken).ConfigureAwait(false);
            return new SignedJob(bytes, signature.ToString());
        }
        catch (SshException failure)
        {
            throw new RelayException($"the job can't be signed: {failure.Message}", failure);
        }
    }

    /// <summary>Checks that a plan can be sent to relays.</summary>
    /// <exception cref="RelayException">It can't; the message says what to do.</exception>
    public static void Check(RunPlan plan, RelayConnectionSettings connections)
    {
        if (JsonJob.FindObstacle(plan.Job) is { } obstacle)
            throw new RelayException($"relays can't run {obstacle}; run it without relays");
        if (plan.RelativeTimeout is not null)
            throw new RelayException("relays can't apply a time limit that is a multiple of the median; give one in seconds");
        if (RelaySshOptions.FindFault(connections.SshOptions) is { } fault)
            throw new RelayException($"{fault}; set it in the configuration of the relays");
        foreach (var target in plan.Targets)
        {
            if (target.IdentityFile is not null)
                throw new RelayException($"{target.Label}: relays use their own keys, but the inventory names an identity file; name it in the configuration of the relays");
            if (TargetFields.FindFault(target.Host, target.User, target.Address, target.ProxyJump) is { } wrong)
                throw new RelayException($"{target.Label}: {wrong}");
        }
    }

    private static JsonElement WriteJob(Job job)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            JsonJob.Write(json, job);
        return JsonElement.Parse(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }
}
