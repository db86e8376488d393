using System.Globalization;
using Volley.Rollout;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Journal;

/// <summary>The journal of the built program after full disks and damage, while runs go on, and where outputs have gaps.</summary>
public sealed class JournalFaultTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task OnAFullDiskTheResultsMakeRoomForThemselves()
    {
        var run = await RunWithFileLimitAsync(32, "seq 20000; exit 3");
        Assert.Equal((3, 40_000), (run.ExitCode, VolleyRun.Lines(run.Stdout).Length));
        Assert.Single(VolleyRun.Lines(run.Stderr), line => line.StartsWith("volley: warning: the journal of this run", StringComparison.Ordinal));
        var results = _scene.Last();
        Assert.Equal((JournalState.Ended, "File too large"), (results.State, results.Gap!.Reason));
        var shown = (await _scene.RunAsync("show")).Stdout;
        Assert.Contains("result:    exit 3, 2 failed", shown, StringComparison.Ordinal);
        Assert.Contains("exit 3: a,b (2)", shown, StringComparison.Ordinal);
        Assert.Contains("missing:   all output: the journal could not be written: File too large", shown, StringComparison.Ordinal);
        Assert.Equal("a,b\n", (await _scene.RunAsync("hosts", "@last:failed")).Stdout);
    }

    [Fact]
    public async Task WithoutRoomForResultsNoneIsInvented()
    {
        // Just enough for the description of the run.
        var run = await RunWithFileLimitAsync(2, "echo hi");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("volley: warning: the journal of this run", run.Stderr, StringComparison.Ordinal);
        Assert.Equal(JournalState.Incomplete, _scene.Last().State);
        var hosts = _scene.Last().Unfinished.Select(target => target.Label).ToList();
        var unknown = HostList.Fold(hosts);
        Assert.Contains($"  unknown: {unknown} (", (await _scene.RunAsync("show")).Stdout, StringComparison.Ordinal);
        var refused = await _scene.RunAsync("retry");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"the journal of run 1 is incomplete, and has no results of {unknown} (", refused.Stderr, StringComparison.Ordinal);
        var repeated = await _scene.RunAsync("retry", "--include-running");
        Assert.Equal(0, repeated.ExitCode);
        Assert.Equal(hosts.Select(host => $"{host}: hi"), VolleyRun.Lines(repeated.Stdout).Order());
        Assert.Equal(JournalState.Ended, _scene.Last().State);
    }

    [Fact]
    public async Task MissingAndDamagedFilesAreNamedAndNothingIsRepeated()
    {
        await _scene.ExecAsync("a,b", "exit 1");
        var events = Directory.EnumerateFiles(_scene.Journal.Path, "events.json.gz", SearchOption.AllDirectories).Single();
        File.Delete(events);
        var shown = await _scene.RunAsync("show");
        Assert.Equal(1, shown.ExitCode);
        Assert.Contains("result:    exit 1, 2 failed", shown.Stdout, StringComparison.Ordinal);
        Assert.Contains($"missing:   the results: {events}: it is missing", shown.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain("killed", shown.Stdout, StringComparison.Ordinal);
        foreach (var verb in new[] { "retry", "resume" })
        {
            var refused = await _scene.RunAsync(verb, "1", "--dry-run");
            Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
            Assert.Contains($"{events}: it is missing", refused.Stderr, StringComparison.Ordinal);
        }

        File.WriteAllText(Path.Combine(_scene.Journal.Path, "index"), "");
        Assert.Contains(" unknown ", (await _scene.RunAsync("history", "--outcome", "unknown")).Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunThatGoesOnIsRunning()
    {
        var pipe = _scene.Folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(_scene.Start("--output", "stream", "--transport", "exec", "-H", "a,b", "sh", "-c", $"echo begun; test %h = a || cat {pipe}"));
        await run.ReadOutUntilAsync("b: begun", Limit);
        await WaitForAsync(() => _scene.Last().HasEnded(_scene.Last().Entry.Targets[0]));
        var shown = (await _scene.RunAsync("show")).Stdout;
        Assert.Contains("result:    running", shown, StringComparison.Ordinal);
        Assert.Contains("  running: b (1)", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("canceled", shown, StringComparison.Ordinal);
        Assert.Equal("b\n", (await _scene.RunAsync("hosts", "@last:running")).Stdout);
        var none = await _scene.RunAsync("hosts", "@last:failed");
        Assert.Equal(2, none.ExitCode);
        Assert.Contains("no host of run 1 is in 'failed'", none.Stderr, StringComparison.Ordinal);
        var json = (await _scene.RunAsync("show", "--output", "json")).Stdout;
        Assert.Contains("\"output\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\"summary\"", json, StringComparison.Ordinal);
        Assert.Equal(2, (await _scene.RunAsync("show", "--report", "r.json")).ExitCode);
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo >{pipe}"));
        Assert.Equal(0, await run.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task OutputThatDiffersWhereTheJournalHasAGapIsDifferent()
    {
        const string Line = "head -c 150000 /dev/zero | tr '\\0' '\\n'; test %h = c && echo Z || echo \"$M\"; head -c 150000 /dev/zero | tr '\\0' '\\n'";
        await _scene.ExecAsync("a,b,c", Line, "--env", "M=Y", "-q");
        await _scene.ExecAsync("a,b,c", Line, "--env", "M=X", "-q");
        Assert.Equal("c\n", (await _scene.RunAsync("hosts", "@1:differs")).Stdout);
        var diff = await _scene.RunAsync("diff", "1", "2");
        Assert.Contains("exit 0, other output: a-b (2)".Replace("a-b", "a,b", StringComparison.Ordinal), diff.Stdout, StringComparison.Ordinal);
        var gathered = (await _scene.RunAsync("show", "-g", "1")).Stdout;
        Assert.Contains("a,b (2)", gathered, StringComparison.Ordinal);
        Assert.Contains("c (1)", gathered, StringComparison.Ordinal);
        Assert.Contains("bytes of output between the first and last 64 KiB", (await _scene.RunAsync("show", "1")).Stdout, StringComparison.Ordinal);
        var found = await _scene.RunAsync("grep", "Z", "1");
        Assert.Equal(1, found.ExitCode);
        Assert.Contains("of output are not in the journal, and were not searched", found.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHeldLockCostsTheJournalAndNotTheRun()
    {
        await _scene.ExecAsync("a", "true");
        using (Volley.Interop.LockedFile.Open(Path.Combine(_scene.Journal.Path, "lock")))
        {
            var run = await _scene.ExecAsync("a", "echo hi");
            Assert.Equal((0, "a: hi\n"), (run.ExitCode, run.Stdout));
            Assert.Contains("another program has held the lock of the journal", run.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ABadPathOfTheStateIsNamed()
    {
        var file = _scene.Folder.Write("state", "a file");
        foreach (var arguments in new[] { new[] { "history" }, ["show"], ["rm", "1"], ["grep", "x"] })
        {
            var refused = await _scene.RunAsync(arguments);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("Not a directory", refused.Stderr, StringComparison.Ordinal);
        }

        Assert.Contains($"{file} is not a directory", (await _scene.ExecAsync("a", "true")).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheBeginningOfOutputSurvivesAKill()
    {
        var pipe = _scene.Folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(_scene.Start("--output", "stream", "--transport", "exec", "-H", "a", "sh", "-c", $"echo small; cat {pipe}"));
        await run.ReadOutUntilAsync("a: small", Limit);
        await WaitForAsync(() => _scene.Journal.Read(_scene.Journal.Find("1")).ReadEvents().Any(record => record is JournalEvent { Event: NodeOutput }));
        run.Signal(Signals.Kill);
        await run.WaitForExitAsync(Limit);
        Assert.Equal("1 a: small\n", (await _scene.RunAsync("grep", "small")).Stdout);
        Assert.Contains("running:   the command may still run on a (1)", (await _scene.RunAsync("show")).Stdout, StringComparison.Ordinal);
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo >{pipe}"));
    }

    private Task<ProgramResult> RunWithFileLimitAsync(int blocks, string line)
    {
        // As on a full disk, writes fail from a point on: at a size of each file in blocks of 512 bytes.
        var start = _scene.Start();
        return JournalScene.RunAsync(start with
        {
            Program = "/bin/sh",
            Arguments =
            [
                "-c", string.Create(CultureInfo.InvariantCulture, $"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh", BuiltProgram.Path,
                "--journal", "full", "--output", "stream", "--transport", "exec", "-q", "-H", "a,b", "sh", "-c", line,
            ],
            // The compiler of the runtime writes a file of its own.
            Environment = new Dictionary<string, string?>(start.Environment) { ["DOTNET_EnableWriteXorExecute"] = "0" },
        });
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (var waited = TimeSpan.Zero; !condition(); waited += TimeSpan.FromMilliseconds(50))
        {
            Assert.True(waited < Limit, "the journal does not have it");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }
}
