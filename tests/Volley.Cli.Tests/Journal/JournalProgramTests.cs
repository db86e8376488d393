using System.Text.Json;
using Volley.Rollout;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Journal;

/// <summary>The journal of the built program, and the verbs that read it.</summary>
public sealed class JournalProgramTests : IDisposable
{
    private readonly JournalScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task ARunIsListedAndShownAgainInOtherModes()
    {
        var run = await _scene.ExecAsync("a,b,c", "echo hi; echo 'to stderr' >&2; exit %n", "--output", "stream");
        Assert.Equal(0, run.ExitCode);
        var history = await _scene.RunAsync("history");
        var line = VolleyRun.Lines(history.Stdout)[1];
        Assert.StartsWith("1 ", line, StringComparison.Ordinal);
        Assert.Contains("3: a,b,c", line, StringComparison.Ordinal);
        Assert.Contains("exit 0, 2 failed", line, StringComparison.Ordinal);
        Assert.Contains("sh -c echo hi", line, StringComparison.Ordinal);

        var described = (await _scene.RunAsync("show")).Stdout;
        Assert.Contains("exit 2: c (1)", described, StringComparison.Ordinal);
        Assert.Contains("--transport=exec", described, StringComparison.Ordinal);

        var again = await _scene.RunAsync("show", "1", "--output", "stream");
        Assert.Equal(VolleyRun.Lines(run.Stdout).Order(), VolleyRun.Lines(again.Stdout).Order());
        Assert.Contains("c: to stderr", again.Stderr, StringComparison.Ordinal);
        Assert.Contains("a (1)", (await _scene.RunAsync("show", "1", "-g")).Stdout, StringComparison.Ordinal);
        var both = await _scene.RunAsync("show", "1", "--output", "stream,gather");
        Assert.Contains("a (1)", both.Stdout, StringComparison.Ordinal);
        Assert.Contains("a: hi\n", both.Stderr, StringComparison.Ordinal);
        var json = VolleyRun.Lines((await _scene.RunAsync("show", "1", "--output", "json")).Stdout);
        Assert.Equal(3, json.Count(one => one.Contains("\"finished\"", StringComparison.Ordinal)));
        using var end = JsonDocument.Parse(json[^1]);
        Assert.Equal((0, 2), (end.RootElement.GetProperty("exit_code").GetInt32(), end.RootElement.GetProperty("failed").GetInt32()));
        using var begin = JsonDocument.Parse(json[0]);
        Assert.Equal(_scene.Journal.Find("1").StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
            begin.RootElement.GetProperty("started_at").GetString()![..19]);
    }

