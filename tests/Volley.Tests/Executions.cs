using System.Collections.Immutable;
using System.Text;
using Xunit;

namespace Volley.Tests;

/// <summary>A run that has ended: its events, with the output copied, and what is made of them.</summary>
internal sealed record Execution(RunPlan Plan, RunControl Control, IReadOnlyList<NodeEvent> Events)
{
    public RunSummary Summary
    {
        get
        {
            var summary = new RunSummary(Plan, Control);
            foreach (var nodeEvent in Events)
                summary.Add(nodeEvent);
            return summary;
        }
    }

    public IReadOnlyList<NodeResult> Results => [.. Plan.Targets.Select(t => ResultOf(t.Index))];

    public IReadOnlyList<NodeOutcome> Outcomes => [.. Results.Select(r => r.Outcome)];

    public NodeResult ResultOf(int index) =>
        Events.OfType<NodeFinished>().Single(e => e.Target.Index == index).Result;

    public IEnumerable<NodeEvent> Of(int index) => Events.Where(e => e.Target.Index == index);

    public string Text(int index, StreamKind stream = StreamKind.Stdout) => Encoding.UTF8.GetString(
        [.. Of(index).OfType<NodeOutput>().Where(o => o.Stream == stream).SelectMany(o => o.Data.ToArray())]);
}

/// <summary>Makes plans and runs them.</summary>
internal static class Executions
{
    /// <summary>Of any wait in a test: far more than it can take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static ImmutableArray<Target> Targets(int count) => [.. Enumerable.Range(0, count).Select(i => new Target($"h{i}") { Index = i })];

    public static RunPlan Plan(int targets, Job? job = null) => new(Targets(targets), job ?? CommandJob.Shell("true"));

    /// <summary>Runs a plan to its end.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="control">The handle, if the test needs it meanwhile.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onEvent">Sees each event while it is the reader's.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    public static async Task<Execution> RunAsync(
        ITransport transport, RunPlan plan, RunControl? control = null, TimeProvider? time = null,
        Func<NodeEvent, Task>? onEvent = null, CancellationToken cancellationToken = default)
    {
        control ??= new RunControl();
        var events = new List<NodeEvent>();
        await ReadAsync().WaitAsync(Limit, TestContext.Current.CancellationToken);
        return new Execution(plan, control, events);

        async Task ReadAsync()
        {
            await foreach (var nodeEvent in new ParallelExecutor(transport, time).RunAsync(plan, control, cancellationToken))
            {
                events.Add(nodeEvent is NodeOutput output ? output with { Data = output.Data.ToArray(), Rented = null } : nodeEvent);
                if (onEvent is not null)
                    await onEvent(nodeEvent);
            }
        }
    }

    public static Task Within(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);
}
