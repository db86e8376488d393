using System.Text.Json;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Volley.Interop;
using Volley.Relay.Jobs;
using Volley.Relay.Server;
using Volley.Relay.Wire;
using Volley.Relay.Worker.Queues;

namespace Volley.Relay.Worker;

/// <summary>Serves one chunk: checks its job, claims its targets, and runs them.</summary>
/// <param name="relay">The relay.</param>
/// <param name="run">The run.</param>
/// <param name="message">The message that the chunk came with.</param>
/// <param name="item">The chunk.</param>
internal sealed partial class ChunkRun(RelayContext relay, ServedRun run, WorkMessage message, WorkItem item)
{
    private static readonly TimeSpan ShortDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClaimTime = TimeSpan.FromSeconds(60);
    private readonly ILogger _logger = relay.Logger;

    /// <summary>Serves the chunk to its end.</summary>
    /// <param name="drain">Gives back what is not claimed.</param>
    /// <param name="abandon">Ends everything without waiting for the server.</param>
    public async Task RunAsync(CancellationToken drain, CancellationToken abandon)
    {
        var held = item.Ranks.Length;
        try
        {
            var token = Sodium.RandomDigits(16);
            if (await ClaimAsync(token, drain, abandon).ConfigureAwait(false) is not var (job, claims))
                return;
            var won = claims.Count(claim => claim.Outcome == ClaimOutcome.Won);
            relay.Capacity.Release(held - won);
            held = 0;
            if (won == 0)
                return;
            using var targets = new TargetsRun(relay, run, item.Round, job, claims, token);
            await targets.RunAsync(abandon).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            // The controller learns from the end of beats that the targets are lost.
        }
        finally
        {
            relay.Capacity.Release(held);
        }
    }

    /// <summary>Checks the job, claims the targets and answers the message. Returns null if there is nothing to run.</summary>
    private async Task<(PreparedJob Job, Claim[] Claims)?> ClaimAsync(string token, CancellationToken drain, CancellationToken abandon)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        var extending = message.ExtendAsync(relay.Time, answered.Token);
        try
        {
            if (await PrepareAsync(drain, abandon).ConfigureAwait(false) is not { } job)
                return null;
            using var giveUp = new CancellationTokenSource(run.Patience < ClaimTime ? run.Patience : ClaimTime, relay.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(drain, giveUp.Token);
            var claims = await Task.WhenAll(item.Ranks.Select(rank => run.Claims.ClaimAsync(item.Round, rank, token, either.Token, abandon)))
                .ConfigureAwait(false);
            if (claims.Any(claim => claim.Outcome == ClaimOutcome.GivenUp))
                await message.ReturnAsync(drain.IsCancellationRequested ? TimeSpan.Zero : ShortDelay, abandon).ConfigureAwait(false);
            else
                await message.AcknowledgeAsync(abandon).ConfigureAwait(false);
            return (job, claims);
        }
        finally
        {
            await answered.CancelAsync().ConfigureAwait(false);
            await extending.ConfigureAwait(false);
        }
    }

