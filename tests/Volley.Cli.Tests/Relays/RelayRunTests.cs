using Volley.Cli.Tests.Journal;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Relays;

/// <summary>A run over relays is like any other run: its output, its codes, its stops, its journal.</summary>
public sealed class RelayRunTests(RelayRunTests.TwoRelays relays, Fleet fleet) : IClassFixture<RelayRunTests.TwoRelays>
{
    private readonly RelayScene _scene = relays.Scene;

    [Fact]
    public async Task OutputAndCodesAreThoseOfADirectRun()
    {
        const string Line = "echo out %h; echo err %h >&2; exit $VOLLEY_RANK";
        var direct = await VolleyRun.ExecAsync("n[0-5]", Line, "--any-failure", "--output", "gather");
        var relayed = await _scene.ExecAsync("g1", "n[0-5]", Line, "--any-failure", "--output", "gather");
        Assert.Equal((direct.ExitCode, direct.Stdout), (relayed.ExitCode, relayed.Stdout));
        Assert.Equal(WithoutTimes(direct.Stderr), WithoutTimes(relayed.Stderr));
    }

    [Fact]
    public async Task AFailureOrALimitEndsItAsElsewhere()
    {
        var failed = await _scene.ExecAsync("g1", "n[0-9]", "exit 7", "-k", "--parallel", "1");
        Assert.Equal(7, failed.ExitCode);
        Assert.Contains("not started", failed.Stderr, StringComparison.Ordinal);
        var late = await _scene.ExecAsync("g1", "n1", "exec sleep 600", "--timeout", "1");
        Assert.Equal(124, late.ExitCode);
        Assert.Contains("longer than 1 s", late.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EachTargetHasOneEndInTheJsonOfALabel()
    {
        var result = await _scene.ExecAsync("site=here", "n[0-39]", "echo $VOLLEY_RANK", "--output", "json");
        Assert.Equal(0, result.ExitCode);
        var finished = VolleyRun.Lines(result.Stdout).Where(line => line.Contains("\"event\":\"finished\"", StringComparison.Ordinal)).ToList();
        Assert.Equal(40, finished.Count);
        Assert.Equal(40, finished.Select(line => line.Split("\"rank\":")[1].Split(',')[0]).Distinct().Count());
    }

    [Fact]
    public async Task InputReachesAllAndSecretsAreNotStored()
    {
        var read = await ProgramRun.RunAsync(_scene.Exec("g1", "n[1-3]", "cat", "--stdin", "-N").WithInput("line\n"), RelayScene.Limit);
        Assert.Equal("line\nline\nline\n", read.Stdout);
        var secret = await _scene.ExecAsync("g1", "n1", "printf %%s \"$TOKEN\" | wc -c", "--env", "TOKEN=hush-4711", "--secret", "TOKEN", "-N");
        Assert.Equal((0, "9"), (secret.ExitCode, secret.Stdout.Trim()));
        Assert.False(_scene.IsStored("hush-4711"));
    }

    [Fact]
    public async Task TheSecondCtrlCEndsTheCommands()
    {
        var begun = _scene["begun"];
        await using var run = ProgramRun.Start(_scene.Exec("g1", "n1", $"trap 'echo ended > {begun}.end; exit' TERM; echo x > {begun}; sleep 600 & wait"));
        await RelayScene.WaitForFileAsync(begun);
        run.Signal(Signals.Interrupt);
        await run.ReadErrUntilAsync("Press Ctrl+C again", RelayScene.Limit);
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync(RelayScene.Limit));
        await RelayScene.WaitForFileAsync(begun + ".end");
    }

    [Fact]
    public async Task TheJournalHasTheRunAndRetryRepeatsItOverRelays()
    {
        using var journal = new JournalScene();
        var marker = _scene["marker"];
        var start = _scene.Exec("g1", "n[1-3]", $"test %h = n1 || test -e {marker} || exit 5");
        start = start with { Environment = journal.Start().Environment, WorkingDirectory = journal.Folder.Path };
        Assert.Equal(0, (await ProgramRun.RunAsync(start, RelayScene.Limit)).ExitCode);
        Assert.Equal([0, 5, 5], journal.Last().Results.Select(result => result.Code));
        await File.WriteAllTextAsync(marker, "", TestContext.Current.CancellationToken);
        var retried = await journal.RunAsync("retry", "--any-failure");
        Assert.Equal(0, retried.ExitCode);
        Assert.Contains("repeating run 1", retried.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARelayLogsInByItsOwnConfiguration()
    {
        await _scene.StartRelayAsync("ssh", "over-ssh", "-F", fleet.SshConfig);
        var hosts = string.Join(',', Fleet.Addresses(3));
        var result = await RelayScene.RunAsync([.. _scene.Via("ssh"), "--batch-size", "2", "-H", hosts, "-N", "--env", "A=b c", "echo \"$A\"; exit 3"]);
        Assert.Equal((3, "b c\nb c\nb c\n"), (result.ExitCode, result.Stdout));
        Assert.Contains("batch 2 of 2", result.Stderr, StringComparison.Ordinal);
        var pinged = await RelayScene.RunAsync(["ping", .. _scene.Via("ssh"), "-H", hosts]);
        Assert.Equal(0, pinged.ExitCode);
        // Local processes are refused where they were not allowed.
        var local = await _scene.ExecAsync("ssh", "n1", "true", "--any-failure");
        Assert.NotEqual(0, local.ExitCode);
        Assert.Contains("over-ssh", local.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RelaysAreListed()
    {
        var table = VolleyRun.Lines((await RelayScene.RunAsync(["relays", .. _scene.Server])).Stdout);
        Assert.Matches(@"^NAME +GROUP +LABELS +HOST +VERSION +RUNNING +SEEN$", table[0]);
        Assert.Contains(table, row => row.StartsWith("r1 ", StringComparison.Ordinal) && row.Contains(" site=here ", StringComparison.Ordinal) && System.Text.RegularExpressions.Regex.IsMatch(row, @" \d/7 "));
        var json = (await RelayScene.RunAsync(["relays", "--json", .. _scene.Server])).Stdout;
        Assert.Contains("\"name\":\"r2\"", json, StringComparison.Ordinal);
    }

    private static string WithoutTimes(string text) => System.Text.RegularExpressions.Regex.Replace(text, @"\d+\.\d s|slowest n\d", "T");

    /// <summary>Two relays, one of which has a label.</summary>
    public sealed class TwoRelays : IAsyncLifetime
    {
        public RelayScene Scene { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await Scene.InitializeAsync();
            await Task.WhenAll(
                Scene.StartRelayAsync("g1", "r1", "--label", "site=here", "--capacity", "7", "--allow-exec"), Scene.StartRelayAsync("g1", "r2", "--allow-exec"));
        }

        public ValueTask DisposeAsync() => Scene.DisposeAsync();
    }
}
