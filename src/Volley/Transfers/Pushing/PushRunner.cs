using Volley.Execution;
using Volley.Ssh;

namespace Volley.Transfers.Pushing;

/// <summary>The runner of <see cref="PushJob"/>.</summary>
/// <param name="job">The job.</param>
/// <param name="run">What all nodes of the run share.</param>
internal sealed class PushRunner(PushJob job, RunContext run) : IJobRunner
{
    private readonly WorkPhases _phases = new(run, "the server has not started the transfer after", "the transfer took longer than");
    private readonly PushLimits _limits = new(job, run);
    private PushPlan? _plan;
    private Exception? _planFailure;

    public void Begin()
    {
        try
        {
            _plan = job.TakePlan(run.Plan.Targets);
        }
        catch (Exception failure) when (failure is IOException or ArgumentException)
        {
            _planFailure = failure;
        }
    }

    public async Task<NodeResult> RunAsync(Node node, ISession session)
    {
        var plan = _plan ?? throw new TransportException(NodeOutcome.TransferFailed, _planFailure!.Message, _planFailure);
        node.Transfer = new TransferProgress(run, node.Target);
        try
        {
            if (await OpenAsync(node, session).ConfigureAwait(false) is { } client)
            {
                await using var closing = client.ConfigureAwait(false);
                await BeginAsync(node).ConfigureAwait(false);
                await new HostPush(job, node, session, client, plan, _limits).RunAsync().ConfigureAwait(false);
            }
            else
            {
                await BeginAsync(node).ConfigureAwait(false);
                await new ShellPush(job, node, session, plan, _limits).RunAsync().ConfigureAwait(false);
            }

            return new NodeResult(NodeOutcome.Exited) { ExitCode = 0 };
        }
        catch (Exception) when (node.Deadline.HasFired)
        {
            var ending = node.Deadline.Ending!;
            return ending with { Message = ending.Message is { } message ? $"{message}; {node.Transfer.Describe("sent")}" : node.Transfer.Describe("sent") };
        }
        catch (SftpException lost) when (lost.IsConnectionLost && !SftpServerStart.IsViolation(lost))
        {
            var reason = SftpServerStart.FindLoss(lost)?.Message ?? lost.Message;
            throw new TransportException(NodeOutcome.ConnectionLost, $"{reason}; {node.Transfer.Describe("sent")}", lost);
        }
        catch (IOException failure)
        {
            var message = node.Transfer.TotalFiles > 1 ? $"{failure.Message}; {node.Transfer.Describe("sent")}" : failure.Message;
            throw new TransportException(NodeOutcome.TransferFailed, message, failure)
            {
                Reason = (failure as TransferException)?.Reason ?? (failure as SftpException)?.Reason,
                Remedy = (failure as TransferException)?.Remedy ?? Remedy.None,
            };
        }
    }

    private async Task BeginAsync(Node node)
    {
        node.Telemetry.StartCommand();
        node.Deadline.Arm();
        await run.Events.AddAsync(new NodeStarted(node.Target)).ConfigureAwait(false);
    }

    /// <summary>Begins SFTP. Returns null if the shell is used in its place.</summary>
    private async Task<SftpClient?> OpenAsync(Node node, ISession session)
    {
        if (job.Method == TransferMethod.Shell)
        {
            await WorkPhases.WaitForTurnAsync(node, session).ConfigureAwait(false);
            _phases.BeginWork(node, isStartTimed: false);
            return null;
        }

        try
        {
            return await SftpServerStart.Subsystem.OpenAsync(node, session, _phases).ConfigureAwait(false);
        }
        catch (SftpUnavailableException failure) when (job.Method == TransferMethod.Sftp)
        {
            throw new TransferException("SFTP", failure.Message, failure);
        }
        catch (SftpUnavailableException failure)
        {
            if (ShellPush.GetLimitation(job, _plan!.GetTrees(node.Target)) is { } limitation)
                throw new TransferException("SFTP", $"{failure.Message}; {limitation}", failure);
            _phases.BeginWork(node, isStartTimed: false);
            return null;
        }
    }
}
