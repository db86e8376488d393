using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Reboots and waits on a scripted transport.</summary>
public sealed class RebootJobTests
{
    private readonly Queue<string> _answers = new();
    private readonly List<string> _commands = [];

    [Fact]
    public async Task AHostSucceedsWithANewBootId()
    {
        Answer("old", "reboot", "old", "down", "gone", "new");
        var result = await RunAsync(new RebootJob(CommandJob.Shell("reboot")) { OwnBootId = "mine", Interval = TimeSpan.Zero });
        Assert.True(result.Succeeded, result.Result.Message);
        Assert.Matches("^up again after [0-9.]+ s\n$", result.Stdout);
        Assert.Equal("reboot", _commands[1]);
        Assert.All(_commands.Where((_, index) => index != 1), command => Assert.Contains("/proc/sys/kernel/random/boot_id", command, StringComparison.Ordinal));
        Assert.Empty(_answers);
    }

    [Fact]
    public async Task ThisMachineIsRefused()
    {
        Answer("mine");
        var result = await RunAsync(new RebootJob(CommandJob.Shell("reboot")) { OwnBootId = "mine" });
        Assert.Equal((NodeOutcome.Refused, "refused: this machine", 1), (result.Result.Outcome, result.Result.Cause, result.Result.Code));
        Assert.Single(_commands);
    }

    [Theory]
    [InlineData("")]
    [InlineData("exit 1")]
    public async Task WithoutABootIdNothingIsRebooted(string answer)
    {
        Answer(answer);
        var result = await RunAsync(new RebootJob(CommandJob.Shell("reboot")));
        Assert.Equal("refused: no boot id", result.Result.Cause);
        Assert.Single(_commands);
    }

    [Fact]
    public async Task ACommandThatFailsIsTheResult()
    {
        Answer("old", "exit 5");
        var result = await RunAsync(new RebootJob(CommandJob.Shell("reboot")));
        Assert.Equal("exit 5", result.Result.Cause);
    }

    [Fact]
    public async Task TheTimeoutNamesTheLastAttempt()
    {
        Answer("old", "reboot");
        var result = await RunAsync(new RebootJob(CommandJob.Shell("reboot")) { Interval = TimeSpan.FromMilliseconds(1) }, TimeSpan.FromMilliseconds(100));
        Assert.Equal(NodeOutcome.CommandTimedOut, result.Result.Outcome);
        Assert.Equal("no new boot id after 0.1 s; the last attempt: refused", result.Result.Message);
    }

    [Fact]
    public async Task AStopAfterTheCommandWasSentLeavesAHostThatMayStillReboot()
    {
        Answer("old", "reboot");
        var result = await RunAsync(new RebootJob(CommandJob.Shell("reboot")) { Interval = TimeSpan.FromMilliseconds(1) }, deadline: TimeSpan.FromMilliseconds(100));
        Assert.Equal((NodeOutcome.DeadlineExceeded, true), (result.Result.Outcome, result.Result.MayStillRun));
        Assert.Equal("the reboot was sent, and its end was not seen; the last attempt: refused", result.Result.Message);
    }

    [Fact]
    public async Task AWaitEndsAtTheFirstSuccess()
    {
        Answer("down", "exit 1", "down", "ok");
        var result = await RunAsync(new WaitJob(CommandJob.Shell("ready")) { Interval = TimeSpan.Zero });
        Assert.True(result.Succeeded);
        Assert.Equal("", result.Stdout);
        Assert.Equal(["ready", "ready"], _commands);
    }

    [Fact]
    public async Task AWaitForALoginRunsNothing()
    {
        Answer("down", "ok");
        Assert.True((await RunAsync(new WaitJob { Interval = TimeSpan.Zero })).Succeeded);
        Assert.Empty(_commands);
    }

    [Fact]
    public async Task ADeadlineEndsAWaitAndARejectedHostKeyToo()
    {
        var plan = new RunPlan([new Target("a")], new WaitJob { Interval = TimeSpan.FromMilliseconds(1) }) { Deadline = TimeSpan.FromMilliseconds(100) };
        var result = Assert.Single(await new ParallelExecutor(CreateTransport()).RunToEndAsync(plan, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal((NodeOutcome.DeadlineExceeded, "not ready; the last attempt: refused"), (result.Result.Outcome, result.Result.Message));
        var changed = new ScriptedTransport(NodeScript.FailsToConnect(new TransportException(NodeOutcome.HostKeyRejected, "changed")));
        var rejected = await new ParallelExecutor(changed).RunToEndAsync(new Target("a"), new WaitJob(), TestContext.Current.CancellationToken);
        Assert.Equal(NodeOutcome.HostKeyRejected, rejected.Result.Outcome);
    }

    private void Answer(params string[] answers)
    {
        foreach (var answer in answers)
            _answers.Enqueue(answer);
    }

    private async Task<TargetResult> RunAsync(Job job, TimeSpan? timeout = null, TimeSpan? deadline = null)
    {
        var plan = new RunPlan([new Target("a")], job) { CommandTimeout = timeout ?? Timeout.InfiniteTimeSpan, Deadline = deadline ?? Timeout.InfiniteTimeSpan };
        return Assert.Single(await new ParallelExecutor(CreateTransport()).RunToEndAsync(plan, cancellationToken: TestContext.Current.CancellationToken));
    }

    /// <summary>Connections are refused while the next answer is "down", or none is left; a command prints the next answer, or exits as it says.</summary>
    private ScriptedTransport CreateTransport() => new(new NodeScript
    {
        Connect = (_, _) =>
        {
            if (!_answers.TryPeek(out var next))
                throw new TransportException(NodeOutcome.ConnectFailed, "refused");
            if (next != "down")
                return Task.CompletedTask;
            _answers.Dequeue();
            throw new TransportException(NodeOutcome.ConnectFailed, "refused");
        },
        Command = async process =>
        {
            _commands.Add(process.Command.CommandLine);
            var answer = _answers.Dequeue();
            if (answer.StartsWith("exit ", StringComparison.Ordinal))
                process.Exit(int.Parse(answer[5..], System.Globalization.CultureInfo.InvariantCulture));
            else if (answer == "gone")
                process.Die("KILL");
            else
                await process.PrintAsync($"{answer}\n", StreamKind.Stdout);
        },
    });
}
