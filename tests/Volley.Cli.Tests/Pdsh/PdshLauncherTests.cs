using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>The command line of a real caller, DeepSpeed's launcher, over a real sshd.</summary>
public class PdshLauncherTests(Fleet fleet)
{
    /// <summary>The launcher passes the environment and the directory as arguments that contain semicolons, and the rank as %n.</summary>
    [Theory]
    [InlineData("true", 0)]
    [InlineData("exit 9", 9)]
    public async Task DeepSpeedsLauncherWorks(string end, int code)
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync(
            $"pdsh -S -f 1024 -w 127.0.17.1,127.0.17.2 'export NCCL_DEBUG=\"INFO and more\"; ' 'export X=1; ' 'cd /tmp;' echo '$X' '\"$NCCL_DEBUG\"' --node_rank=%n '$PWD;' '{end}' 2>err",
            new Dictionary<string, string?> { ["PDSH_RCMD_TYPE"] = "ssh", ["PDSH_SSH_ARGS_APPEND"] = $"-F {fleet.SshConfig}" });
        Assert.Equal(
            ["127.0.17.1: 1 INFO and more --node_rank=0 /tmp", "127.0.17.2: 1 INFO and more --node_rank=1 /tmp"],
            VolleyRun.Lines(result.Stdout).Order());
        Assert.Equal(code, result.ExitCode);
    }

    [Fact]
    public async Task StoppingItEndsTheRemoteSshs()
    {
        using var scene = await PdshScene.MakeAsync();
        var marker = $"297.{Environment.ProcessId}";
        await using var run = ProgramRun.Start(ParityRun.Ours(
            $"exec pdsh -R ssh -w '127.0.17.[1-2]' 'echo ready; exec sleep {marker}'", scene.Folder,
            new Dictionary<string, string?> { ["PDSH_SSH_ARGS_APPEND"] = $"-F {fleet.SshConfig} -tt" }));
        await run.ReadOutUntilAsync("ready", TimeSpan.FromSeconds(30));
        await run.ReadOutUntilAsync("ready", TimeSpan.FromSeconds(30));
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(marker, TimeSpan.FromSeconds(30)));
    }
}
