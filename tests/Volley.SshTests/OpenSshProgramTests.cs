using System.Diagnostics;
using Volley.Targets;
using Volley.Testing;
using Volley.Transports;
using Volley.Transports.OpenSsh;
using Xunit;

namespace Volley.SshTests;

/// <summary>An ssh that is not there, is something else, or hangs.</summary>
public sealed class OpenSshProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("volley-program-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/no/such/ssh", "install the OpenSSH client")]
    [InlineData("true", "which is no OpenSSH")]
    public async Task WithoutOpenSshThatIsSaidAtOnce(string program, string expected)
    {
        var failure = await Assert.ThrowsAsync<TransportException>(() => OpenSshTransport.CreateAsync(
            new OpenSshOptions { Program = program }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnSshThatDoesNotTellItsVersionIsNotWaitedForForLong()
    {
        var program = Script("exec sleep 600");
        var clock = Stopwatch.StartNew();
        var failure = await Assert.ThrowsAsync<TransportException>(() => OpenSshTransport.CreateAsync(
            new OpenSshOptions { Program = program }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains($"'{program} -V' does not answer", failure.Message, StringComparison.Ordinal);
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
        var options = new OpenSshOptions
        {
            Program = program,
            ConfigFile = "none",
            Multiplex = multiplex,
            DefaultConnectTimeout = TimeSpan.FromSeconds(1),
        };
        var node = await OpenSshRuns.RunAsync(options, new Target(0, "h"), "true", tune: plan => plan with { ConnectTimeout = TimeSpan.FromSeconds(3) });
        Assert.Equal(NodeOutcome.ConnectTimedOut, node.Result.Outcome);
        // Killed, which may take a moment.
        foreach (var process in Processes.WithCommandLine($"sleep {marker}"))
            Assert.True(await Processes.WaitForEndAsync(process.Id, TimeSpan.FromSeconds(10)), $"{process} is left");
    }

    [Fact]
    public async Task AnSshThatIsGoneLaterIsThatNodesFailure()
    {
        var program = Script("[ \"$1\" = -V ] && exec ssh -V");
        await using var transport = await OpenSshTransport.CreateAsync(
            new OpenSshOptions { Program = program, ConfigFile = "none" }, cancellationToken: TestContext.Current.CancellationToken);
        File.Delete(program);
        var nodes = await NodeRun.AllAsync(transport, new RunPlan([new Target(0, "h")], new CommandJob(["true"])));
        Assert.Equal(NodeOutcome.ConnectFailed, nodes[0].Result.Outcome);
        Assert.StartsWith("can't start ssh: ", nodes[0].Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnSshThatSaysThatAMasterIsThereWhenThereIsNoneIsAFailure()
    {
        var program = Script("[ \"$1\" = -V ] && exec ssh -V; exit 0");
        var node = await OpenSshRuns.RunAsync(new OpenSshOptions { Program = program, ConfigFile = "none" }, new Target(0, "h"), "true");
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
