using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Journal;

/// <summary><c>volley retry</c> and <c>volley resume</c> of the built program.</summary>
public sealed class RepeatTests : IDisposable
{
    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task AKilledRunIsResumedAndRepeated()
    {
        // One host at a time: a ends, b runs when the program is killed, c never starts.
        const string Line = "test %h != b || test -e go || { echo begun; sleep 600; }; echo ok";
        await using (var run = ProgramRun.Start(_scene.Start("--parallel", "1", "--output", "stream", "--transport", "exec", "-H", "a,b,c", "sh", "-c", Line)))
        {
            await run.ReadOutUntilAsync("b: begun", TimeSpan.FromSeconds(90));
            run.Signal(Signals.Kill);
            await run.WaitForExitAsync(TimeSpan.FromSeconds(90));
        }

        _scene.Folder.Write("go", "");
        var results = _scene.Last();
        Assert.Equal((false, null), (results.IsRunning, results.End));
        var shown = (await _scene.RunAsync("show")).Stdout;
        Assert.Contains("result:    killed", shown, StringComparison.Ordinal);
        Assert.Contains("the results of b (1)", shown, StringComparison.Ordinal);
        Assert.Contains("unknown: b", (await _scene.RunAsync("show", "--output", "normal")).Stderr, StringComparison.Ordinal);

        // From another directory: the run's own is that of the file.
        var resumed = await JournalScene.RunAsync(_scene.Start("resume", "1") with { WorkingDirectory = "/" });
        Assert.Equal(["c: ok"], VolleyRun.Lines(resumed.Stdout));
        Assert.StartsWith("volley: repeating run 1 of ", resumed.Stderr, StringComparison.Ordinal);
        Assert.Contains("on 1 of 3 hosts: c:", resumed.Stderr, StringComparison.Ordinal);

        // Its result is unknown, and not canceled as after Ctrl+C.
        Assert.Equal("b\n", (await _scene.RunAsync("hosts", "@2:exit=255")).Stdout);
        var again = await _scene.RunAsync("resume", "1");
        Assert.Equal((2, ""), (again.ExitCode, again.Stdout));
        Assert.StartsWith(
            "volley: run 1 was continued by run 2; to go on from there: volley resume 2; to repeat run 1 as it was: volley resume 1 --again\n",
            again.Stderr,
            StringComparison.Ordinal);
        Assert.Equal("c: ok\n", (await _scene.RunAsync("resume", "1", "--again", "--no-journal")).Stdout);

        var refused = await _scene.RunAsync("retry", "2");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("may still run on b (1); add --include-running", refused.Stderr, StringComparison.Ordinal);
        var repeated = await _scene.RunAsync("retry", "2", "--include-running");
        Assert.Equal((0, "b: ok\n"), (repeated.ExitCode, repeated.Stdout));
        Assert.All(_scene.Last().Results, result => Assert.True(result.Succeeded));
        Assert.Equal(_scene.Journal.Find("2").Id, _scene.Last().Entry.Repeats);
        var none = await _scene.RunAsync("retry");
        Assert.Equal((0, "volley: nothing to repeat: every host of run 3 succeeded\n"), (none.ExitCode, none.Stderr));
    }

    [Fact]
    public async Task ReportsOfARepetitionNameAllHosts()
    {
        await _scene.RunAsync("--transport", "exec", "-H", "a,b,c", "sh", "-c", "echo %h; test %h != b -o -e go");
        _scene.Folder.Write("go", "");
        string[] names = ["r.xml", "r.html", "r.md", "r.csv", "r.json"];
        var repeated = await _scene.RunAsync(["retry", .. names.SelectMany(name => new[] { "--report", name })]);
        Assert.Equal((0, "b: b\n"), (repeated.ExitCode, repeated.Stdout));
        Assert.All(names.Where(name => name != "r.md"), name =>
        {
            var text = File.ReadAllText(_scene.Folder[name]);
            Assert.All(["a", "b", "c"], host => Assert.Matches($"(?m)[\">]{host}[\"<]|^{host},", text));
        });
    }

    [Fact]
    public async Task WhatIsNotStoredIsGivenAgain()
    {
        var script = _scene.Folder.Write("check.sh", "read -r x; test \"$1\" = \"$T\" && test -e \"$2\"\n");
        var first = await _scene.RunAsync("--any-failure", "--env", "T=no", "--transport", "exec", "-H", "a,b", "--script", script, "yes", "done-%n");
        Assert.Equal(1, first.ExitCode);
        File.Delete(script);
        _scene.Folder.Write("done-0", "");
        var asked = await _scene.RunAsync("retry");
        Assert.Equal(2, asked.ExitCode);
        Assert.Contains("volley retry 1 --env T=VALUE", asked.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, (await _scene.RunAsync("retry", "--env", "T=yes")).ExitCode);
        Assert.Equal(["b"], _scene.Last().Find("failed")!.Select(target => target.Host));

        // The result of a, which is not repeated, counts.
        _scene.Folder.Write("done-1", "");
        var second = await _scene.RunAsync("retry", "last", "--env", "T=yes", "--dry-run");
        Assert.Contains("1 host: b", second.Stdout, StringComparison.Ordinal);
        var third = await _scene.RunAsync("retry", "--env", "T=yes", "--require-all-success", "--no-any-failure");
        Assert.Equal(0, third.ExitCode);
        Assert.Equal(["a", "b"], _scene.Last().Find("ok")!.Select(target => target.Host));
    }