    /// <summary>Does what must be done before a claim. Returns null if the message was answered, because the chunk is not run here.</summary>
    private async Task<PreparedJob?> PrepareAsync(CancellationToken drain, CancellationToken abandon)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(drain, abandon);
        try
        {
            if (item.Protocol != JobDocument.CurrentProtocol)
            {
                run.ReportProtocol(item.Protocol);
                await message.ReturnAsync(LongDelay, abandon).ConfigureAwait(false);
                return null;
            }

            if (!run.IsOver(item.Round))
                return await PrepareJobAsync(either.Token).ConfigureAwait(false);
            await message.AcknowledgeAsync(abandon).ConfigureAwait(false);
        }
        catch (RefusedException refusal)
        {
            await RefuseAsync(refusal.Message, abandon).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested && !abandon.IsCancellationRequested)
        {
            await message.ReturnAsync(TimeSpan.Zero, abandon).ConfigureAwait(false);
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, abandon))
        {
            LogFailure(run.Id, item.Round, failure.Message);
            await message.ReturnAsync(ShortDelay, abandon).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<PreparedJob?> PrepareJobAsync(CancellationToken cancellationToken)
    {
        var job = run.GetJob(item.Round, item.Queue);
        if (await job.AcceptAsync(cancellationToken).ConfigureAwait(false) is not { } accepted)
        {
            LogUnknown(run.Id, item.Round);
            await message.RemoveAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }

        run.Lease = accepted.Document.Lease is { } lease ? TimeSpan.FromSeconds(lease) : null;
        if (!await HearControllerAsync(cancellationToken).ConfigureAwait(false))
        {
            await message.ReturnAsync(LongDelay, cancellationToken).ConfigureAwait(false);
            return null;
        }

        var targets = await job.FindTargetsAsync(accepted, item.Piece, item.Ranks, cancellationToken).ConfigureAwait(false)
            ?? throw new RefusedException("a target is not in its list of targets");
        var inputs = await job.FetchInputsAsync(accepted, cancellationToken).ConfigureAwait(false);
        var secrets = accepted.Document.HasSecrets ? await AskSecretsAsync(cancellationToken).ConfigureAwait(false) : null;
        var transport = await job.OpenAsync(accepted, secrets?.Password, cancellationToken).ConfigureAwait(false);
        var plan = accepted.CreatePlan(targets, inputs, secrets);
        plan = plan with { MaxConcurrency = Math.Min(plan.MaxConcurrency, relay.Capacity.Size), ReusesOutputBuffers = true };
        return new PreparedJob(accepted, plan, targets, item.Ranks, transport);
    }

    /// <summary>Waits for a message of the controller, so that no target of a dead run is begun. With no lease it is begun.</summary>
    private async Task<bool> HearControllerAsync(CancellationToken cancellationToken)
    {
        if (run.Lease is null)
            return true;
        while (run.Controller.Silence > run.Patience)
        {
            if (!await run.Controller.WaitAsync(LongDelay, cancellationToken).ConfigureAwait(false))
                return false;
        }

        return true;
    }

    private async Task<SecretsReply> AskSecretsAsync(CancellationToken cancellationToken)
    {
        var request = JsonSerializer.SerializeToUtf8Bytes(new SecretsRequest(item.Round, item.Ranks), WireJson.Default.SecretsRequest);
        var reply = await relay.Server.Connection.RequestAsync(
            RelayNames.Secrets(run.Id),
            request,
            requestSerializer: NatsRawSerializer<byte[]>.Default,
            replySerializer: NatsRawSerializer<byte[]>.Default,
            cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(reply.Data, WireJson.Default.SecretsReply) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            // The message of the exception could quote the values.
            throw new RefusedException("the controller's reply with secret variables is malformed");
        }
    }

    private async Task RefuseAsync(string reason, CancellationToken abandon)
    {
        LogRefused(run.Id, item.Round, item.Ranks.Length, reason);
        try
        {
            relay.Audit.Refused(item, reason);
        }
        catch (IOException failure)
        {
            LogAuditFailure(failure.Message);
        }

        var publisher = run.GetPublisher(item.Round);
        await publisher.WaitForStoredAsync(publisher.Refuse(item.Ranks, reason), abandon).ConfigureAwait(false);
        await message.AcknowledgeAsync(abandon).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "a refusal can't be recorded: {Reason}")]
    private partial void LogAuditFailure(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}, round {Round}: {Count} targets are refused: {Reason}")]
    private partial void LogRefused(string run, int round, int count, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}, round {Round}: a chunk of targets is dropped, because no such job is stored")]
    private partial void LogUnknown(string run, int round);

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {Run}, round {Round}: a chunk of targets is given back: {Reason}")]
    private partial void LogFailure(string run, int round, string reason);
}
