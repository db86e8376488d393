using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>What a parent can leave to the program: signals that are ignored or blocked, limits.</summary>
public sealed class InheritedSignalsTests(Fleet fleet)
{
    [Theory]
    [InlineData("--ignore-signal=CHLD", "exec")]
    [InlineData("--block-signal=CHLD", "exec")]
    [InlineData("--ignore-signal=CHLD", "openssh")]
    [InlineData("--block-signal=CHLD", "openssh")]
    public async Task TheEndsOfChildrenAreSeen(string setting, string transport)
    {
        // Without ssh the words are an argument array.
        string[] options = transport == "exec" ? [] : ["-F", fleet.SshConfig];
        string[] words = transport == "exec" ? ["sh", "-c", "echo in; exit 3"] : ["echo in; exit 3"];
        var run = await ProgramRun.RunAsync(new ProgramStart(
            "env", [setting, BuiltProgram.Path, "-H", "127.0.88.[201-203]", "--transport", transport, .. options, "--output", "stream", "-N", .. words]));
        Assert.Equal((3, "in\nin\nin\n"), (run.ExitCode, run.Stdout));
    }

    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.HangUp)]
    public async Task ASignalThatWasBlockedStopsTheRun(int signal)
    {
        await using var run = ProgramRun.Start(new ProgramStart(
            "env", "--block-signal", BuiltProgram.Path, "-H", "here", "-b", "--transport", "exec", "--output", "stream", "sh", "-c", "echo in; exec sleep 1000"));
        await run.ReadOutUntilAsync("here: in\n");
        run.Signal(signal);
        Assert.Equal(128 + signal, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task TooLittleAddressSpaceIsRefusedAtTheStart()
    {
        var run = await ProgramRun.RunAsync(ProgramStart.Shell($"ulimit -v 1900000; exec {BuiltProgram.Path} -H here --transport exec true"));
        Assert.Equal(
            (2, "", "volley: the address space limit is 1900000 kB, but 2000000 kB are needed; raise it with: ulimit -v 2000000; to bound memory, use a cgroup\n"),
            (run.ExitCode, run.Stdout, run.Stderr));
    }
}