    [Fact]
    public async Task OutputIsSearchedAndRunsAreComparedAndRemoved()
    {
        await _scene.ExecAsync("a,b", "echo version 1");
        await _scene.ExecAsync("a,b,c", "case %h in a) echo version 2;; *) echo version 1; exit %n;; esac");
        var found = await _scene.RunAsync("grep", "-i", "VERSION [2-9]");
        Assert.Equal((0, "2 a: version 2\n"), (found.ExitCode, found.Stdout));
        Assert.Equal(1, (await _scene.RunAsync("grep", "-F", "version [2-9]", "1", "2")).ExitCode);

        var diff = await _scene.RunAsync("diff", "1", "2");
        Assert.Equal((1, "3 of 3 hosts differ between run 1 and run 2\nexit 0, other output: a (1)\nexit 0 -> exit 1: b (1)\nonly in run 2, exit 2: c (1)\n"), (diff.ExitCode, diff.Stdout));
        Assert.Equal(0, (await _scene.RunAsync("diff", "2", "last")).ExitCode);

        var json = await _scene.RunAsync("history", "--json", "--outcome", "ok");
        using var document = JsonDocument.Parse(json.Stdout);
        Assert.Equal(1, Assert.Single(document.RootElement.GetProperty("runs").EnumerateArray()).GetProperty("run").GetInt32());
        Assert.Equal(0, (await _scene.RunAsync("rm", "1")).ExitCode);
        Assert.Equal([2], _scene.Journal.List().Select(run => run.Number));
        var missing = await _scene.RunAsync("rm", "1");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("no run '1'", missing.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretsAreInNoFileAndInNoTitle()
    {
        const string Secret = "hunter2-xyzzy";
        // The value is in the command, and comes back in two parts.
        var run = await _scene.ExecAsync(
            "a,b", $"printf %.3s \"$TOKEN\"; sleep 0.1; echo \"${{TOKEN#hun}} %h\"; : {Secret}",
            "--env", $"TOKEN={Secret}", "--env", "OTHER=visible-value", "--secret", "TOKEN", "--journal", "full", "-vv", "--output", "json");
        Assert.DoesNotContain(Secret, VolleyRun.Lines(run.Stdout)[0], StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, run.Stderr, StringComparison.Ordinal);
        var all = _scene.ReadAll();
        Assert.Contains("*** a", all, StringComparison.Ordinal);
        Assert.Contains("OTHER=visible-value", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, all, StringComparison.Ordinal);
        Assert.DoesNotContain("ter2-xyzzy", all, StringComparison.Ordinal);
        var dry = await _scene.RunAsync("-H", "a", "--env", $"TOKEN={Secret}", "--secret", "TOKEN", "--dry-run", "echo", Secret);
        Assert.Contains("command: echo ***", dry.Stdout, StringComparison.Ordinal);

        // Without --journal full, no value is stored.
        await _scene.ExecAsync("a", "true", "--env", "OTHER=unseen-value");
        Assert.DoesNotContain("unseen-value", _scene.ReadAll(), StringComparison.Ordinal);
        var unknown = await _scene.RunAsync("-H", "a", "--secret", "NONE", "true");
        Assert.Equal((2, "volley: --secret NONE: there is no --env NONE=VALUE\n"), (unknown.ExitCode, unknown.Stderr));
    }

    [Fact]
    public async Task AJournalThatCantBeWrittenIsOneWarning()
    {
        _scene.Folder.Write("state", "a file");
        var run = await _scene.ExecAsync("a,b", "echo hi", "--output", "stream");
        Assert.Equal((0, 2), (run.ExitCode, VolleyRun.Lines(run.Stdout).Length));
        Assert.Contains("volley: warning: the journal of this run", Assert.Single(VolleyRun.Lines(run.Stderr)), StringComparison.Ordinal);
        var none = await _scene.ExecAsync("a", "echo hi", "--no-journal");
        Assert.Equal((0, ""), (none.ExitCode, none.Stderr));
        Assert.Equal("a file", File.ReadAllText(_scene.Folder["state"]));
    }

    [Fact]
    public async Task TheOutputOfHostsIsHarmlessOnATerminal()
    {
        await _scene.ExecAsync("a", @"printf '\033]0;title\007\n'");
        foreach (var arguments in new[] { new[] { "show", "--output", "stream" }, ["grep", "title"] })
        {
            await using var terminal = PtyProgram.Start(_scene.Start(arguments));
            await terminal.WaitForExitAsync(TimeSpan.FromSeconds(90));
            Assert.Contains("^[]0;title", terminal.Transcript, StringComparison.Ordinal);
            Assert.DoesNotContain("\x1b]0;title", terminal.Transcript, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LimitsOfTheConfigurationHold()
    {
        _scene.Folder.Write("config.yaml", "defaults: {journal-runs: 2, journal: none}\n");
        for (var i = 0; i < 3; i++)
            await _scene.ExecAsync("a", "echo hi", "--config", _scene.Folder["config.yaml"]);
        Assert.Equal([2, 3], _scene.Journal.List().Select(run => run.Number));
        Assert.Equal(JournalLevel.None, _scene.Last().Entry.Level);
        Assert.DoesNotContain("hi\\n", _scene.ReadAll(), StringComparison.Ordinal);
    }
}
