using System.Collections.Immutable;
using System.Globalization;

namespace Volley.Execution.Steps;

/// <summary>The runner of <see cref="StepsJob"/>: runs each step as a command, on the same session.</summary>
internal sealed class StepsRunner : IJobRunner, IDisposable
{
    private readonly RunContext _run;
    private readonly ImmutableArray<(CommandRunner Runner, RelativeLimit? Limit)> _steps;
    private readonly Phase _starting;

    /// <param name="job">The job.</param>
    /// <param name="run">What all nodes of the run share.</param>
    public StepsRunner(StepsJob job, RunContext run)
    {
        _run = run;
        _steps =
        [
            .. job.Steps.Select(step =>
            {
                // A step is compared with the same step of the others.
                var its = run with { RelativeLimit = RunContext.CreateRelativeLimit(run.Plan, run.Time) };
                return (new CommandRunner(step, its), its.RelativeLimit);
            }),
        ];
        _starting = new Phase(run.ConnectTimeout, new NodeResult(NodeOutcome.ConnectTimedOut)
        {
            Message = string.Create(CultureInfo.InvariantCulture, $"the command was not started after {run.ConnectTimeout.TotalSeconds:0.###} s"),
        });
    }

    public void Begin()
    {
        foreach (var (runner, _) in _steps)
            runner.Begin();
    }

    public async Task<NodeResult> RunAsync(Node node, ISession session)
    {
        var isIncomplete = false;
        // The work may be tried again on another session, from the step that was not started.
        for (var step = node.Step ??= 1; ; node.Step = ++step)
        {
            var (runner, limit) = _steps[step - 1];
            var result = await runner.RunAsync(node, session).ConfigureAwait(false);
            isIncomplete |= result.OutputMayBeIncomplete;
            if (result.Outcome == NodeOutcome.Exited)
                limit?.Complete(node.Target);
            if (step == _steps.Length || !NodeRunner.Judge(result, _run.Plan).Succeeded)
                return result with { OutputMayBeIncomplete = isIncomplete };
            node.Deadline.PausePhase();
            node.Deadline.ThrowIfFired();
            End(node, step);
            node.Step = step + 1;
            if (_run.Barrier is { } barrier)
                await barrier.PassAsync(node).ConfigureAwait(false);
            node.Deadline.StartPhase(_starting);
            node.Deadline.ThrowIfFired();
        }
    }

    public void End(Node node)
    {
        for (var step = node.Step ?? 1; step <= _steps.Length; step++)
            End(node, step);
        _run.Barrier?.Leave();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, limit) in _steps)
            limit?.Dispose();
    }

    private void End(Node node, int step)
    {
        var (runner, limit) = _steps[step - 1];
        runner.End(node);
        limit?.End(node.Target);
        node.HasTakenInput = false;
    }
}
