using System.Text.Json;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Limits;

/// <summary>The time limits of the built program: what each ends, and how every output shows it.</summary>
public sealed class TimeLimitRunTests(Fleet fleet) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public static TheoryData<string> Modes => [.. VolleyRun.AllModes];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ASilentCommandOverSshIsEndedInEveryMode(string mode)
    {
        var result = await VolleyRun.RunAsync(
            "--output", mode, "-F", fleet.SshConfig, "--idle-timeout", "1500ms", "-H", "127.0.2.11", "echo before; exec sleep 600");
        Assert.Equal(124, result.ExitCode);
        Assert.Contains("volley: 127.0.2.11: timed out without output: the command printed nothing for 1.5 s\n", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("volley: 1 of 1 failed\ntimed out without output: 127.0.2.11\n", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("may still run", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("before", result.Stdout, StringComparison.Ordinal);
        if (mode == "json")
        {
            var finished = (await JsonLines.ReadAsync(result)).Finished("127.0.2.11");
            Assert.Equal(("idle_timed_out", 124), ((string?)finished["outcome"], (int)finished["code"]!));
        }
        else if (mode != "stream")
        {
            Assert.Contains("timed out without output", result.Stdout, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ACommandThatPrintsIsNotSilent()
    {
        var result = await VolleyRun.ExecAsync("a", "for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done", "--idle-timeout", "2.5");
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        var unlimited = await VolleyRun.ExecAsync("a", "sleep 0.3; echo done", "--idle-timeout", "0");
        Assert.Equal((0, "a: done\n"), (unlimited.ExitCode, unlimited.Stdout));
    }

    [Fact]
    public async Task TheHostThatHangsIsEndedByTheMedian()
    {
        var result = await VolleyRun.RunAsync(
            "--output", "json", "-F", fleet.SshConfig, "--timeout", "3x", "--any-failure", "-H", "127.0.2.[12-15]",
            "case $(echo $SSH_CONNECTION | cut -d' ' -f3) in *.14) echo before; exec sleep 600;; *) sleep 0.5;; esac");
        Assert.Equal(124, result.ExitCode);
        var json = await JsonLines.ReadAsync(result);
        var finished = json.Finished("127.0.2.14");
        Assert.Equal(("relative_timed_out", "timed out against the median"), ((string?)finished["outcome"], (string?)finished["cause"]));
        Assert.Contains("the command ran longer than ", (string?)finished["message"], StringComparison.Ordinal);
        foreach (var other in new[] { "127.0.2.12", "127.0.2.13", "127.0.2.15" })
            Assert.True((bool)json.Finished(other)["succeeded"]!);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task TheDeadlineStopsTheRunInEveryMode(string mode)
    {
        var report = Path.Combine(_folder.Path, "report.json");
        // A third host waits for its turn.
        var result = await VolleyRun.ExecAsync(
            "a,b,c", "echo %h; test %h = a || exec sleep 600", "--output", mode, "--parallel", "1", "--deadline", "3", "--report", report);
        // The main rank succeeded.
        Assert.Equal(124, result.ExitCode);
        Assert.Contains("volley: the deadline of 3 s was reached; stopping 1 running, 1 queued\n", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("volley: 2 of 3 failed\ndeadline exceeded: b\nnot started before the deadline: c\n", result.Stderr, StringComparison.Ordinal);
        using var summary = JsonDocument.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
        Assert.Equal("deadline", summary.RootElement.GetProperty("stop").GetString());
        Assert.Equal(124, summary.RootElement.GetProperty("exit_code").GetInt32());
        Assert.Equal(
            ["exited", "deadline_exceeded", "not_started"],
            summary.RootElement.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("outcome").GetString()));
        Assert.Contains("b", result.Stdout, StringComparison.Ordinal);
        if (mode == "json")
            Assert.Equal("deadline", (string?)(await JsonLines.ReadAsync(result)).Finished("c")["stop"]);
        else if (mode != "stream")
            Assert.Contains("deadline exceeded", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--require-all-success", 1)]
    [InlineData("--any-failure", 124)]
    public async Task TheStrategyDecidesAtTheDeadline(string strategy, int code)
    {
        var result = await VolleyRun.ExecAsync("a,b", "test %h = a || exec sleep 600", "--deadline", "2", strategy);
        Assert.Equal(code, result.ExitCode);
    }

    [Fact]
    public async Task TheDeadlineHoldsForCopies()
    {
        var source = _folder.Write("data", new string('x', 200_000));
        var result = await VolleyRun.RunAsync(
            "push", "--transport", "exec", "--limit-rate", "10K", "--deadline", "2", "-H", "a", source, Path.Combine(_folder.Path, "copy"));
        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("deadline exceeded: a\n", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "copy")));
    }

    [Fact]
    public async Task VariablesSetTheLimits()
    {
        var start = VolleyRun.Exec("a", "exec sleep 600");
        var idle = await ProgramRun.RunAsync(With(start, "VOLLEY_IDLE_TIMEOUT"));
        Assert.Contains("timed out without output: a\n", idle.Stderr, StringComparison.Ordinal);
        var whole = await ProgramRun.RunAsync(With(start, "VOLLEY_DEADLINE"));
        Assert.Contains("deadline exceeded: a\n", whole.Stderr, StringComparison.Ordinal);
        // A variable does not contradict a verb without a command.
        var ping = VolleyRun.Start("ping", "--transport", "exec", "-H", "a");
        Assert.Equal(0, (await ProgramRun.RunAsync(With(ping, "VOLLEY_IDLE_TIMEOUT"))).ExitCode);
    }

    private static ProgramStart With(ProgramStart start, string variable) =>
        start with { Environment = new Dictionary<string, string?>(start.Environment) { [variable] = "1" } };
}
