using System.Diagnostics.CodeAnalysis;
using Volley.Targets;
using Volley.Transports;

namespace Volley;

/// <summary>One run in progress: a window of workers, each of which runs one target after the other.</summary>
internal sealed class Run(ITransport transport, RunPlan plan, RunControl control, TimeProvider time)
{
    private Task _workers = Task.CompletedTask;
    private int _next;

    public RunControl Control { get; } = control;

    public EventQueue Events { get; } = new();

    private StandardInput? Input => (plan.Job as CommandJob)?.Input;

    public void Start()
    {
        Input?.Expect(plan.Targets.Length);
        var window = Math.Min(plan.Parallel, plan.Targets.Length);
        _workers = WorkAsync(window);
    }

    /// <summary>Takes the next target from the plan.</summary>
    public bool TryTakeTarget([NotNullWhen(true)] out Target? target)
    {
        var index = Interlocked.Increment(ref _next) - 1;
        target = index < plan.Targets.Length ? plan.Targets[index] : null;
        return target is not null;
    }

    /// <summary>Returns the result of a target that was still queued when the run stopped.</summary>
    public NodeResult NotStarted(Target target)
    {
        using var deadline = new Deadline(time);
        Control.Enter(target, deadline);
        Control.Leave(target, succeeded: false);
        return new NodeResult(NodeOutcome.NotStarted) { Stop = Control.Reason, IsMainRank = target.Index == plan.MainRank };
    }

    /// <summary>Ends the run after its reader has left, at the last event or before: stops what still runs.</summary>
    public async Task EndAsync()
    {
        // The workers' task may complete a moment after the queue.
        if (!Events.IsCompleted)
            Control.ReaderLeft();
        Events.Leave();
        await _workers.ConfigureAwait(false);
    }

    private async Task WorkAsync(int window)
    {
        var workers = new Task[window];
        for (var i = 0; i < window; i++)
            workers[i] = Task.Run(WorkAsync);
        await Task.WhenAll(workers).ConfigureAwait(false);
        Events.Complete();
    }

    private async Task WorkAsync()
    {
        while (Control.Reason == StopReason.None && TryTakeTarget(out var target))
        {
            var node = new NodeRunner(transport, plan, Control, Events, time, target);
            var result = await node.RunAsync().ConfigureAwait(false);
            if (!node.HasTakenInput)
                Input?.Forgo();
            Control.Leave(target, result.Succeeded);
            if (plan.OnFailure == FailurePolicy.FailFast && !result.Succeeded && result.Stop == StopReason.None)
                Control.FailFast(target);
            await Events.AddAsync(new NodeFinished(target, result)).ConfigureAwait(false);
        }
    }
}
