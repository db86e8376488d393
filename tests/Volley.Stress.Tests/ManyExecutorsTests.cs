using System.Diagnostics;
using System.Globalization;
using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Stress.Tests;

/// <summary>
/// Many executors in one process at once, as in a service, beside children that the platform's <c>Process</c> starts. Nothing may grow
/// with the number of runs, and no part may take the children of another.
/// </summary>
public class ManyExecutorsTests(Fleet fleet)
{
    private const int Executors = 20;
    private const int Targets = 200;
    private const int Hosts = 20;
    private const int FirstHost = 31_000;

    /// <summary>Loops after which pools, code and connections are as they stay.</summary>
    private const int WarmUp = 2;

    /// <summary>The limit of anything that takes seconds at most on a quiet machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly int Loops = TestRun.IsLong ? 250 : 4;

    [Fact]
    public async Task NothingGrowsAndNoChildIsLost()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var output = TestContext.Current.TestOutputHelper!;
        ProcessState warm, last;
        var before = await ProcessState.ReadAsync(cancellationToken);
        // The shell itself, with arguments, because each further program is a third of the costs of a target.
        await using (var exec = new ExecTransport((target, command) => [.. command.Arguments, "sh", target.Host, target.Index.ToString(CultureInfo.InvariantCulture)]))
        await using (var native = new NativeTransport(new SshOptions { ConfigFile = fleet.SshConfig, ConnectTimeout = Patience }))
        {
            await LoopAsync(WarmUp);
            warm = await ProcessState.ReadAsync(cancellationToken);
            output.WriteLine($"before: {before}\nafter {WarmUp} loops: {warm}");
            var processes = await LoopAsync(Loops - WarmUp);
            last = await ProcessState.ReadAsync(cancellationToken);
            output.WriteLine($"after {Loops} loops: {last}; {processes} other processes");

            async Task<int> LoopAsync(int count)
            {
                var others = 0;
                for (var i = 0; i < count; i++)
                {
                    // A process costs much more than all else, so the executors with processes, here and at the servers, take turns.
                    Func<Task> runProcesses = i % 2 == 0 ? () => RunExecAsync(exec) : () => RunNativeAsync(native);
                    var runs = Enumerable.Range(1, Executors - 1).Select(index => Task.Run(() => RunScriptedAsync(index), cancellationToken));
                    var began = Stopwatch.GetTimestamp();
                    others += await PlatformProcesses.RunBesideAsync(Task.WhenAll([Task.Run(runProcesses, cancellationToken), .. runs]), cancellationToken);
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"loop of {(i % 2 == 0 ? "processes" : "sessions")}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
                }

                return others;
            }
        }

        var end = await ProcessState.ReadAsync(cancellationToken);
        output.WriteLine($"after the transports were disposed: {end}");
        Assert.True(last.Descriptors <= warm.Descriptors + 8, $"descriptors: {warm}, then {last}");
        // The thread pool adds and removes threads as it sees fit.
        Assert.True(last.Threads <= warm.Threads + 32, $"threads: {warm}, then {last}");
        Assert.True(last.HeapBytes <= warm.HeapBytes + (4 * 1024 * 1024), $"heap: {warm}, then {last}");
        // The sockets of the connections are closed.
        Assert.True(end.Descriptors <= last.Descriptors - Hosts, $"descriptors: {last}, then {end}");
    }

    /// <summary>A process for each target.</summary>
    private static async Task RunExecAsync(ExecTransport exec)
    {
        var runs = await RunAsync(exec, string.Create(CultureInfo.InvariantCulture, $"e[0-{Targets - 1}]"), CommandJob.Shell("echo $1; echo $2 >&2; exit $(($2 % 50))"));
        for (var i = 0; i < Targets; i++)
        {
            var expected = (NodeOutcome.Exited, i % 50, $"e{i}\n", $"{i}\n");
            Assert.Equal(expected, (runs[i].Result.Outcome, runs[i].Result.Code, runs[i].Stdout, runs[i].Stderr));
        }
    }

    /// <summary>Sessions on connections that stay open between the runs.</summary>
    private static async Task RunNativeAsync(NativeTransport native)
    {
        var hosts = string.Join(',', Enumerable.Range(0, Targets).Select(i => Fleet.Address(FirstHost + (i % Hosts))));
        var runs = await RunAsync(native, hosts, CommandJob.Shell("echo $SSH_CONNECTION; exit 4"));
        for (var i = 0; i < Targets; i++)
        {
            Assert.Equal((NodeOutcome.Exited, 4), (runs[i].Result.Outcome, runs[i].Result.Code));
            Assert.Contains($" {Fleet.Address(FirstHost + (i % Hosts))} ", runs[i].Stdout, StringComparison.Ordinal);
        }
    }

    /// <summary>Every kind of end without a process: exits, failures, timeouts, and for some executors a stop in the middle.</summary>
    private static async Task RunScriptedAsync(int index)
    {
        using var control = new RunControl();
        var isStopped = index % 5 == 0;
        await using var transport = new ScriptedTransport(target => (target.Index % 5) switch
        {
            0 => NodeScript.Prints(new string('x', 10_000)),
            1 => NodeScript.Exits(9),
            2 => NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectFailed, "connection refused")),
            3 when isStopped => NodeScript.Runs(),
            3 => NodeScript.Runs() with { Connect = (_, token) => Task.Delay(Timeout.Infinite, token) },
            _ => NodeScript.FailsToConnect(new InvalidOperationException("a bug")),
        });
        var running = RunAsync(
            transport, string.Create(CultureInfo.InvariantCulture, $"s{index}-[0-{Targets - 1}]"), CommandJob.Shell("true"),
            isStopped ? Patience : TimeSpan.FromSeconds(1), control);
        if (isStopped)
        {
            await transport.StartsAsync(Targets * 3 / 5, Patience);
            control.Stop(StopReason.Requested);
        }

        var runs = await running;
        NodeOutcome[] expected = [NodeOutcome.Exited, NodeOutcome.Exited, NodeOutcome.ConnectFailed, isStopped ? NodeOutcome.Canceled : NodeOutcome.ConnectTimedOut, NodeOutcome.Faulted];
        for (var i = 0; i < Targets; i++)
        {
            var outcome = runs[i].Result.Outcome;
            Assert.True(outcome == expected[i % 5] || (isStopped && outcome is NodeOutcome.Canceled or NodeOutcome.NotStarted), $"s{index}-{i}: {outcome}");
        }
    }

    private static async Task<IReadOnlyList<(NodeResult Result, string Stdout, string Stderr)>> RunAsync(
        ITransport transport, string hosts, CommandJob job, TimeSpan? connectTimeout = null, RunControl? control = null)
    {
        var targets = HostList.Parse(hosts).ToTargets();
        Assert.Equal(Targets, targets.Length);
        var plan = new RunPlan(targets, job) { MaxConcurrency = Targets, ConnectTimeout = connectTimeout ?? Patience };
        var results = new NodeResult[Targets];
        var streams = new StringBuilder[Targets, 2];
        await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(plan, control))
        {
            var index = nodeEvent.Target.Index;
            if (nodeEvent is NodeOutput output)
                (streams[index, (int)output.Stream] ??= new()).Append(Encoding.UTF8.GetString(output.Data.Span));
            else if (nodeEvent is NodeFinished finished)
                results[index] = finished.Result;
        }

        return [.. results.Select((result, i) => (result, $"{streams[i, 0]}", $"{streams[i, 1]}"))];
    }
}
