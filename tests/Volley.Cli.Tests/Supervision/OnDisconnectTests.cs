using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Supervision;

/// <summary>--on-disconnect, on the built program: real servers, and processes that really end.</summary>
public sealed class OnDisconnectTests(Fleet fleet)
{
    private const string Hosts = "127.0.132";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>A command with children in its group, in sessions of their own, and without the variables of the command.</summary>
    private const string Tree = """
        sleep TIME & setsid sleep TIME & env -i sleep TIME & env -i setsid sleep TIME &
        sh -c 'trap "" TERM HUP; echo started; while :; do sleep TIME; done'
        """;

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("exec")]
    public async Task KilledVolleyTakesTheWholeTreeWithIt(string transport)
    {
        var time = NewTime();
        // With ssh, its control master outlives the program by seconds.
        await using var run = ProgramRun.Start(Start(transport, $"{Hosts}.1,{Hosts}.1", time, "--on-disconnect", "kill", "--on-disconnect-grace", "5"));
        await run.ReadOutUntilAsync("started\n", Limit);
        await WaitForAsync(time, count => count == 10);
        run.Signal(Signals.Kill);
        await WaitForAsync(time, count => count == 0);
    }

    [Fact]
    public async Task WithoutTheOptionTheCommandGoesOn()
    {
        var time = NewTime();
        try
        {
            await using (var run = ProgramRun.Start(Start("native", $"{Hosts}.2", time)))
            {
                await run.ReadOutUntilAsync("started\n", Limit);
                run.Signal(Signals.Kill);
                await run.WaitForExitAsync(Limit);
            }

            // A supervised command that is lost later has ended by now.
            var other = NewTime();
            await using var supervised = ProgramRun.Start(Start("native", $"{Hosts}.2", other, "--on-disconnect", "kill", "--on-disconnect-grace", "1"));
            await supervised.ReadOutUntilAsync("started\n", Limit);
            supervised.Signal(Signals.Kill);
            await WaitForAsync(other, count => count == 0);
            Assert.Equal(5, Count(time));
        }
        finally
        {
            await ProgramRun.RunAsync(ProgramStart.Shell($"pkill -KILL -f 'sh -c .*sleep {time}'; pkill -KILL -f '^sleep {time}$'"));
        }
    }

    [Fact]
    public async Task StoppedVolleyCountsAsLostAfterTheLimit()
    {
        var time = NewTime();
        await using var run = ProgramRun.Start(Start("native", $"{Hosts}.3", time, "--on-disconnect", "kill", "--on-disconnect-grace", "2"));
        await run.ReadOutUntilAsync("started\n", Limit);
        run.Signal(Signals.Stop);
        await WaitForAsync(time, count => count == 0);
        run.Signal(Signals.Continue);
        // It learns how the command ended.
        Assert.Equal(128 + 15, await run.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task ALostNetworkEndsTheCommandAndTheSummarySaysSo()
    {
        var time = NewTime();
        using var proxy = new CuttingProxy($"{Hosts}.4", fleet.Port);
        var config = new FleetConfig(fleet) { Port = proxy.Port, Lines = ["ServerAliveInterval 1", "ServerAliveCountMax 1"] }.Write();
        await using var run = ProgramRun.Start(VolleyRun.Start(
            "-F", config, "--transport", "native", "-N", "-H", $"{Hosts}.4", "--on-disconnect", "kill", "--on-disconnect-grace", "2", Tree.Replace("TIME", time, StringComparison.Ordinal)));
        await run.ReadOutUntilAsync("started\n", Limit);
        proxy.Freeze();
        Assert.Equal(255, await run.WaitForExitAsync(Limit));
        Assert.EndsWith(
            $"volley: may still run: {Hosts}.4\nvolley: ended there after 2 s without a heartbeat (--on-disconnect kill): {Hosts}.4\n"
            + $"volley: 1 of 1 failed\nconnection lost: {Hosts}.4\n", await run.Stderr.ReadToEndAsync(Limit), StringComparison.Ordinal);
        await WaitForAsync(time, count => count == 0);
    }

    [Fact]
    public async Task TheDefaultIsAnnouncedWhereACommandOutlivesItsConnection()
    {
        foreach (var (fate, announced) in new[]
        {
            ("keep", "goes on there without a connection (--on-disconnect keep)"),
            ("kill", "ended there 2 s after the connection has closed, at the latest after 30 s without a heartbeat (--on-disconnect kill)"),
        })
        {
            using var proxy = new CuttingProxy($"{Hosts}.5", fleet.Port);
            var config = new FleetConfig(fleet) { Port = proxy.Port }.Write();
            await using var run = ProgramRun.Start(VolleyRun.Start(
                "-F", config, "--transport", "native", "-N", "-H", $"{Hosts}.5", "--on-disconnect", fate, "echo started; sleep 20"));
            await run.ReadOutUntilAsync("started\n", Limit);
            proxy.Cut();
            Assert.Contains($"volley: {announced}: {Hosts}.5\n", await run.Stderr.ReadToEndAsync(Limit), StringComparison.Ordinal);
        }
    }

    /// <summary>fish changes bytes of its environment that are not ASCII.</summary>
    [Fact]
    public async Task InFishACommandIsEndedAndItsVariablesArriveUnchanged()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a user another login shell");
        await using var other = await Fleet.StartAsync("AcceptEnv=LANG");
        var shell = await ProgramRun.RunAsync(ProgramStart.Shell($"usermod --shell \"$(command -v fish)\" {other.User}"));
        Assert.Equal((0, ""), (shell.ExitCode, shell.Stderr));
        var time = NewTime();
        await using var run = ProgramRun.Start(VolleyRun.Start(
            "-F", other.SshConfig, "--transport", "native", "-N", "-H", $"{Hosts}.9", "--on-disconnect", "kill", "--env", "A=zwölf\nmore", "--env", "B=über", "--secret", "B",
            $"sh -c 'echo \"$A $B é\"; sleep {time} & setsid sleep {time} & echo started; sleep {time}'"));
        Assert.EndsWith("zwölf\nmore über é\nstarted\n", await run.ReadOutUntilAsync("started\n", Limit), StringComparison.Ordinal);
        await WaitForAsync(time, count => count == 3);
        run.Signal(Signals.Kill);
        await WaitForAsync(time, count => count == 0);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("exec")]
    public async Task ASupervisedCommandIsTheSameCommand(string transport)
    {
        // Code, streams, arguments, standard input; and the processes that it leaves on purpose stay.
        var time = NewTime();
        var line = $"cat; echo 'a  b' \"$0\" >&2; setsid sleep {time} >/dev/null 2>&1 </dev/null & until pgrep -f '^sleep {time}$' >/dev/null; do :; done; exit 3";
        string[] command = transport == "exec" ? ["sh", "-c", line] : [line];
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start([.. VolleyRun.Over(transport, fleet), "--on-disconnect", "kill", "--stdin", "-N", "-H", $"{Hosts}.6", .. command]).WithInput("in\n"), Limit);
        Assert.Equal((3, "in\n"), (result.ExitCode, result.Stdout));
        Assert.StartsWith("a  b ", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, Count(time));
        await ProgramRun.RunAsync(new ProgramStart("pkill", "-f", $"^sleep {time}$"));
    }

    [Fact]
    public async Task AServerWithOneSessionForAConnectionRunsNothing()
    {
        await using var strict = await Fleet.StartAsync("MaxSessions=1");
        var mark = fleet.NewPath("ran");
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start("-F", new FleetConfig(strict).Write(), "--transport", "native", "--on-disconnect", "kill", "-H", $"{Hosts}.7", $"touch {mark}"), Limit);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("can't be supervised: its server allows one session on a connection (MaxSessions)", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task CommandsTakeTurnsWhereTheServerHasFewSessions()
    {
        await using var strict = await Fleet.StartAsync("MaxSessions=2");
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start(
                "-F", new FleetConfig(strict).Write(), "--transport", "native", "--on-disconnect", "kill", "--require-all-success", "-H",
                string.Join(',', Enumerable.Repeat($"{Hosts}.8", 6)), "echo here"), Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(6, VolleyRun.Lines(result.Stdout).Length);
    }

    [Fact]
    public async Task TheGraceNeedsSomethingToEnd()
    {
        foreach (var (arguments, message) in new (string[], string)[]
        {
            (["--on-disconnect-grace", "5", "-H", "web1", "true"], "--on-disconnect-grace requires --on-disconnect kill"),
            (["--on-disconnect", "leave", "-H", "web1", "true"], "--on-disconnect takes keep or kill"),
            (["--on-disconnect", "kill", "--on-disconnect-grace", "1.5", "-H", "web1", "true"], "--on-disconnect-grace takes whole seconds"),
            (["--on-disconnect", "kill", "--on-disconnect-grace", "0", "-H", "web1", "true"], "--on-disconnect-grace takes a time above 0"),
            (["ping", "--on-disconnect", "kill", "-H", "web1"], "ping takes no --on-disconnect"),
        })
        {
            var result = await VolleyRun.RunAsync(arguments);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TheGuidesExampleIsTrue()
    {
        var page = (await GuidePage.ReadAsync("disconnect.md")).Text;
        var example = page[(page.IndexOf("$ ", StringComparison.Ordinal) + 2)..].Split('\n');
        var result = await ProgramRun.RunAsync(GuidePage.Start(VolleyRun.Start(), example[0]), Limit);
        Assert.Equal((0, $"{example[1]}\n{example[2]}\n"), (result.ExitCode, result.Stdout));
        Assert.Equal("```", example[3]);
    }

    private ProgramStart Start(string transport, string hosts, string time, params string[] options)
    {
        var line = Tree.Replace("TIME", time, StringComparison.Ordinal);
        string[] command = transport == "exec" ? ["sh", "-c", line] : [line];
        return VolleyRun.Start([.. VolleyRun.Over(transport, fleet), "-N", "--output", "stream", .. options, "-H", hosts, .. command]);
    }

    /// <summary>Returns a duration for sleep that no other test has.</summary>
    private static string NewTime() => $"{Random.Shared.Next(100_000, 1_000_000)}.{Random.Shared.Next(1, 1_000_000)}";

    private static int Count(string time) => Processes.WithCommandLine(time).Count(process => process.CommandLine == $"sleep {time}");

    private static async Task WaitForAsync(string time, Func<int, bool> holds)
    {
        var began = Environment.TickCount64;
        while (!holds(Count(time)))
        {
            Assert.True(Environment.TickCount64 - began < Limit.TotalMilliseconds, $"{Count(time)} processes are left");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