    [Fact]
    public async Task StandardInputIsGivenAgain()
    {
        await JournalScene.RunAsync(_scene.Start("--stdin", "--transport", "exec", "-H", "a", "grep", "yes").WithInput("no\n"));
        var refused = await _scene.RunAsync("retry");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("volley retry 1 --stdin < FILE", refused.Stderr, StringComparison.Ordinal);
        Assert.Equal("a: yes\n", (await JournalScene.RunAsync(_scene.Start("retry", "--stdin").WithInput("yes\n"))).Stdout);
    }

    [Fact]
    public async Task ResultsAreSetsOfHosts()
    {
        await _scene.ExecAsync("a,b,c,d", "case %n in 0|1) echo same;; 2) echo other;; *) echo same; exit 3;; esac");
        foreach (var (expression, hosts) in new[] { ("@last:failed", "d"), ("@1:ok", "a,b,c"), ("@last:exit=3", "d"), ("@last:differs", "c,d"), ("@last:*!@last:differs", "a,b") })
            Assert.Equal(hosts + "\n", (await _scene.RunAsync("hosts", expression)).Stdout);
        var run = await _scene.RunAsync("-H", "@last:failed", "--transport", "exec", "echo", "%h");
        Assert.Equal("d: d\n", run.Stdout);
        foreach (var expression in new[] { "@last:timeout", "@99:failed", "@last:nothing" })
            Assert.Equal(2, (await _scene.RunAsync("hosts", expression)).ExitCode);
    }

    [Fact]
    public async Task VariablesAreAskedForAfterTheRunIsNamed()
    {
        await _scene.ExecAsync("a", "test \"$T\" = yes", "--env", "T=no");
        await using (var terminal = PtyProgram.Start(_scene.Start("retry")))
        {
            await terminal.ReadUntilAsync("Value of --env T of run 1: ", TimeSpan.FromSeconds(90));
            Assert.Matches(@"^volley: repeating run 1 of .*\r\nValue of --env T", terminal.Transcript);
            terminal.Type("yes\r");
            Assert.Equal(0, await terminal.WaitForExitAsync(TimeSpan.FromSeconds(90)));
            Assert.DoesNotContain("yes", terminal.Transcript.Split("run 1: ")[1], StringComparison.Ordinal);
        }

        await using var canceled = PtyProgram.Start(_scene.Start("retry", "1", "--again"));
        await canceled.ReadUntilAsync("Value of --env T of run 1: ", TimeSpan.FromSeconds(90));
        canceled.Type(PtyProgram.ControlD);
        Assert.Equal(1, await canceled.WaitForExitAsync(TimeSpan.FromSeconds(90)));
        Assert.Contains("nothing was run", canceled.Transcript, StringComparison.Ordinal);
        Assert.Equal(2, _scene.Journal.List().Count);
    }

    [Fact]
    public async Task AScriptKeepsItsNameAndAPipeIsAskedFor()
    {
        var script = _scene.Folder.Write("s.sh", "exit 1\n");
        await _scene.RunAsync("--transport", "exec", "-H", "a", "--script", script, "--confirm", "--yes");
        // The question of the run is asked again.
        Assert.Contains("--confirm needs a terminal", (await _scene.RunAsync("retry")).Stderr, StringComparison.Ordinal);
        await _scene.RunAsync("retry", "--yes");
        Assert.Equal(script, _scene.Last().Entry.Title);
        Assert.Equal(3, VolleyRun.Lines((await _scene.RunAsync("history", "s.sh")).Stdout).Length);
        var shown = (await _scene.RunAsync("show")).Stdout;
        Assert.Contains("script:    ", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("omitted:", shown, StringComparison.Ordinal);

        var start = _scene.Start();
        await JournalScene.RunAsync(start with
        {
            Program = "/bin/bash",
            Arguments = ["-c", $"exec \"$0\" --transport exec -H a --script <(cat {script})", BuiltProgram.Path],
        });
        foreach (var options in new string[][] { [], ["--dry-run"] })
        {
            var refused = await _scene.RunAsync(["retry", .. options]);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("run 3 ran a script that is not in its journal (/dev/fd/", refused.Stderr, StringComparison.Ordinal);
            Assert.Contains("volley retry 3 --script FILE", refused.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ADirectoryThatWasRemovedIsNoFailureOfTheJournal()
    {
        var start = _scene.Start();
        var run = await JournalScene.RunAsync(start with
        {
            Program = "/bin/sh",
            Arguments = ["-c", "mkdir gone; cd gone; rmdir ../gone; exec \"$0\" --transport exec -H a /bin/true", BuiltProgram.Path],
        });
        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.Equal("", _scene.Last().Entry.WorkingDirectory);
    }

    [Fact]
    public async Task OtherInputIsRefused()
    {
        await _scene.ExecAsync("a", "exit 1");
        var script = await _scene.RunAsync("retry", "--script", "s.sh");
        Assert.Equal(2, script.ExitCode);
        Assert.Contains("it was no script; leave --script out", script.Stderr, StringComparison.Ordinal);
        Assert.Equal(2, (await _scene.RunAsync("retry", "--stdin")).ExitCode);
        Assert.Single(_scene.Journal.List());
    }

    [Theory]
    [InlineData("-H", "x")]
    [InlineData("--filter", "x")]
    [InlineData("1", "2")]
    [InlineData("99")]
    public async Task OtherHostsAndUnknownRunsAreRefused(params string[] arguments)
    {
        await _scene.ExecAsync("a", "exit 1");
        Assert.Equal(2, (await _scene.RunAsync(["retry", .. arguments])).ExitCode);
        Assert.Single(_scene.Journal.List());
    }
}
