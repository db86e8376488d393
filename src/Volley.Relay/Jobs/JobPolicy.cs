using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Volley.Relay.Wire;
using Volley.Ssh;

namespace Volley.Relay.Jobs;

/// <summary>Decides whether a relay runs a job.</summary>
/// <param name="signersFile">The file of allowed signers, which is read for each job, so that a removed signer has no more jobs; null to accept jobs without a signature.</param>
/// <param name="allowsExec">Whether jobs may run processes on the relay.</param>
internal sealed class JobPolicy(string? signersFile, bool allowsExec)
{
    /// <summary>The largest difference of two clocks.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>The longest time from the first document of a round to the last use of a renewed one. Targets are remembered as long.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(7);

    /// <summary>Checks a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="run">The run that the chunk names.</param>
    /// <param name="round">The round that the chunk names.</param>
    /// <param name="queue">The queue from which the relay has taken the chunk.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="RefusedException">The relay does not run the job.</exception>
    public AcceptedJob Accept(SignedJob job, string run, int round, string queue, DateTimeOffset now)
    {
        if (job.Document is null)
            throw new RefusedException("it has no document");
        var principal = Verify(job, now);
        CheckProtocol(job.Document);
        try
        {
            var document = JsonSerializer.Deserialize(job.Document, WireJson.Default.JobDocument) ?? throw new JsonException("it is null");
            if (document.Run != run || document.Round != round || document.Queue != queue)
                throw new RefusedException("it was signed for another run, round or group of relays");
            CheckTimes(document, now);
            DocumentChecks.Check(document, allowsExec);
            var accepted = new AcceptedJob(document, principal, Convert.ToHexStringLower(SHA256.HashData(job.Document)));
            accepted.Check();
            return accepted;
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException or OverflowException or InvalidOperationException)
        {
            throw new RefusedException($"its document is malformed: {wrong.Message}", wrong);
        }
    }

    private string? Verify(SignedJob job, DateTimeOffset now)
    {
        if (signersFile is null)
            return null;
        if (job.Signature is null)
            throw new RefusedException("it is not signed; this relay runs only signed jobs");
        AllowedSigners signers;
        try
        {
            signers = AllowedSigners.Read(signersFile);
        }
        catch (SshException failure)
        {
            throw new RefusedException($"the relay can't read its allowed signers: {failure.Message}", failure);
        }

        try
        {
            var signature = SshSignature.Parse(job.Signature);
            return signers.Verify(signature, job.Document, JobDocument.SignatureNamespace, now)
                ?? throw new RefusedException($"its signature is not that of an allowed signer; the key is {signature.Fingerprint}");
        }
        catch (SshException malformed)
        {
            throw new RefusedException($"its signature is malformed: {malformed.Message}", malformed);
        }
    }

    /// <summary>Checks the protocol before the rest, which only the same protocol can read.</summary>
    private static void CheckProtocol(byte[] document)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            var protocol = json.RootElement.GetProperty("protocol"u8).GetInt32();
            if (protocol == JobDocument.CurrentProtocol)
                return;
            var version = json.RootElement.TryGetProperty("version"u8, out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : "unknown";
            throw new RefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"its controller has volley {version} with protocol {protocol}, but this relay has protocol {JobDocument.CurrentProtocol}; use the same version"));
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new RefusedException($"its document is malformed: {wrong.Message}", wrong);
        }
    }

    private static void CheckTimes(JobDocument document, DateTimeOffset now)
    {
        var (started, issued, expires) = (Time(document.Started), Time(document.Issued), Time(document.Expires));
        if (started > issued || issued >= expires || expires - issued > 2 * JobBuilder.Life)
            throw new RefusedException("its times contradict each other");
        if (now > expires + ClockSkew)
            throw new RefusedException($"it expired at {expires:u}, and the relay's clock says {now:u}");
        if (now < issued - ClockSkew)
            throw new RefusedException($"it was issued at {issued:u}, which is in the future for the relay's clock: {now:u}");
        if (now > started + MaxLife)
            throw new RefusedException($"its round began at {started:u}, which is too long ago");
    }

    private static DateTimeOffset Time(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);
}
