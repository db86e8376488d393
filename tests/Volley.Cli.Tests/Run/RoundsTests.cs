using System.Collections.Immutable;
using Volley.Cli.Run;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary>What runs again beside the plan, and how it all ends.</summary>
public sealed class RoundsTests : IDisposable
{
    private static readonly TimeSpan Limit = Transcript.DefaultLimit;

    private readonly RunControl _control = new();
    private readonly RunPlan _plan = new(HostList.Parse("n[0-3]").ToTargets(), CommandJob.Shell("x")) { MaxConcurrency = 3 };
    private readonly List<NodeFinished> _finished = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waits = [];
    private int _taking;

    public void Dispose() => _control.Dispose();

    [Fact]
    public async Task WithoutAHoldTheyEndWithThePlan()
    {
        var rounds = Rounds(new ScriptedTransport(NodeScript.Exits(0)));
        await rounds.RunAsync(Take).WaitAsync(Limit);
        Assert.Equal(4, _finished.Count);
        Assert.False(rounds.IsLive);
        Assert.False(rounds.Rerun(_plan.Targets));
    }

    [Fact]
    public async Task WhileHeldTargetsRunAgainAndKeepTheirPlaces()
    {
        var rounds = Rounds(new ScriptedTransport(NodeScript.Exits(7)));
        rounds.Hold();
        var running = rounds.RunAsync(Take);
        await FinishedAsync(4);
        Assert.True(rounds.Rerun([_plan.Targets[2], _plan.Targets[0]]));
        await FinishedAsync(6);
        Assert.Equal([0, 2], _finished.Skip(4).Select(finished => finished.Target.Index).Order());
        Assert.Equal([true, false], _finished.Skip(4).OrderBy(finished => finished.Target.Index).Select(finished => finished.Result.IsMainRank));
        Assert.False(running.IsCompleted);
        rounds.Release();
        await running.WaitAsync(Limit);
    }

    [Fact]
    public async Task ATargetIsCanceledInTheRoundThatItIsIn()
    {
        var runs = 0;
        var transport = new ScriptedTransport(target => target.Index == 1 || Interlocked.Increment(ref runs) > 3 ? NodeScript.Runs() : NodeScript.Exits(1));
        var rounds = Rounds(transport);
        rounds.Hold();
        var running = rounds.RunAsync(Take);
        await FinishedAsync(3);
        rounds.Rerun([_plan.Targets[0]]);
        await transport.StartsAsync(5).WaitAsync(Limit);
        rounds.Cancel(_plan.Targets[0]);
        await FinishedAsync(4);
        Assert.Equal((0, NodeOutcome.Canceled), (_finished[3].Target.Index, _finished[3].Result.Outcome));
        rounds.Cancel(_plan.Targets[1]);
        await FinishedAsync(5);
        Assert.Equal((1, NodeOutcome.Canceled), (_finished[4].Target.Index, _finished[4].Result.Outcome));
        rounds.Release();
        await running.WaitAsync(Limit);
    }

    [Fact]
    public async Task AStopEndsAllRoundsAndTheHold()
    {
        var transport = new ScriptedTransport(NodeScript.Runs());
        var rounds = Rounds(transport);
        rounds.Hold();
        var running = rounds.RunAsync(Take);
        await transport.StartsAsync(3).WaitAsync(Limit);
        rounds.Cancel(_plan.Targets[0]);
        await FinishedAsync(1);
        rounds.Rerun([_plan.Targets[0]]);
        await transport.StartsAsync(5).WaitAsync(Limit);
        Assert.True(rounds.TryStop(StopReason.Terminate));
        Assert.False(rounds.TryStop(StopReason.Interrupt));
        await running.WaitAsync(Limit);
        Assert.Equal(StopReason.Terminate, _control.Reason);
        Assert.Equal(5, _finished.Count);
        Assert.All(_finished.Skip(1), finished => Assert.Equal(StopReason.Terminate, finished.Result.Stop));
    }

    [Fact]
    public async Task ATakerThatFailsEndsAllRounds()
    {
        var transport = new ScriptedTransport(NodeScript.Runs());
        var rounds = Rounds(transport);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => rounds.RunAsync(nodeEvent =>
            {
                if (nodeEvent is NodeStarted)
                    throw new InvalidOperationException("a bug");
            }).WaitAsync(Limit));
        Assert.Equal("a bug", failure.Message);
        Assert.Equal(transport.Sessions, transport.SessionsDisposed);
    }

    private Rounds Rounds(ScriptedTransport transport) => new(new ParallelExecutor(transport), _plan, _control, TimeProvider.System);

    private void Take(NodeEvent nodeEvent)
    {
        Assert.Equal(1, Interlocked.Increment(ref _taking));
        if (nodeEvent is NodeFinished finished)
        {
            ImmutableArray<TaskCompletionSource> reached;
            lock (_waits)
            {
                _finished.Add(finished);
                reached = [.. _waits.Where(wait => wait.Count <= _finished.Count).Select(wait => wait.Reached)];
            }

            foreach (var wait in reached)
                wait.TrySetResult();
        }

        Interlocked.Decrement(ref _taking);
    }

    private Task FinishedAsync(int count)
    {
        lock (_waits)
        {
            var wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_finished.Count >= count)
                wait.SetResult();
            _waits.Add((count, wait));
            return wait.Task.WaitAsync(Limit);
        }
    }
}
