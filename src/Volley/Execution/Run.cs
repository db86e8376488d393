using System.Diagnostics.CodeAnalysis;
using Volley.Execution.Steps;
using Volley.Execution.Telemetry;
using Volley.Transports;
using Volley.Transports.Inline;

namespace Volley.Execution;

/// <summary>One run in progress: a window of workers, each of which runs one target after the other.</summary>
internal sealed class Run
{
    private readonly StepBarrier? _barrier;
    private readonly NodeEnds _ends;
    private readonly INodeRunner _nodes;
    private readonly TimeProvider _time;
    private readonly RunTelemetry _telemetry = new();
    private Task _workers = Task.CompletedTask;
    private ITimer? _deadline;
    private readonly ITargetSchedule? _schedule;
    private readonly bool[] _taken = [];
    private int _next;

    private Run(RunPlan plan, RunControl control, TimeProvider time, StepBarrier? barrier, NodeEnds ends, Func<EventQueue, INodeRunner> createNodes)
    {
        (Plan, Control, _time, _barrier, _ends) = (plan, control, time, barrier, ends);
        _nodes = createNodes(Events);
        if (plan.Schedule is null)
        {
            barrier?.Add(plan.Targets.Length);
            return;
        }

        _schedule = plan.Schedule(new ScheduleContext(plan, control, ReportAsync)
        {
            CheckBegins = _ => control.BeginCheck(),
            CheckEnds = EndCheck,
        });
        _taken = new bool[plan.IndexCount];
    }

    public EventQueue Events { get; } = new();

    private RunPlan Plan { get; }

    private RunControl Control { get; }

    /// <summary>The number of workers. A target that waits at a barrier keeps its worker, and others work meanwhile.</summary>
    private int WorkerCount => _barrier is null ? Math.Min(Plan.MaxConcurrency, Plan.Targets.Length) : Plan.Targets.Length;

    /// <summary>A run over a transport.</summary>
    public static Run Over(ITransport transport, RunPlan plan, RunControl control, TimeProvider time)
    {
        (transport as IDisposalCheck)?.ThrowIfDisposed();
        var limit = InlineTransport.AppliesConnectTimeout(transport) ? Timeout.InfiniteTimeSpan : plan.ConnectTimeout;
        var barrier = plan.Job is StepsJob { HasBarrier: true } ? new StepBarrier(plan.MaxConcurrency) : null;
        var ends = new NodeEnds();
        return new Run(plan, control, time, barrier, ends, events =>
        {
            var context = new RunContext(InlineTransport.From(transport, plan.ConnectTimeout), limit, plan, control, events, time)
            {
                RelativeLimit = RunContext.CreateRelativeLimit(plan, time),
                Barrier = barrier,
                Ends = ends,
            };
            return new NodeRunner(context, JobRunners.For(plan.Job, nameof(plan))(context));
        });
    }

    /// <summary>A run of which another runner does the work at the targets.</summary>
    public static Run Over(Func<RunPlan, RunControl, ITargetRunner> createRunner, RunPlan plan, RunControl control, TimeProvider time) =>
        new(plan, control, time, barrier: null, new NodeEnds(), events => new TurnRunner(createRunner, plan, control, events, time));

    public void Start()
    {
        _nodes.Begin();
        if (Plan.Deadline != Timeout.InfiniteTimeSpan)
            _deadline = _time.CreateTimer(_ => Control.ReachDeadline(), null, Plan.Deadline, Timeout.InfiniteTimeSpan);
        _telemetry.Start(Plan, () => _workers = WorkAsync(WorkerCount));
    }

    /// <summary>Ends the run after its reader has left, at the last event or before: stops what still runs.</summary>
    public async Task EndAsync()
    {
        // The workers' task may complete a moment after the queue.
        if (!Events.IsCompleted)
            Control.ReaderLeft();
        Events.Leave();
        // A worker may end on a thread that watches connections, which the reader must not continue on.
        await PoolResumption.OnPool(new ValueTask(_workers)).ConfigureAwait(false);
        _telemetry.End(Plan, Control);
    }

