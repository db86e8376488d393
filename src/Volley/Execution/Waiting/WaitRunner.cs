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
        try
        {
            while (await _attempt.TryAsync(node, WorkAsync).ConfigureAwait(false) is { } failure)
            {
                last = failure;
                await _attempt.PauseAsync(node, job.Interval).ConfigureAwait(false);
            }
        }
        catch (Exception) when (node.Deadline.HasFired)
        {
            return node.Deadline.Ending! with { Message = last is null ? null : $"not ready; the last attempt: {last}" };
        }

        return new NodeResult(NodeOutcome.Exited) { ExitCode = 0 };
    }

    private async Task<string?> WorkAsync(ISession session, CancellationToken cancellationToken)
    {
        if (job.Command is null)
        {
            await session.PingAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }

        var (status, _, error) = await RemoteCommand.ReadAsync(session, job.Command, input: null, cancellationToken).ConfigureAwait(false);
        return status.ExitCode == 0 ? null : Describe(status, error);
    }

    /// <summary>Returns the way in which a command has failed, with the last line of its messages.</summary>
    internal static string Describe(ExitStatus status, string error)
    {
        var end = status.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"exit {code}") : $"killed by signal {status.Signal}";
        return error.Length == 0 ? end : $"{end}: {error.Split('\n')[^1]}";
    }
}
