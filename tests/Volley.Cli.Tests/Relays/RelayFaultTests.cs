using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Relays;

/// <summary>What becomes of a run whose relay or controller is lost, and of jobs that a relay does not trust.</summary>
public sealed class RelayFaultTests(RelayScene scene) : IClassFixture<RelayScene>
{
    [Fact]
    public async Task ARelayThatIsKilledLosesOnlyWhatItHadBegun()
    {
        var (doomed, go) = (scene["doomed"], scene["go-1"]);
        await using var relay = await scene.StartRelayAsync("mortal", "short-lived", "--capacity", "1", "--allow-exec");
        await using var run = ProgramRun.Start(scene.Exec(
            "mortal", "n[1-4]", $"test %h = n1 || exit 0; echo x > {doomed}; while ! test -e {go}; do sleep 0.1; done", "--lease", "5", "--any-failure", "--parallel", "1"));
        await RelayScene.WaitForFileAsync(doomed);
        relay.Signal(Signals.Kill);
        await scene.StartRelayAsync("mortal", "long-lived", "--allow-exec");
        Assert.Equal(255, await run.WaitForExitAsync(RelayScene.Limit));
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        Assert.Contains("short-lived", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Contains("may still run", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Contains("1 of 4 failed", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALostCommandIsRunAgainOnlyWhereThatIsAllowed()
    {
        var first = scene["first"];
        await using var relay = await scene.StartRelayAsync("again", "fragile", "--allow-exec");
        await using var run = ProgramRun.Start(scene.Exec(
            "again", "n1", $"if mkdir {first}; then sleep 600; fi; echo again", "--lease", "5", "--rerun-lost", "-N"));
        await RelayScene.WaitForFileAsync(first, isDirectory: true);
        relay.Signal(Signals.Kill);
        await scene.StartRelayAsync("again", "sturdy", "--allow-exec");
        Assert.Equal(0, await run.WaitForExitAsync(RelayScene.Limit));
        Assert.Equal("again\n", run.Stdout.Text);
    }

    [Fact]
    public async Task AnotherProgramContinuesARunWhoseControllerWasKilled()
    {
        await scene.StartRelayAsync("lasting", "lasting", "--allow-exec");
        var (begun, go) = (scene["begun"], scene["go-2"]);
        await using var run = ProgramRun.Start(scene.Exec(
            "lasting", "n[1-3]", $"echo x > {begun}; while ! test -e {go}; do sleep 0.1; done; echo $VOLLEY_RANK; exit $VOLLEY_RANK", "--lease", "none", "--any-failure"));
        await RelayScene.WaitForFileAsync(begun);
        var table = await RelayScene.RunAsync(["runs", .. scene.Server]);
        var row = Regex.Match(table.Stdout, @"(?m)^(?<run>\w{12}) +\S+@\S+ +\S+ \S+ +0/3 +live +sh -c ");
        Assert.True(row.Success, table.ToString());
        var id = row.Groups["run"].Value;
        var early = await RelayScene.RunAsync(["attach", id, .. scene.Server, "--sign-with", scene["key"]]);
        Assert.Equal(2, early.ExitCode);
        Assert.Contains("controls the run", early.Stderr, StringComparison.Ordinal);

        run.Signal(Signals.Kill);
        await run.WaitForExitAsync(RelayScene.Limit);
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        var attached = await RelayScene.RunAsync(["attach", id, .. scene.Server, "--sign-with", scene["key"], "--output", "gather"]);
        Assert.Equal(2, attached.ExitCode);
        Assert.Contains("2 of 3 failed", attached.Stderr, StringComparison.Ordinal);
        Assert.Contains("exit 2: n3", attached.Stderr, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^2$", attached.Stdout);
        Assert.Contains("no run", (await RelayScene.RunAsync(["runs", .. scene.Server])).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARelayRunsOnlyWhatAnAllowedKeyHasSigned()
    {
        await scene.StartRelayAsync("strict", "strict", "--allow-exec", "--audit-log", scene["audit"]);
        var marker = scene["never"];
        string[] other = ["--via", "strict", .. scene.Server, "--sign-with", scene["other-key"], "--transport", "exec", "-H", "n1", "touch", marker];
        string[] unsigned = ["--via", "strict", .. scene.Server, "--transport", "exec", "-H", "n1", "touch", marker];
        foreach (var arguments in (string[][])[other, unsigned])
        {
            var refused = await RelayScene.RunAsync(arguments);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("relay strict refuses the job", refused.Stderr, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(marker));
        var log = await File.ReadAllTextAsync(scene["audit"], TestContext.Current.CancellationToken);
        Assert.Equal(2, log.Split("\"event\":\"ref").Length - 1);
    }

    [Fact]
    public async Task WhatCannotBeUsedIsAUsageError()
    {
        string[] wrong = ["--server", scene.Url, "--insecure", "--nats-user", "ann", "--nats-password-file", scene["wrong-password"]];
        var denied = await RelayScene.RunAsync(["relays", .. wrong]);
        Assert.Equal(2, denied.ExitCode);
        Assert.Contains("Authorization Violation", denied.Stderr, StringComparison.OrdinalIgnoreCase);
        var nobody = await scene.ExecAsync("nobody", "n1", "true");
        Assert.Equal(2, nobody.ExitCode);
        Assert.Contains("no relay of group nobody is running", nobody.Stderr, StringComparison.Ordinal);
        var away = await RelayScene.RunAsync("relays", "--server", "nats://127.0.0.1:1", "--insecure");
        Assert.Equal(2, away.ExitCode);
        Assert.Contains("the NATS server at nats://127.0.0.1:1 can't be used", away.Stderr, StringComparison.Ordinal);
        var gone = await RelayScene.RunAsync(["attach", "0123456789ab", .. scene.Server]);
        Assert.Equal(2, gone.ExitCode);
        Assert.Contains("there is no run 0123456789ab", gone.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TermLetsCommandsEndAndASecondSignalEndsThem()
    {
        await using var relay = await scene.StartRelayAsync("ending", "ending", "--allow-exec");
        var begun = scene["begun-3"];
        await using var run = ProgramRun.Start(scene.Exec("ending", "n1", $"trap 'echo x > {begun}.end; exit 9' TERM; echo x > {begun}; sleep 600 & wait"));
        await RelayScene.WaitForFileAsync(begun);
        relay.Signal(Signals.Terminate);
        await relay.ReadErrUntilAsync("a second signal ends them", RelayScene.Limit);
        Assert.False(relay.Exit.IsCompleted);
        relay.Signal(Signals.Interrupt);
        Assert.Equal(130, await relay.WaitForExitAsync(RelayScene.Limit));
        Assert.NotEqual(0, await run.WaitForExitAsync(RelayScene.Limit));
        await RelayScene.WaitForFileAsync(begun + ".end");
    }
}
