using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Volley.Testing;
using Xunit;

namespace Volley.Rollout.Tests;

/// <summary>A rollout over scripted hosts n1, n2 and so on, and all that came of it.</summary>
internal sealed class RolloutScene
{
    public RolloutScene(int count, params (int Host, NodeScript Script)[] scripts)
    {
        var byHost = scripts.ToDictionary(one => one.Host, one => one.Script);
        Transport = new ScriptedTransport(target => byHost.GetValueOrDefault(target.Index + 1, new NodeScript()));
        Targets = [.. Enumerable.Range(1, count).Select(number => new Target(string.Create(CultureInfo.InvariantCulture, $"n{number}")))];
    }

    public ScriptedTransport Transport { get; init; }

    public IReadOnlyList<Target> Targets { get; init; }

    public FakeTimeProvider Time { get; } = new();

    public RolloutControl Rollout { get; } = new();

    public RunControl Control { get; } = new();

    public List<NodeEvent> Events { get; } = [];

    public RunSummary Summary { get; private set; } = null!;

    /// <summary>The names of the hosts whose commands were started, folded.</summary>
    public string Started => Fold(Events.OfType<NodeStarted>());

    public string Untouched => Fold(Events.OfType<NodeFinished>().Where(finished => finished.Result.Outcome == NodeOutcome.NotStarted));

    public string Batches => string.Join(' ', Events.OfType<BatchStarted>().Select(started => Fold(started.Batch.Targets)));

    public RunPlan Plan(Func<RunPlan, RunPlan>? change = null)
    {
        var plan = new RunPlan(Targets, CommandJob.Shell("work")) { MaxConcurrency = 1 };
        return change?.Invoke(plan) ?? plan;
    }

    /// <summary>Runs the rollout to its end.</summary>
    public async Task<RolloutScene> RunAsync(RolloutPlan rollout, Func<RunPlan, RunPlan>? change = null, Action<NodeEvent>? seen = null)
    {
        var plan = Plan(change);
        Summary = new RunSummary(plan, Control);
        var executor = new RolloutExecutor(new ParallelExecutor(Transport), rollout, Rollout, Time);
        await foreach (var nodeEvent in executor.RunAsync(plan, Control, TestContext.Current.CancellationToken))
        {
            Events.Add(nodeEvent);
            Summary.Add(nodeEvent);
            seen?.Invoke(nodeEvent);
        }

        return this;
    }

    public static string Fold(IEnumerable<NodeEvent> events) => Fold(events.Select(one => one.Target));

    public static string Fold(IEnumerable<Target> targets) => HostList.Fold(targets.OrderBy(target => target.Index).Select(target => target.Label));
}
