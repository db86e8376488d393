using System.Diagnostics;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>An ssh that is not there, is something else, or hangs.</summary>
public sealed class OpenSshProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("volley-program-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/no/such/ssh", "install the OpenSSH client")]
    [InlineData("true", "which is not OpenSSH")]
    public async Task WithoutOpenSshEachTargetSaysSo(string program, string expected)
    {
        foreach (var multiplex in (bool[])[true, false])
        {
            await using var transport = new OpenSshTransport(new SshOptions { Program = program, ConfigFile = "none", Multiplex = multiplex });
            var nodes = await NodeRun.AllAsync(transport, new RunPlan([new Target("h1"), new Target("h2")], CommandJob.Shell("true")));
            Assert.All(nodes, node => Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome));
            Assert.All(nodes, node => Assert.Contains(expected, node.Result.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task AVersionIsAskedForOnceAndOnlyWhenAnSshMustBeStarted()
    {
        var asked = Path.Combine(_folder, "asked");
        var program = Script($"[ \"$1\" = -V ] && echo asked >>'{asked}' && exec ssh -V; echo no >&2; exit 255");
        await using var transport = new OpenSshTransport(new SshOptions { Program = program, ConfigFile = "none" });
        Assert.False(File.Exists(asked));
        var nodes = await NodeRun.AllAsync(transport, new RunPlan([.. Enumerable.Range(0, 20).Select(i => new Target($"h{i}"))], CommandJob.Shell("true")));
        Assert.All(nodes, node => Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome));
        Assert.Single(File.ReadAllLines(asked));
    }

    [Fact]
    public async Task AnSshThatDoesNotTellItsVersionIsNotWaitedForForLong()
    {
        var program = Script("exec sleep 600");
        var clock = Stopwatch.StartNew();
        var node = await OpenSshRuns.RunAsync(new SshOptions { Program = program, ConfigFile = "none" }, new Target("h"), "true");
        Assert.Equal((NodeOutcome.ConnectFailed, $"'{program} -V' does not answer"), (node.Result.Outcome, node.Result.Message));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(50), $"{clock.Elapsed}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnSshThatHangsRunsIntoTheLimitAndIsEnded(bool multiplex)
    {
        var marker = $"65{Environment.ProcessId}.{(multiplex ? 1 : 2)}";
        // One that is asked for the configuration hangs, too.
        var program = Script($"[ \"$1\" = -V ] && exec ssh -V; trap '' TERM; sleep {marker} & wait; wait");
        var options = new SshOptions
        {
            Program = program,
            ConfigFile = "none",
            Multiplex = multiplex,
        };
        var node = await OpenSshRuns.RunAsync(options, new Target("h"), "true", tune: plan => plan with { ConnectTimeout = TimeSpan.FromSeconds(1) });
        Assert.Equal(NodeOutcome.ConnectTimedOut, node.Result.Outcome);
        // Killed, which may take a moment.
        foreach (var process in Processes.WithCommandLine($"sleep {marker}"))
            Assert.True(await Processes.WaitForEndAsync(process.Id, TimeSpan.FromSeconds(10)), $"{process} is left");
    }

    [Fact]
    public async Task ASocketThatAnSshWasAboutToMakeWhenItWasEndedIsRemoved()
    {
        // ssh binds it by a longer name, and gives it its own once it serves it.
        var seen = Path.Combine(_folder, "seen");
        var program = Script(
            "[ \"$1\" = -V ] && exec ssh -V\n"
            + $"for word; do case $word in ControlPath=*) : >\"${{word#*=}}.0123456789abcdef\"; echo \"${{word#*=}}\" >{seen};; esac; done\nexec sleep 600");
        var options = new SshOptions { Program = program, ConfigFile = "none" };
        var node = await OpenSshRuns.RunAsync(options, new Target("h"), "true", tune: plan => plan with { ConnectTimeout = TimeSpan.FromSeconds(1) });
        Assert.Equal(NodeOutcome.ConnectTimedOut, node.Result.Outcome);
        var socket = (await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken)).TrimEnd();
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(socket)!, Path.GetFileName(socket) + "*"));
    }

    [Fact]
    public async Task AnSshThatIsGoneLaterIsThatNodesFailure()
    {
        var program = Script("[ \"$1\" = -V ] && rm \"$0\" && exec ssh -V");
        var node = await OpenSshRuns.RunAsync(new SshOptions { Program = program, ConfigFile = "none" }, new Target("h"), "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.StartsWith("can't start ssh: ", node.Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnSshThatSaysThatAMasterIsThereWhenThereIsNoneIsAFailure()
    {
        var program = Script("[ \"$1\" = -V ] && exec ssh -V; exit 0");
        var node = await OpenSshRuns.RunAsync(new SshOptions { Program = program, ConfigFile = "none" }, new Target("h"), "true");
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Contains("no such control socket", node.Result.Message, StringComparison.Ordinal);
    }

    private string Script(string line)
    {
        var path = Path.Combine(_folder, "ssh");
        File.WriteAllText(path, $"#!/bin/sh\n{line}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
