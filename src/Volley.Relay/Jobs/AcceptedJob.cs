using System.Security.Cryptography;
using System.Text.Json;
using Volley.Relay.Wire;

namespace Volley.Relay.Jobs;

/// <summary>A job that <see cref="JobPolicy"/> has accepted.</summary>
/// <param name="document">The document.</param>
/// <param name="principal">The principals of the signer in the file of allowed signers; null for a job that is not signed.</param>
/// <param name="hash">The SHA-256 of the document's bytes, in hexadecimal digits.</param>
internal sealed class AcceptedJob(JobDocument document, string? principal, string hash)
{
    public JobDocument Document => document;

    /// <summary>The principals of the signer; null for a job that is not signed.</summary>
    public string? Principal => principal;

    /// <summary>The SHA-256 of the document's bytes, in hexadecimal digits.</summary>
    public string Hash => hash;

    /// <summary>Reads a piece of the targets, and checks that it is the one that was signed.</summary>
    /// <param name="bytes">The bytes of the piece.</param>
    /// <param name="piece">The number of the piece.</param>
    /// <exception cref="RefusedException">It is not, or a target is invalid.</exception>
    public TargetPiece ReadPiece(ReadOnlySpan<byte> bytes, int piece)
    {
        if (piece < 0 || piece >= document.Pieces.Length || Convert.ToHexStringLower(SHA256.HashData(bytes)) != document.Pieces[piece])
            throw new RefusedException("its list of targets is not the one that was signed");
        try
        {
            var read = JsonSerializer.Deserialize(bytes, WireJson.Default.TargetPiece) ?? throw new JsonException("null");
            PieceChecks.Check(read, JsonJob.Commands(ReadJob()).Length);
            return read;
        }
        catch (JsonException malformed)
        {
            throw new RefusedException($"its list of targets is malformed: {malformed.Message}", malformed);
        }
    }

    /// <summary>Creates the plan for targets of a piece. The rank of a target of the plan is that of the element with its index.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="inputs">The inputs of the job.</param>
    /// <param name="secrets">The controller's reply to a request for the values of these targets; null if the document asks for none.</param>
    /// <exception cref="RefusedException">Secret values are missing.</exception>
    public RunPlan CreatePlan(IReadOnlyList<PieceTarget> targets, JobInputs inputs, SecretsReply? secrets)
    {
        if (document.HasSecrets && secrets is null)
            throw new RefusedException("the controller did not send its secret variables");
        var job = JobVariables.Apply(ReadJob(inputs), target => [targets[target.Index].Variables, secrets?.Variables.GetValueOrDefault(targets[target.Index].Rank)]);
        var plan = new RunPlan(targets.Select(CreateTarget), job) { MaxConcurrency = Math.Max(1, targets.Count) };
        return JobLimits.Apply(document.Limits, plan);
    }

    /// <summary>Checks what <see cref="CreatePlan"/> needs of the document.</summary>
    /// <exception cref="JsonException">The job is not of its form.</exception>
    /// <exception cref="ArgumentException">A limit is outside of its range.</exception>
    /// <exception cref="OverflowException">A time is too long.</exception>
    internal void Check()
    {
        using var input = StandardInput.FromStream(Stream.Null);
        var job = JsonJob.Read(document.Job, number => document.Inputs.Any(stored => stored.Command == number) ? input : throw new JsonException("an input is missing"));
        if (JsonJob.FindObstacle(job) is { } obstacle)
            throw new JsonException(obstacle);
        JobLimits.Apply(document.Limits, new RunPlan([], new PingJob()));
    }

    private Job ReadJob(JobInputs? inputs = null)
    {
        using var input = StandardInput.FromStream(Stream.Null);
        return JsonJob.Read(document.Job, number => inputs?.Get(number) ?? input);
    }

    private static Target CreateTarget(PieceTarget target)
    {
        var created = new Target(target.Host) { User = target.User, Port = target.Port, Address = target.Address, ProxyJump = target.ProxyJump };
        return target.Label is { } label ? created with { Label = label } : created;
    }
}
