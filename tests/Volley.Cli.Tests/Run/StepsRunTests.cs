using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Volley.Cli.Tests.Journal;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary><c>--then</c> and <c>--barrier</c> on the built program, and the page about them.</summary>
public sealed class StepsRunTests(Fleet fleet) : IDisposable
{
    private const int Commands = 4;

    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task EachCommandOfTheGuidePrintsWhatIsBelowIt()
    {
        var commands = (await GuidePage.ReadAsync("steps.md")).GetCommands();
        Assert.Equal(Commands, commands.Length);
        foreach (var (line, output) in commands)
            Assert.Equal((line, output), (line, (await JournalScene.RunAsync(GuidePage.Start(_scene.Start(), line))).Stdout));
    }

    [Fact]
    public async Task AFailureNamesItsStepEverywhereAndRetryRunsAllSteps()
    {
        var report = _scene.Folder["report.csv"];
        var run = await _scene.RunAsync(
            "--transport", "exec", "-H", "a,b,c", "--output", "json", "--any-failure", "--report", report,
            "--then", "printf two; test %h != b || test -e go", "--then", "echo three", "echo", "one");
        Assert.Equal(1, run.ExitCode);
        await JsonLines.AssertValidAsync(run.Stdout);
        var events = VolleyRun.Lines(run.Stdout).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(["echo one", "printf two; test %h != b || test -e go", "echo three"], events[0]["steps"]!.AsArray().Select(step => (string)step!));
        var ofB = events.Where(line => (string?)line["node"] == "b").ToArray();
        Assert.Equal([1, 2], ofB.Where(line => (string)line["event"]! == "started").Select(line => (int)line["step"]!));
        Assert.Equal((2, "step 2: exit 1"), ((int)ofB[^1]["step"]!, (string)ofB[^1]["cause"]!));
        Assert.Equal("step 2: exit 1", (string)events[^1]["failures"]![0]!["cause"]!);
        Assert.Contains("step 2: exit 1: b\n", run.Stderr, StringComparison.Ordinal);
        Assert.EndsWith(",2,0", File.ReadLines(report).Single(line => line.StartsWith("b,", StringComparison.Ordinal)), StringComparison.Ordinal);

        Assert.Contains("  step 2: exit 1: b (1)", (await _scene.RunAsync("show")).Stdout, StringComparison.Ordinal);
        var shown = await _scene.RunAsync("show", "1", "--output", "json");
        Assert.Equal(Steps(run.Stdout), Steps(shown.Stdout));

        _scene.Folder.Write("go", "");
        var again = await _scene.RunAsync("retry", "1", "--output", "stream");
        Assert.Equal((0, "b: one\nb: two\nb: three\n"), (again.ExitCode, again.Stdout));
    }

    [Fact]
    public async Task AllStepsUseOneConnection()
    {
        // The client's port, from the server's point of view, is that of the connection.
        var line = "echo ${SSH_CONNECTION}";
        foreach (var transport in new[] { "native", "openssh" })
        {
            var run = await VolleyRun.RunAsync([.. VolleyRun.Over(transport, fleet), "-H", string.Join(',', Fleet.Addresses(2)), "--output", "gather", "--barrier", "--parallel", "1", "--then", line, "--then", line, line]);
            Assert.Equal(0, run.ExitCode);
            var groups = Regex.Matches(run.Stdout, @"(?m)^[0-9.]+ \(1\)\n-+\n(.*)\n(.*)\n(.*)\n");
            Assert.Equal(2, groups.Count);
            Assert.All(groups, group => Assert.Single(group.Groups.Values.Skip(1).Select(value => value.Value).Distinct()));
        }
    }

    [Fact]
    public async Task CtrlCEndsTheStepAndTheTargetsAtTheBarrier()
    {
        await using var run = ProgramRun.Start(VolleyRun.Exec("a,b,c", "echo one", "--barrier", "-b", "--output", "stream", "--parallel", "2", "--then", "echo up; test %h = a || exec sleep 600", "--then", "echo never"));
        await run.ReadOutUntilAsync("b: up\n");
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync());
        Assert.DoesNotContain("never", run.Stdout.Text, StringComparison.Ordinal);
        Assert.Contains("step 2: canceled: ", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABarrierNeedsFilesForAllHostsAtOnce()
    {
        var start = ProgramStart.Shell($"ulimit -n 256; exec {BuiltProgram.Path} --no-journal --transport exec -H 'n[1-500]' --parallel 4 --barrier --then true -- true");
        var result = await ProgramRun.RunAsync(start);
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Matches("^volley: --barrier keeps all 500 hosts connected, but only 256 files may be open at once, which is enough for [0-9]+ hosts; raise the limit with: ulimit -Hn\n$", result.Stderr);
    }

    private static string[] Steps(string stdout) =>
        [.. VolleyRun.Lines(stdout).Select(line => JsonNode.Parse(line)!).Select(line => $"{line["event"]} {line["node"]} {line["step"]} {line["steps"]?.ToJsonString()}")
            .Where(line => !line.StartsWith("output", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
