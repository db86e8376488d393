using System.Text.Json;
using System.Text.RegularExpressions;
using Volley.Cli.Tests.Journal;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Rollouts;

/// <summary>Rollouts of the built program: what only it can show.</summary>
public sealed class RolloutProgramTests : IDisposable
{
    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("--batch-size", "0", "--batch-size takes numbers of hosts of at least 1")]
    [InlineData("--batch-size", "rest,1", "'rest' takes all hosts that are left, so it must come last")]
    [InlineData("--batch-size", "101%", "--batch-size takes numbers")]
    [InlineData("--pause", "soon", "--pause takes a time")]
    [InlineData("--pause", "1", "--pause requires --batch-size or --canary")]
    [InlineData("--canary", "x", "--canary x: x is not among the 2 hosts; the first is a")]
    [InlineData("--canary", "a,n9,z", "--canary a,n9,z: n9,z are not among the 2 hosts; the first is a")]
    [InlineData("--spread", "rack", "--spread rack: no host has this attribute")]
    [InlineData("--spread", "rack=0", "--spread takes an attribute")]
    [InlineData("--check-retries", "1", "--check-retries requires --check")]
    [InlineData("--max-fail", "-1", "--max-fail takes a number of hosts of at least 0")]
    [InlineData("--max-unreachable", "x%", "--max-unreachable takes a number of hosts of at least 0")]
    [InlineData("--ok-codes", "0,256", "--ok-codes takes exit codes from 0 to 255")]
    public async Task BadValuesAreRefused(string option, string value, string message)
    {
        var result = await VolleyRun.ExecAsync("a,b", "echo run", $"{option}={value}");
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABarrierWaitsForTheHostsOfABatchAndFitsNoSpread()
    {
        var result = await VolleyRun.ExecAsync("a,b", "echo run", "--batch-size", "1", "--then", "echo then", "--barrier", "--output", "stream");
        Assert.Equal((0, "a: run\na: then\nb: run\nb: then\n"), (result.ExitCode, result.Stdout));
        result = await VolleyRun.ExecAsync("a,b", "echo run", "--spread", "rack", "--then", "true", "--barrier");
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("--barrier lets hosts wait for all others of their batch", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JsonHasTheEventsOfTheBatches()
    {
        var result = await VolleyRun.ExecAsync("a,b,c", "test %h != c", "--output", "json", "--batch-size", "1,2", "--canary", "b", "--check", "test %h != a", "--max-fail", "1", "--parallel", "1");
        Assert.Equal(3, result.ExitCode);
        var lines = VolleyRun.Lines(result.Stdout).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var events = lines.Select(line => line.GetProperty("event").GetString()).Where(name => name is not ("begin" or "connecting" or "started"));
        Assert.Equal(
            [
                "batch_started", "finished", "checked", "batch_finished",
                "batch_started", "finished", "checked", "batch_finished",
                "batch_started", "finished", "threshold_exceeded", "batch_finished", "summary",
            ],
            events);
        var failed = lines.Single(line => line.GetProperty("event").GetString() == "checked" && line.GetProperty("node").GetString() == "a");
        Assert.Equal(("check_failed", 1), (failed.GetProperty("outcome").GetString(), failed.GetProperty("code").GetInt32()));
        var end = lines[^1];
        Assert.Equal((3, "threshold", 2), (end.GetProperty("exit_code").GetInt32(), end.GetProperty("stop").GetString(), end.GetProperty("failed").GetInt32()));
        Assert.True(lines.First(line => line.GetProperty("event").GetString() == "batch_started").GetProperty("canary").GetBoolean());
    }

    [Fact]
    public async Task WithoutAJournalTheCommandLineContinues()
    {
        var result = await VolleyRun.ExecAsync("web[1-4]", "echo '%h done'; test %h != web2 || test -e fixed", "--max-fail", "0", "--parallel", "1", "--batch-size", "3", "--check", "true");
        Assert.Equal(3, result.ExitCode);
        var line = Regex.Match(result.Stderr, "^volley: to continue on these and the failed hosts: (.*)$", RegexOptions.Multiline).Groups[1].Value;
        Assert.StartsWith("volley -H 'web[2-4]' ", line, StringComparison.Ordinal);
        var again = await ProgramRun.RunAsync(VolleyRun.Start() with { Program = "/bin/sh", Arguments = ["-c", $"cd /dev; volley() {{ \"$0\" \"$@\"; }}; {line.Replace("--max-fail=0", "--max-fail=1", StringComparison.Ordinal)}", BuiltProgram.Path] });
        Assert.Equal(["web2: web2 done", "web3: web3 done", "web4: web4 done"], VolleyRun.Lines(again.Stdout));
    }

    [Fact]
    public async Task ResumeKeepsTheRolloutAndTheJournalShowsItsBatches()
    {
        var first = await _scene.RunAsync("--transport", "exec", "--batch-size", "1,2", "--canary", "c", "--max-fail", "0", "--parallel", "1", "-H", "a,b,c,d", "sh", "-c", "test %h != a || test -e fixed");
        Assert.Equal(3, first.ExitCode);
        Assert.Contains("volley: to continue on the untouched hosts: volley resume 1", first.Stderr, StringComparison.Ordinal);
        var shown = await _scene.RunAsync("show", "1", "--output", "json");
        Assert.Contains("\"event\":\"threshold_exceeded\"", shown.Stdout, StringComparison.Ordinal);
        Assert.Contains("\"event\":\"batch_started\"", shown.Stdout, StringComparison.Ordinal);
        var resumed = await _scene.RunAsync("resume", "1");
        Assert.Contains("volley: batch 1 of 2 (1 host): b\n", resumed.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: batch 2 of 2 (1 host): d\n", resumed.Stderr, StringComparison.Ordinal);
        _scene.Folder.Write("fixed", "");
        var repeated = await _scene.RunAsync("retry", "1", "--again", "--max-fail", "3");
        Assert.Equal(0, repeated.ExitCode);
    }

    [Fact]
    public async Task WithoutAJournalHostsOfASourceKeepTheirSettings()
    {
        _scene.Folder.Write("inv.ini", "[app]\napp1 ansible_host=10.0.0.1 rack=r1\napp2 ansible_host=10.0.0.2 rack=r1\napp3 ansible_host=10.0.0.3 rack=r2\napp4 ansible_host=10.0.0.4 rack=r1\n");
        string[] words = ["--no-journal", "--inventory", "inv.ini", "-H", "@app", "--filter", "rack=r1", "--limit", "3", "--transport", "exec", "--parallel", "1", "--max-fail", "0"];
        var stopped = await _scene.RunAsync([.. words, "sh", "-c", "echo %h $VOLLEY_ATTR_RACK; test %h != 10.0.0.2 || test -e fixed"]);
        Assert.Equal(3, stopped.ExitCode);
        var line = Regex.Match(stopped.Stderr, "^volley: to continue on these and the failed hosts: (.*)$", RegexOptions.Multiline).Groups[1].Value;
        Assert.Contains(" '--filter=(rack=r1)&(app[2,4])' ", line, StringComparison.Ordinal);
        _scene.Folder.Write("fixed", "");
        var again = await JournalScene.RunAsync(GuidePage.Start(_scene.Start(), line));
        Assert.Equal(["app2: 10.0.0.2 r1", "app4: 10.0.0.4 r1"], VolleyRun.Lines(again.Stdout));
        var dry = await JournalScene.RunAsync(GuidePage.Start(_scene.Start(), line.Replace("--transport=exec", "--dry-run", StringComparison.Ordinal)));
        Assert.Contains("10.0.0.4", dry.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostsThatWereNotCheckedAreCheckedBeforeTheRest()
    {
        string[] options = ["--batch-size", "3", "--parallel", "1", "--check", "echo check %h >> log; test ! -e broken"];
        var stopped = await _scene.ExecAsync("a,b,c,d", "echo run %h >> log; test %h != c", [.. options, "--report", "r.xml", "--report", "r.csv"]);
        Assert.Equal(3, stopped.ExitCode);
        Assert.Contains("\nnot checked: a,b\n", stopped.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: not checked (2): a,b\n", stopped.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: to continue on the untouched hosts, after a check of those that were not checked: volley resume 1\n", stopped.Stderr, StringComparison.Ordinal);
        Assert.All(["r.xml", "r.csv"], name => Assert.Contains("not checked", File.ReadAllText(_scene.Folder[name]), StringComparison.Ordinal));
        Assert.Equal("a\nb\n", (await _scene.RunAsync("hosts", "@1:notchecked")).Stdout.Replace(',', '\n'));
        _scene.Folder.Write("broken", "");
        var failed = await _scene.RunAsync("resume", "1");
        Assert.Equal(3, failed.ExitCode);
        Assert.Contains("volley: batch 1 of 2, check alone (2 hosts): a,b\n", failed.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: untouched (1): d\n", failed.Stderr, StringComparison.Ordinal);
        // What retry of this run repeats, also from the run before. The check of b may have ended before that of a stopped the run.
        Assert.Matches(@"volley: failed \([23]\): a,(b,)?c\n", failed.Stderr);
        File.Delete(_scene.Folder["broken"]);
        var notChecked = await _scene.RunAsync("resume", "1", "--again", "--no-check", "--dry-run");
        Assert.Contains("batch 1 of 2, done before (2 hosts): a,b\n", notChecked.Stdout, StringComparison.Ordinal);
        var resumed = await _scene.RunAsync("resume", "1", "--again");
        // The host that failed counts for the whole.
        Assert.Equal(1, resumed.ExitCode);
        var log = File.ReadAllLines(_scene.Folder["log"]);
        Assert.Equal(["run a", "run b", "run c", "run d"], log.Where(line => line.StartsWith("run", StringComparison.Ordinal)));
        Assert.Equal(["check a", "check b", "run d", "check d"], log[^4..]);
        var nothing = await _scene.RunAsync("resume");
        Assert.Equal((1, true), (nothing.ExitCode, nothing.Stderr.Contains("for those that failed: volley retry", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task HostsWhoseCheckAKillCutShortAreCheckedByResume()
    {
        await using var run = ProgramRun.Start(_scene.Start(
            "--transport", "exec", "--batch-size", "1", "-H", "a,b", "--check", "echo check >> log; test -e free || sleep 1000", "sh", "-c", "echo run %h >> log"));
        while (!File.Exists(_scene.Folder["log"]) || !File.ReadAllText(_scene.Folder["log"]).Contains("check", StringComparison.Ordinal))
            await Task.Delay(10, TestContext.Current.CancellationToken);
        run.Signal(Signals.Kill);
        await run.WaitForExitAsync(TimeSpan.FromSeconds(90));
        _scene.Folder.Write("free", "");
        Assert.Contains("the check of a (1); to check them: volley resume 1", (await _scene.RunAsync("show", "1")).Stdout, StringComparison.Ordinal);
        var resumed = await _scene.RunAsync("resume", "1");
        Assert.Equal(0, resumed.ExitCode);
        Assert.Equal(["run a", "check", "check", "run b", "check"], File.ReadAllLines(_scene.Folder["log"]));
    }

    [Fact]
    public async Task AfterAFailedCanaryTheRestWaitsForIt()
    {
        var first = await _scene.ExecAsync("a,b,c", "echo %h >> log; test %h != b || test -e fixed", "--canary", "b");
        Assert.Equal(3, first.ExitCode);
        Assert.DoesNotContain("volley resume", first.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: to continue on these and the failed hosts: volley retry 1\n", first.Stderr, StringComparison.Ordinal);
        var refused = await _scene.RunAsync("resume", "1");
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("volley: the canary b of run 1 failed, so that the other hosts do not start; to run it again before them: volley retry 1;", refused.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: batch 1 of 2, canary (1 host): c\n", (await _scene.RunAsync("resume", "1", "--canary", "c")).Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", (await _scene.RunAsync("resume", "1", "--again", "--no-canary")).Stderr, StringComparison.Ordinal);
        _scene.Folder.Write("fixed", "");
        var retried = await _scene.RunAsync("retry", "1", "--again");
        Assert.Equal(0, retried.ExitCode);
        Assert.Contains("volley: batch 1 of 2, canary (1 host): b\n", retried.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACanaryThatMayStillRunIsNamedWithTheOptionThatRepeatsIt()
    {
        await using (var run = ProgramRun.Start(_scene.Start("--transport", "exec", "-H", "a,b", "--canary", "a", "--output", "stream", "sh", "-c", "test -e go || { echo begun; sleep 600; }; echo %h")))
        {
            await run.ReadOutUntilAsync("a: begun", TimeSpan.FromSeconds(90));
            run.Signal(Signals.Kill);
            await run.WaitForExitAsync(TimeSpan.FromSeconds(90));
        }

        foreach (var verb in new[] { "resume", "retry" })
        {
            var refused = await _scene.RunAsync(verb, "1");
            Assert.Equal((2, ""), (refused.ExitCode, refused.Stdout));
            Assert.StartsWith(
                "volley: the command of run 1 may still run on the canary a, so that the other hosts do not start; to run it again before them: volley retry 1 --include-running;",
                refused.Stderr,
                StringComparison.Ordinal);
        }

        _scene.Folder.Write("go", "");
        Assert.Equal("a: a\nb: b\n", (await _scene.RunAsync("retry", "1", "--include-running", "--output", "stream")).Stdout);
    }

    [Fact]
    public async Task SecretsAreMaskedAndNamedBeforeTheNextCommand()
    {
        string[] words = ["--env", "T=s3cret", "--secret", "T", "--check", "echo s3cret %h \u001b[31m; true", "--batch-size", "2", "--parallel", "1", "--max-fail", "0"];
        var dry = await _scene.ExecAsync("a,b,c", "test %h != b", [.. words, "--dry-run"]);
        Assert.Contains("check after each batch: echo *** %h ", dry.Stdout, StringComparison.Ordinal);
        var stopped = await _scene.ExecAsync("a,b,c", "test %h != b", [.. words]);
        Assert.Equal(3, stopped.ExitCode);
        Assert.Contains("volley: with the next command: give --check again, because the journal does not have its value; give --env T again", stopped.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley retry 1\n", stopped.Stderr, StringComparison.Ordinal);
        var refused = await _scene.RunAsync("resume", "1");
        Assert.Contains("volley resume 1 --check COMMAND", refused.Stderr, StringComparison.Ordinal);
        var alone = await _scene.ExecAsync("a,b,c", "test %h != b", [.. words, "--no-journal"]);
        Assert.Contains("volley: check a yourself, because no later run does it: --check 'echo *** %h '\"$(printf '\\033')\"'[31m; true'\n", alone.Stderr, StringComparison.Ordinal);
        Assert.All([dry, stopped, refused, alone], result => Assert.DoesNotContain("s3cret", result.Stdout + result.Stderr, StringComparison.Ordinal));
        Assert.All([dry, stopped, alone], result => Assert.DoesNotContain("\u001b", result.Stdout + result.Stderr, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AReportToAPipeThatClosedEndsQuietly()
    {
        var start = _scene.Start() with
        {
            Program = "/bin/bash",
            Arguments = ["-c", "\"$0\" --transport exec -H a --output none --report csv:- sh -c 'until test -e gone; do sleep 0.05; done' | { exec <&-; touch gone; }; echo ${PIPESTATUS[0]}", BuiltProgram.Path],
        };
        var result = await JournalScene.RunAsync(start);
        Assert.Equal("141\n", result.Stdout);
        Assert.DoesNotContain("Broken pipe", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEmptyScriptOfAPipeIsRefused()
    {
        var result = await JournalScene.RunAsync(_scene.Start("--transport", "exec", "-H", "a", "--script", "/dev/stdin") with { Program = "/bin/sh", Arguments = ["-c", ": | \"$0\" --transport exec -H a --script /dev/stdin", BuiltProgram.Path] });
        Assert.Equal((2, "volley: --script /dev/stdin: no script came through the pipe; give it again\n"), (result.ExitCode, result.Stderr));
        Assert.Empty(_scene.Journal.List());
    }

    [Fact]
    public async Task AFailedCheckFailsFastAndItsAttemptsShowWithV()
    {
        var result = await VolleyRun.ExecAsync("a,b", "true", "-k", "-v", "--batch-size", "1", "--check", "echo down; exit 4", "--check-retries", "1", "--check-delay", "1ms");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("volley: a: check failed: exit 4: down; repeated in 0.001 s\n", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("[fail-fast] a: check failed: exit 4; stopping 0 running, 1 queued\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AQuestionNeedsATerminalOrYes()
    {
        var refused = await VolleyRun.ExecAsync("a,b", "echo run", "--batch-size", "1", "--pause", "ask");
        Assert.Equal((2, ""), (refused.ExitCode, refused.Stdout));
        Assert.Contains("--pause ask needs a terminal to ask on, and there is none; to run without the questions: --yes", refused.Stderr, StringComparison.Ordinal);
        var run = await VolleyRun.ExecAsync("a,b", "echo run", "--batch-size", "1", "--pause", "ask", "--yes");
        Assert.Equal((0, "a: run\nb: run\n"), (run.ExitCode, run.Stdout));
    }

    [Theory]
    [InlineData("y\n", 0, true)]
    [InlineData("n\n", 130, false)]
    [InlineData(PtyProgram.ControlC, 130, false)]
    public async Task TheTerminalDecides(string answer, int code, bool runsAll)
    {
        await using var program = PtyProgram.Start(VolleyRun.Exec("a,b", "echo %h-ran", "--batch-size", "1", "--pause", "ask"));
        await program.ReadUntilAsync("Begin batch 2 of 2 (1 host): b? [y/N]");
        program.Type(answer);
        if (answer == PtyProgram.ControlC)
        {
            await program.ReadUntilAsync("\r\nReceived Ctrl+C. Press Ctrl+C again within 1 second to terminate.\r\nStatus: 0 running, 1 completed (0 failed), 1 queued\r\nBegin batch 2 of 2 (1 host): b? [y/N] ");
            program.Type(PtyProgram.ControlC);
        }

        Assert.Equal(code, await program.WaitForExitAsync());
        Assert.Equal(runsAll, program.Transcript.Contains("b-ran", StringComparison.Ordinal));
        Assert.Equal(!runsAll, program.Transcript.Contains("untouched (1): b", StringComparison.Ordinal));
    }
}
