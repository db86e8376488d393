using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Journal;

/// <summary>What the verbs that read the journal accept and show.</summary>
public sealed class JournalQueryTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task HistoryTakesRangesAndIsoTimes()
    {
        await _scene.ExecAsync("web[1-20]", "true");
        foreach (var host in new[] { "web[3-4]", "WEB7", "web*", "web20,db" })
            Assert.Equal(2, VolleyRun.Lines((await _scene.RunAsync("history", "--host", host, "--since", "2020-11-30T15:04:05Z", "--until", "2090-11-30T15:04:05.5+02:00")).Stdout).Length);
        Assert.Equal("", (await _scene.RunAsync("history", "--host", "web[21-30]")).Stdout);
        Assert.Contains("-n (--count) takes", (await _scene.RunAsync("history", "-n", "0")).Stderr, StringComparison.Ordinal);
        Assert.Contains("without groups", (await _scene.RunAsync("history", "--host", "@web")).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShowWritesHostsAndRefusesOptionsWithoutEffect()
    {
        await _scene.ExecAsync("a,b", "exit %n");
        Assert.Equal(0, (await _scene.RunAsync("show", "--hosts-failed", "failed")).ExitCode);
        Assert.Equal("b\n", File.ReadAllText(_scene.Folder["failed"]));
        var quiet = await _scene.RunAsync("show", "-q", "--output", "stream");
        Assert.Equal((0, ""), (quiet.ExitCode, quiet.Stderr.Replace("b: exit 1\n", "", StringComparison.Ordinal)));
        var idle = await _scene.RunAsync("show", "--color", "always");
        Assert.Equal(2, idle.ExitCode);
        Assert.Contains("--color only changes how output looks", idle.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARepeatedRunIsShownWithTheHostsThatDidNotRunAgain()
    {
        await _scene.ExecAsync("a,b", "echo %h; test %h = a || test -e go");
        _scene.Folder.Write("go", "");
        Assert.Equal("b: b\n", (await _scene.RunAsync("retry", "--require-all-success")).Stdout);
        Assert.Equal(["a: a", "b: b"], VolleyRun.Lines((await _scene.RunAsync("show", "2", "--output", "stream")).Stdout));
        Assert.Equal(["2 a: a"], VolleyRun.Lines((await _scene.RunAsync("grep", "^a", "2")).Stdout));
        Assert.Equal(["1 a: a"], VolleyRun.Lines((await _scene.RunAsync("grep", "^a")).Stdout));
        // The lines of the journal itself, among them the result of the host that did not run again.
        var lines = VolleyRun.Lines(_scene.ReadEvents("2"));
        Assert.Single(lines, line => line.StartsWith("{\"event\":\"earlier\"", StringComparison.Ordinal));
        foreach (var line in lines)
            await JsonLines.AssertValidAsync(line);
    }

    [Fact]
    public async Task SetsAreNamedInMessagesAndCompletions()
    {
        await _scene.ExecAsync("a,b", "exit 1");
        Assert.Contains("no host of run 1 is in 'ok'", (await _scene.RunAsync("hosts", "@last:ok")).Stderr, StringComparison.Ordinal);
        Assert.Contains("the sets are failed, ok, timeout, notstarted, notchecked, exit=N, running, differs", (await _scene.RunAsync("hosts", "@last:foo")).Stderr, StringComparison.Ordinal);
        var completed = VolleyRun.Lines((await _scene.RunAsync("[suggest]", "volley hosts @last:")).Stdout);
        Assert.Contains(completed, line => line.Contains("failed", StringComparison.Ordinal));
        Assert.Contains(completed, line => line.Contains("exit=1", StringComparison.Ordinal));
        Assert.DoesNotContain(completed, line => line.Contains("notstarted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARunIsShownInTheTerminalUi()
    {
        await _scene.ExecAsync("alpha,beta", "echo from %h; exit %n");
        await using var terminal = PtyProgram.Start(_scene.Start("show", "--tui").WithVariable("TERM", "xterm-256color"));
        await terminal.ReadUntilAsync("alpha", Limit);
        await terminal.ReadUntilAsync("beta", Limit);
        terminal.Type("q");
        Assert.Equal(0, await terminal.WaitForExitAsync(Limit));
        Assert.Contains("exit 1", terminal.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAttemptIsCountedAsInTheRun()
    {
        await _scene.ExecAsync("a", "exit 3", "--retry-command", "1", "--retry-delay", "0");
        Assert.Contains("of 2", (await _scene.RunAsync("show", "--output", "normal")).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretsAreInNoLockNoReportAndNoConfiguration()
    {
        const string Secret = "hunter2-xyzzy";
        var name = $"test-{Guid.NewGuid():N}";
        var pipe = _scene.Folder.MakePipe("pipe");
        string[] secret = ["--env", $"T={Secret}", "--secret", "T"];
        await using var holder = ProgramRun.Start(_scene.Start(
            [.. secret, "--lock", name, "--output", "stream", "--report", "r.md", "--report", "r.xml", "--report", "r.html", "--transport", "exec", "-H", "a", "sh", "-c", $"echo $T; cat {pipe}; : {Secret}"]));
        await holder.ReadOutUntilAsync("a: ", Limit);
        var waiting = await _scene.ExecAsync("a", "true", "--lock", name, "--lock-wait", "0");
        Assert.Contains("; : ***", waiting.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, waiting.Stderr, StringComparison.Ordinal);
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo >{pipe}"));
        Assert.Equal(0, await holder.WaitForExitAsync(Limit));
        foreach (var report in new[] { "r.md", "r.xml", "r.html" })
        {
            var text = File.ReadAllText(_scene.Folder[report]);
            Assert.Contains("***", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        }

        var config = (await _scene.RunAsync(["config", .. secret])).Stdout;
        Assert.Contains("T=***", config, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, config, StringComparison.Ordinal);

        // A script with the value is not stored.
        var script = _scene.Folder.Write("s.sh", $"echo {Secret}; exit 1\n");
        await _scene.RunAsync([.. secret, "--transport", "exec", "-H", "a", "--script", script]);
        Assert.DoesNotContain(Secret, _scene.ReadAll(), StringComparison.Ordinal);
        Assert.Contains("--script FILE", (await _scene.RunAsync("retry", "--env", $"T={Secret}")).Stderr, StringComparison.Ordinal);
    }
}
