using System.Text;
using Xunit;

namespace Volley.Testing;

/// <summary>What every transport does, on real processes. What one can't do it says in a property, and that is asserted too.</summary>
public abstract class TransportContract
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static int _lastMarker;

    /// <summary>Whether a command can be signalled; else what is stopped may still run.</summary>
    protected virtual bool CanSignal => true;

    /// <summary>Whether a signal that ended the command is told from an exit code.</summary>
    protected virtual bool NamesSignals => true;

    /// <summary>Whether the end of the command is seen while a process that it left behind holds its streams.</summary>
    protected virtual bool SeesTheEndBehindHeldStreams => true;

    /// <summary>Whether each command has a process of ours that shows it.</summary>
    protected virtual bool HasAProcessForEachCommand => true;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StdoutAndStderrAreApart()
    {
        var node = await RunAsync("echo out; echo err >&2; printf more");
        Assert.Equal(("out\nmore", "err\n"), (node.Stdout, node.Stderr));
        Assert.Equal((8L, 4L), (node.Result.StdoutBytes, node.Result.StderrBytes));
        Assert.True(node.Result.Succeeded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(254)]
    [InlineData(255)]
    public async Task TheExitCodeIsTheCommands(int code)
    {
        var node = await RunAsync($"exit {code}");
        Assert.Equal((NodeOutcome.Exited, code, false), (node.Result.Outcome, node.Result.ExitCode, node.Result.MayStillRun));
    }

    [Fact]
    public async Task ASignalThatEndsTheCommandIsTold()
    {
        var node = await RunAsync("kill -KILL $$");
        if (NamesSignals)
            Assert.Equal((NodeOutcome.Signaled, "KILL", 137), (node.Result.Outcome, node.Result.Signal, node.Result.Code));
        else
            Assert.Equal((NodeOutcome.Exited, 255), (node.Result.Outcome, node.Result.ExitCode));
    }

    [Fact]
    public async Task WithoutInputTheCommandIsAtItsEndAtOnce() =>
        Assert.Equal("end\n", (await RunAsync("cat; echo end")).Stdout);

    [Fact]
    public async Task InputAndOutputAreUnchanged()
    {
        var data = RandomBytes(1024 * 1024);
        using var input = StandardInput.FromStream(new MemoryStream(data));
        var node = await RunAsync("cat; echo end >&2", input);
        Assert.Equal(data, node.StdoutBytes);
        Assert.Equal("end\n", node.Stderr);
    }

    [Fact]
    public async Task AMegabyteWithoutANewlineArrives()
    {
        var node = await RunAsync("head -c 1048576 /dev/zero | tr '\\0' x");
        Assert.Equal(1048576, node.StdoutBytes.Length);
        Assert.All(node.StdoutBytes.Distinct(), b => Assert.Equal((byte)'x', b));
    }

    [Fact]
    public async Task TenMegabytesArrive()
    {
        var node = await RunAsync("head -c 10485760 /dev/zero; exit 6");
        Assert.Equal((10485760, 6), (node.StdoutBytes.Length, node.Result.ExitCode));
    }

    [Fact]
    public async Task ACommandNeedNotReadItsInput()
    {
        using var input = StandardInput.FromStream(new MemoryStream(RandomBytes(5 * 1024 * 1024)));
        var node = await RunAsync("echo done; exit 4", input);
        Assert.Equal(("done\n", 4), (node.Stdout, node.Result.ExitCode));
    }

    [Fact]
    public async Task ACommandMayReadPartOfItsInput()
    {
        using var input = StandardInput.FromStream(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("line\n", 1_000_000)))));
        Assert.Equal("line\nline\n", (await RunAsync("head -n 2", input)).Stdout);
    }

    [Fact]
    public async Task QuotesSpacesAndVariablesReachTheShell() =>
        Assert.Equal("a  b|c \"d\"|x'y|3\n", (await RunAsync("v=3; echo \"a  b|c \\\"d\\\"|x'y|$v\"")).Stdout);

    [Fact]
    public async Task ArgumentsReachTheProgramUnchanged()
    {
        string[] arguments = ["a b", "", "-n", "--", "it's", "\"q\"", "$HOME", "`id`", "*", "~", "{a,b}", "a\\b\\\\", "!x!", "%h %%", "one\ntwo\n\n", "\t\r", "=ls", "ü漢😀", ";|&<>()#"];
        var node = await RunAsync(CommandJob.Program("printf", ["%s\\0", .. arguments]));
        Assert.Equal((0, ""), (node.Result.ExitCode, node.Stderr));
        Assert.Equal(arguments, node.Stdout.Split('\0')[..^1]);
        // Without a line feed, the command line has another form.
        node = await RunAsync(CommandJob.Program("printf", ["%s\\0", .. arguments[..14]]));
        Assert.Equal(arguments[..14], node.Stdout.Split('\0')[..^1]);
    }

    [Fact]
    public async Task ACommandThatBeginsWithADashIsNoOption()
    {
        var node = await RunAsync(CommandJob.Shell("-V"));
        Assert.Equal(NodeOutcome.Exited, node.Result.Outcome);
        // No such program, or a remote shell that takes it for an option of its own.
        Assert.Contains(node.Result.ExitCode, new int?[] { 127, 2, 1 });
    }

    [Fact]
    public async Task StreamsThatTheCommandClosesAreNoEnd() =>
        Assert.Equal(5, (await RunAsync("exec >&- 2>&-; sleep 0.2; exit 5")).Result.ExitCode);

    [Fact]
    public async Task WhatTheCommandLeavesBehindDoesNotHoldTheNode()
    {
        var marker = Marker();
        var limit = SeesTheEndBehindHeldStreams ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(1);
        try
        {
            var node = await RunAsync($"sleep {marker} & echo started; exit 3", tune: plan => plan with { CommandTimeout = limit });
            Assert.Equal("started\n", node.Stdout);
            Assert.Equal(
                SeesTheEndBehindHeldStreams ? (NodeOutcome.Exited, 3) : (NodeOutcome.CommandTimedOut, null),
                (node.Result.Outcome, node.Result.ExitCode));
            Assert.NotEmpty(Processes.WithCommandLine($"sleep {marker}"));
        }
        finally
        {
            Kill($"sleep {marker}");
        }
    }

    [Fact]
    public async Task TwentyRunAtOnce()
    {
        await using var transport = await CreateAsync();
        using var control = new RunControl();
        var running = new RunPlan([.. Enumerable.Range(0, 20).Select(TargetFor)], CommandJob.Shell("cat >/dev/null; echo $$"));
        var nodes = await RunAsync(transport, running, control);
        Assert.Equal(20, nodes.Select(n => n.Stdout).Distinct().Count());
        Assert.Equal(new RunCounts(0, 20, 0, 0), control.Counts);
    }

    [Fact]
    public async Task AStopEndsOurSideAndKeepsTheOutput()
    {
        var marker = Marker();
        using var control = new RunControl();
        try
        {
            var node = await RunAsync($"echo up; exec sleep {marker}", control: control, onOutput: () => control.Stop(StopReason.Interrupt));
            Assert.Equal((NodeOutcome.Canceled, StopReason.Interrupt, !CanSignal), (node.Result.Outcome, node.Result.Stop, node.Result.MayStillRun));
            Assert.Equal("up\n", node.Stdout);
            AssertNothingOfOursIsLeft(marker);
            if (CanSignal)
                Assert.Empty(Processes.WithCommandLine($"sleep {marker}"));
        }
        finally
        {
            Kill($"sleep {marker}");
        }
    }

    [Fact]
    public async Task ACommandTimeoutKeepsTheOutput()
    {
        var marker = Marker();
        try
        {
            var node = await RunAsync($"echo up; exec sleep {marker}", tune: plan => plan with { CommandTimeout = TimeSpan.FromSeconds(1) });
            Assert.Equal((NodeOutcome.CommandTimedOut, 124, !CanSignal), (node.Result.Outcome, node.Result.Code, node.Result.MayStillRun));
            Assert.Equal("up\n", node.Stdout);
            AssertNothingOfOursIsLeft(marker);
        }
        finally
        {
            Kill($"sleep {marker}");
        }
    }

    [Fact]
    public async Task ACommandThatIgnoresTermIsKilledWithAllItsChildren()
    {
        var marker = Marker();
        using var control = new RunControl();
        try
        {
            var node = await RunAsync($"trap '' TERM; sleep {marker} & echo up; wait; wait", control: control,
                tune: plan => plan with { StopGrace = TimeSpan.FromMilliseconds(300) }, onOutput: () => control.Stop(StopReason.Interrupt));
            Assert.Equal((NodeOutcome.Canceled, !CanSignal), (node.Result.Outcome, node.Result.MayStillRun));
            AssertNothingOfOursIsLeft(marker);
            if (CanSignal)
                await AllEndedAsync($"sleep {marker}");
        }
        finally
        {
            Kill($"sleep {marker}");
        }
    }

    [Fact]
    public async Task ACommandThatIsDisposedLeavesNothingOfOurs()
    {
        var marker = Marker();
        try
        {
            await using (var transport = await CreateAsync())
            await using (var session = await transport.ConnectAsync(TargetFor(0), Cancellation))
            await using (var process = await session.StartAsync(CommandJob.Shell($"echo up; exec sleep {marker}"), Cancellation))
            {
                var read = await process.ReadAsync(new byte[100], Cancellation);
                Assert.Equal((StreamKind.Stdout, 3), (read.Stream, read.Count));
                Assert.Equal(HasAProcessForEachCommand, OfOurs(marker).Any());
            }

            AssertNothingOfOursIsLeft(marker);
        }
        finally
        {
            Kill($"sleep {marker}");
        }
    }

    [Fact]
    public async Task APingSucceedsAndLeavesNothing()
    {
        await using var transport = await CreateAsync();
        var nodes = await RunAsync(transport, new RunPlan([TargetFor(0)], new PingJob()), null);
        Assert.True(nodes[0].Result.Succeeded, nodes[0].Result.Message);
        // As a whole word: other tests' hosts may begin with it.
        AssertNothingOfOursIsLeft($" {TargetFor(0).Host} ");
    }

    [Fact]
    public async Task NothingIsLeftInTheTemporaryFolder()
    {
        var before = Directory.GetFiles(Path.GetTempPath(), "volley-*");
        await RunAsync("echo x");
        // A file of a test that runs at the same time is gone by the second look.
        Assert.DoesNotContain(Directory.GetFiles(Path.GetTempPath(), "volley-*").Except(before), File.Exists);
    }

    /// <summary>Makes the transport.</summary>
    protected abstract Task<ITransport> CreateAsync();

    /// <summary>The target of a place in the plan.</summary>
    protected abstract Target TargetFor(int index);

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(3).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A time to sleep that no other test sleeps.</summary>
    private static string Marker() => $"6{Interlocked.Increment(ref _lastMarker):000}.{Environment.ProcessId}";

    private static IEnumerable<ProcessEntry> OfOurs(string text) =>
        Processes.Descendants(Environment.ProcessId).Where(p => $"{p.CommandLine} ".Contains(text, StringComparison.Ordinal));

    private static void AssertNothingOfOursIsLeft(string text) => Assert.Empty(OfOurs(text));

    private static async Task AllEndedAsync(string commandLine)
    {
        foreach (var process in Processes.WithCommandLine(commandLine))
            Assert.True(await Processes.WaitForEndAsync(process.Id, Limit), $"{process} is left");
    }

    private static void Kill(string commandLine)
    {
        foreach (var process in Processes.Living().Where(p => p.CommandLine == commandLine))
            _ = Libc.Kill(process.Id, Signals.Kill);
    }

    private Task<NodeRun> RunAsync(
        string line, StandardInput? input = null, RunControl? control = null, Func<RunPlan, RunPlan>? tune = null, Action? onOutput = null) =>
        RunAsync(CommandJob.Shell(line) with { Input = input }, control, tune, onOutput);

    private async Task<NodeRun> RunAsync(
        CommandJob job, RunControl? control = null, Func<RunPlan, RunPlan>? tune = null, Action? onOutput = null)
    {
        await using var transport = await CreateAsync();
        var plan = new RunPlan([TargetFor(0)], job);
        return (await RunAsync(transport, tune?.Invoke(plan) ?? plan, control, onOutput))[0];
    }

    private static Task<IReadOnlyList<NodeRun>> RunAsync(ITransport transport, RunPlan plan, RunControl? control, Action? onOutput = null) =>
        NodeRun.AllAsync(transport, plan, control, onOutput).WaitAsync(Limit, Cancellation);
}