    private async Task WorkAsync(int window)
    {
        try
        {
            var workers = new Task[window];
            for (var i = 0; i < window; i++)
                workers[i] = Task.Run(WorkAsync);
            await Task.WhenAll(workers).ConfigureAwait(false);
            if (_schedule is not null)
                await _schedule.EndAsync().ConfigureAwait(false);
            await SkipAsync().ConfigureAwait(false);
        }
        finally
        {
            _deadline?.Dispose();
            _barrier?.Dispose();
            try
            {
                await _nodes.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                Events.Complete();
            }
        }
    }

    private async Task WorkAsync()
    {
        while (await TakeTargetAsync().ConfigureAwait(false) is { } target)
        {
            _ends.Begin(target);
            var earlier = _schedule?.FindEarlier(target);
            var result = earlier ?? await _nodes.RunAsync(target).ConfigureAwait(false);
            _barrier?.EndTurn(target);
            if (earlier is null)
                Control.Leave(target, result.Succeeded);
            else
                Control.Pass();
            FailFast(target, result);
            _schedule?.Finish(target, result);
            await Events.AddAsync(new NodeFinished(target, result)).ConfigureAwait(false);
            _ends.End(target);
            if (_schedule is not null)
                await _schedule.CompleteAsync(target).ConfigureAwait(false);
        }
    }

    private void FailFast(Target target, NodeResult result)
    {
        if (Plan.FailFast && !result.Succeeded && result.Stop == StopReason.None)
            Control.FailFast(target);
    }

    private void EndCheck(Target target, NodeResult result)
    {
        Control.EndCheck(result.Succeeded);
        FailFast(target, result);
    }

    /// <summary>Takes the next target once it may work; null if there is no other one, or the run is stopped.</summary>
    private async ValueTask<Target?> TakeTargetAsync()
    {
        if (_barrier is not { } barrier)
            return Control.Reason == StopReason.None ? await TakeNextAsync().ConfigureAwait(false) : null;
        await barrier.TakeTurnAsync().ConfigureAwait(false);
        var taking = Control.Reason == StopReason.None ? TakeNextAsync() : new ValueTask<Target?>((Target?)null);
        var holdsTurn = taking.IsCompleted;
        // The schedule may wait for targets that need the turn.
        if (!holdsTurn)
            barrier.EndTurn(null);
        var target = await taking.ConfigureAwait(false);
        if (target is not null && !holdsTurn)
            await barrier.TakeTurnAsync().ConfigureAwait(false);
        else if (target is null && holdsTurn)
            barrier.EndTurn(null);
        return target;
    }

    /// <summary>Adds an event of the schedule. The steps of a batch wait for the targets of the batch.</summary>
    private ValueTask ReportAsync(NodeEvent nodeEvent)
    {
        if (nodeEvent is BatchStarted { Batch.ChecksOnly: false } started)
            _barrier?.Add(started.Batch.Targets.Length);
        return Events.AddAsync(nodeEvent);
    }

    private async ValueTask<Target?> TakeNextAsync()
    {
        if (_schedule is null)
            return TryTakeTarget(out var next) ? next : null;
        var target = await _schedule.TakeAsync().ConfigureAwait(false);
        if (target is not null)
            _taken[target.Index] = true;
        return target;
    }

    /// <summary>Adds the results of the targets that a stop left in the queue.</summary>
    private async Task SkipAsync()
    {
        while (!Events.HasReaderLeft && TryTakeTarget(out var target))
        {
            if (_schedule is not null && _taken[target.Index])
                continue;
            Control.Skip();
            var result = _schedule?.FindEarlier(target) is { } earlier
                ? earlier with { Outcome = NodeOutcome.NotChecked, Stop = Control.Reason }
                : new NodeResult(NodeOutcome.NotStarted) { Stop = Control.Reason, IsMainRank = target.Index == Plan.MainRank };
            RunTelemetry.AddUnstarted(result);
            await Events.AddAsync(new NodeFinished(target, result)).ConfigureAwait(false);
        }
    }

    private bool TryTakeTarget([NotNullWhen(true)] out Target? target)
    {
        var index = Interlocked.Increment(ref _next) - 1;
        target = index < Plan.Targets.Length ? Plan.Targets[index] : null;
        return target is not null;
    }
}
