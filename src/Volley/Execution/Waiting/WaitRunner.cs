using System.Globalization;
using Volley.Transfers;

namespace Volley.Execution.Waiting;

/// <summary>The runner of <see cref="WaitJob"/>.</summary>
/// <param name="job">The job.</param>
/// <param name="run">What all nodes of the run share.</param>
internal sealed class WaitRunner(WaitJob job, RunContext run) : IJobRunner
{
    private readonly Attempt _attempt = new(run, run.Plan.CommandTimeout);

    public bool ConnectsItself => true;

    public Task<NodeResult> RunAsync(Node node, ISession session) => throw new NotSupportedException("this runner connects itself");

    public async Task<NodeResult> RunAsync(Node node)
    {
        string? last = null;
        var attempts = 0;
        // The session of the present attempt is there, so that the command runs.
        var isRunning = false;
        NodeResult? exit = null;
        try
        {
            while (await _attempt.TryAsync(node, WorkAsync).ConfigureAwait(false) is { } failure)
            {
                isRunning = false;
                if (failure != last)
                    await ReportAsync(node, (exit ?? new NodeResult(NodeOutcome.ConnectFailed) { Message = failure }) with { Retries = attempts }).ConfigureAwait(false);
                (last, exit) = (failure, null);
                attempts++;
                await _attempt.PauseAsync(node, job.Interval).ConfigureAwait(false);
            }
        }
        catch (Exception) when (node.Deadline.HasFired)
        {
            var state = isRunning && job.Command is not null ? "the command has not ended" : last ?? "not connected yet";
            return node.Deadline.Ending! with { Message = $"not ready; the last attempt: {state}" };
        }

        return new NodeResult(NodeOutcome.Exited) { ExitCode = 0 };

        async Task<string?> WorkAsync(ISession session, CancellationToken cancellationToken)
        {
            isRunning = true;
            if (job.Command is null)
            {
                await session.PingAsync(cancellationToken).ConfigureAwait(false);
                return null;
            }

            var (status, error) = await RemoteCommand.RunAtAsync(session, job.Command, node.Target, cancellationToken).ConfigureAwait(false);
            if (status.ExitCode == 0)
                return null;
            exit = status.ExitCode is { } code ? new NodeResult(NodeOutcome.Exited) { ExitCode = code } : new NodeResult(NodeOutcome.Signaled) { Signal = status.Signal };
            exit = exit with { Message = error.Length == 0 ? null : error.Split('\n')[^1] };
            return Describe(status, error);
        }
    }

    /// <summary>Reports an attempt that failed in another way than the one before it.</summary>
    private ValueTask ReportAsync(Node node, NodeResult result) => run.Events.AddAsync(new NodeRetrying(node.Target, result, job.Interval));

    /// <summary>Returns the way in which a command has failed, with the last line of its messages.</summary>
    internal static string Describe(ExitStatus status, string error)
    {
        var end = status.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"exit {code}") : $"killed by signal {status.Signal}";
        return error.Length == 0 ? end : $"{end}: {error.Split('\n')[^1]}";
    }
}
