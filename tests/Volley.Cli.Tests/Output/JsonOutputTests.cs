using System.Text;
using System.Text.Json.Nodes;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Every line of <c>--output json</c> is what the schema says, whatever happens.</summary>
public sealed class JsonOutputTests(Fleet fleet) : IDisposable
{
    private const string Step = "event seq time";
    private const string Node = "node rank";
    private const string Plan = "started_at job command steps sources destination targets parallel main_rank strategy";
    private const string Result = "succeeded outcome exit_code signal code cause message reason stop elapsed retries step stdout_bytes stderr_bytes transferred_files transferred_bytes deleted_files main_rank may_still_run output_may_be_incomplete attributes";
    private const string Outcome = "exit_code stop elapsed succeeded failed outcomes median slowest slowest_node retries stdout_bytes stderr_bytes transferred_files transferred_bytes deleted_files recorded_host_keys failures";

    private static readonly string[] Three = ["a", "b", "c"];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Who removes or renames one of these needs a new version.</summary>
    [Fact]
    public async Task TheMembersOfThisVersionArePinned()
    {
        var lines = await RunAsync("a,b", "printf '\\377'; case %h in b) exit 3;; esac");
        Assert.Equal($"{Step} version {Plan}", Members(lines.Objects[0]));
        Assert.Equal([$"{Step} {Node}"], Distinct(lines.Of("connecting")));
        Assert.Equal([$"{Step} {Node} step"], Distinct(lines.Of("started")));
        Assert.Equal([$"{Step} {Node} stream base64"], Distinct(lines.Of("output")));
        Assert.Equal([$"{Step} {Node} {Result}"], Distinct(lines.Of("finished")));
        Assert.Equal($"{Step} {Outcome}", Members(lines.Summary));
        Assert.Equal("cause count nodes", Members(lines.Summary["failures"]![0]!.AsObject()));
        Assert.Equal(1, (int)lines.Objects[0]["version"]!);
        Assert.Equal([$"{Step} {Node} stream text"], Distinct((await RunAsync("a", "echo x")).Of("output")));
    }

    [Fact]
    public async Task TheMembersOfAReportArePinned()
    {
        var path = _folder["report"];
        await VolleyRun.ExecAsync("a,b", "echo %h >&2", "--report", path, "--output-dir", _folder["out"]);
        foreach (var file in new[] { path, Path.Combine(_folder["out"], "summary.json") })
        {
            var report = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
            Assert.Equal($"version {Plan} {Outcome} nodes", Members(report));
            Assert.Equal([$"{Node} {Result} stdout_file stderr_file"], Distinct(report["nodes"]!.AsArray().Select(node => node!.AsObject())));
        }
    }

    [Fact]
    public async Task ARunIsToldFromBeginToSummary()
    {
        var lines = await RunAsync("a,b,c", "echo out %h; echo err >&2; case %h in b) exit 3;; c) kill -9 $$;; esac", "--parallel", "2", "--check-all-nodes", "--main-rank", "c");
        var begin = lines.Objects[0];
        Assert.Equal("command", (string)begin["job"]!);
        Assert.StartsWith("sh -c echo out %h; ", (string)begin["command"]!, StringComparison.Ordinal);
        Assert.Equal("3 2 c check_all_nodes", $"{begin["targets"]} {begin["parallel"]} {begin["main_rank"]} {begin["strategy"]}");
        Assert.InRange(DateTimeOffset.Parse((string)begin["started_at"]!, null), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
        foreach (var node in Three)
        {
            Assert.Equal($"out {node}\n", Encoding.UTF8.GetString(lines.Output(node, "stdout")));
            Assert.Equal("err\n", Encoding.UTF8.GetString(lines.Output(node, "stderr")));
            var finished = lines.Finished(node);
            Assert.Equal(6, (int)finished["stdout_bytes"]!);
            Assert.Equal(4, (int)finished["stderr_bytes"]!);
            Assert.Equal(node == "c", (bool)finished["main_rank"]!);
        }

        AssertEnd(lines.Finished("a"), "exited", 0, exitCode: 0);
        AssertEnd(lines.Finished("b"), "exited", 3, exitCode: 3);
        AssertEnd(lines.Finished("c"), "signaled", 137, signal: "KILL");
        var summary = lines.Summary;
        Assert.Equal("1 2 18 12", $"{summary["succeeded"]} {summary["failed"]} {summary["stdout_bytes"]} {summary["stderr_bytes"]}");
        Assert.Equal("""{"exited":2,"signaled":1}""", summary["outcomes"]!.ToJsonString());
        Assert.Equal(
            """[{"cause":"exit 3","count":1,"nodes":"b"},{"cause":"killed by signal KILL","count":1,"nodes":"c"}]""", summary["failures"]!.ToJsonString());
        Assert.Null(summary["stop"]);
        Assert.Contains((string)summary["slowest_node"]!, Three);
        Assert.True((decimal)summary["median"]! <= (decimal)summary["slowest"]!);
    }

    [Fact]
    public async Task BytesThatAreNoTextArriveUnchanged()
    {
        var bytes = new byte[1_000_000];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(_folder["bytes"], bytes);
        var lines = await JsonLines.ReadAsync(await VolleyRun.RunAsync("--output", "json", "--transport", "exec", "-H", "a", "cat", _folder["bytes"]));
        Assert.Equal(bytes, lines.Output("a", "stdout"));
        Assert.True(lines.Of("output").Count() > 1);
    }

    [Fact]
    public async Task TextInAnyPiecesStaysText()
    {
        // Three bytes a character, which no size of a buffer is a multiple of.
        var text = string.Concat(Enumerable.Repeat("漢\"\\\u0007\n", 60_000));
        await File.WriteAllTextAsync(_folder["text"], text);
        var lines = await JsonLines.ReadAsync(await VolleyRun.RunAsync("--output", "json", "--transport", "exec", "-H", "a", "cat", _folder["text"]));
        Assert.Equal(text, Encoding.UTF8.GetString(lines.Output("a", "stdout")));
        Assert.DoesNotContain(lines.Of("output"), line => line["base64"] is not null);
    }

    [Fact]
    public async Task ACharacterThatIsNeverCompletedIsThereAtTheEnd()
    {
        var lines = await RunAsync("a", "printf 'ab\\303'");
        Assert.Equal([0x61, 0x62, 0xC3], lines.Output("a", "stdout"));
        Assert.Equal(["ab", null], lines.Of("output").Select(line => (string?)line["text"]));
    }

    [Fact]
    public async Task EveryWayNotToReachANodeIsNamed()
    {
        using var silent = new SilentServer("127.0.3.1");
        var name = new string('x', 64);
        var result = await VolleyRun.RunAsync(
            "--output", "json", "--any-failure", "-F", fleet.SshConfig, "--connect-timeout", "3", "-H", $"127.0.3.2,127.0.3.3:1,{name},{silent.Address}:{silent.Port}", "exit 4");
        var lines = await JsonLines.ReadAsync(result);
        AssertEnd(lines.Finished("127.0.3.2"), "exited", 4, exitCode: 4);
        AssertEnd(lines.Finished("127.0.3.3"), "connect_failed", 255);
        AssertEnd(lines.Finished(name), "name_not_resolved", 255);
        AssertEnd(lines.Finished(silent.Address), "connect_timed_out", 255);
        Assert.Contains("refused", (string)lines.Finished("127.0.3.3")["message"]!, StringComparison.Ordinal);
        Assert.Equal(255, result.ExitCode);
    }

    [Fact]
    public async Task AKeyThatIsRefusedAndAHostKeyThatChangedAreNamed()
    {
        var config = new FleetConfig(fleet) { Identity = await fleet.NewKeyAsync() }.Write();
        var refused = await JsonLines.ReadAsync(await VolleyRun.RunAsync("--output", "json", "-F", config, "-H", "127.0.3.4", "true"));
        AssertEnd(refused.Finished("127.0.3.4"), "authentication_failed", 255);
        var known = _folder.Write("known_hosts", $"[127.0.3.5]:{fleet.Port} {await File.ReadAllTextAsync(fleet.KeyPath + ".pub")}");
        config = new FleetConfig(fleet) { KnownHosts = known }.Write();
        var changed = await JsonLines.ReadAsync(await VolleyRun.RunAsync("--output", "json", "-F", config, "-H", "127.0.3.5", "true"));
        AssertEnd(changed.Finished("127.0.3.5"), "host_key_rejected", 255);
    }

    [Fact]
    public async Task AConnectionThatIsCutIsNamed()
    {
        using var proxy = new CuttingProxy("127.0.3.6", fleet.Port);
        fleet.TrustPort(proxy.Port);
        await using var run = ProgramRun.Start(VolleyRun.Start(
            "--output", "json", "-F", fleet.SshConfig, "-p", $"{proxy.Port}", "-H", proxy.Address, "echo up; exec sleep 600"));
        await run.ReadOutUntilAsync("\"text\"");
        proxy.Cut();
        Assert.Equal(255, await run.WaitForExitAsync());
        var lines = await JsonLines.ReadAsync(run.Stdout.Text);
        AssertEnd(lines.Finished(proxy.Address), "connection_lost", 255);
        Assert.True((bool)lines.Finished(proxy.Address)["may_still_run"]!);
    }

    [Fact]
    public async Task ATimeoutIsNamed()
    {
        var lines = await RunAsync("a", "echo before; exec sleep 600", "--timeout", "1");
        AssertEnd(lines.Finished("a"), "command_timed_out", 124);
        Assert.Equal("before\n", Encoding.UTF8.GetString(lines.Output("a", "stdout")));
    }

    [Fact]
    public async Task FailFastSaysWhatItStopped()
    {
        var lines = await RunAsync("a,b,c", "case %h in a) exec sleep 600;; esac; exit 3", "-k", "--parallel", "2");
        Assert.Equal("fail_fast", (string)lines.Summary["stop"]!);
        AssertEnd(lines.Finished("a"), "canceled", 1, stop: "fail_fast");
        AssertEnd(lines.Finished("b"), "exited", 3, exitCode: 3);
        AssertEnd(lines.Finished("c"), "not_started", 1, stop: "fail_fast");
        Assert.Equal(0, (decimal)lines.Finished("c")["elapsed"]!);
    }

    [Theory]
    [InlineData(Signals.Interrupt, 130, "interrupt")]
    [InlineData(Signals.Terminate, 143, "terminate")]
    [InlineData(Signals.HangUp, 129, "hang_up")]
    [InlineData(Signals.Quit, 131, "quit")]
    public async Task AStopIsToldToTheEnd(int signal, int code, string stop)
    {
        await using var run = ProgramRun.Start(VolleyRun.Exec("a,b,c", "echo %h; exec sleep 600", "--output", "json", "-b", "--parallel", "2"));
        await run.ReadOutUntilAsync("\"text\"");
        await run.ReadOutUntilAsync("\"text\"");
        run.Signal(signal);
        Assert.Equal(code, await run.WaitForExitAsync());
        var lines = await JsonLines.ReadAsync(run.Stdout.Text);
        Assert.Equal(code, (int)lines.Summary["exit_code"]!);
        Assert.Equal(stop, (string)lines.Summary["stop"]!);
        AssertEnd(lines.Finished("a"), "canceled", 130, stop: stop);
        AssertEnd(lines.Finished("c"), "not_started", 130, stop: stop);
    }

    [Fact]
    public async Task AReaderThatLeavesGetsWholeLinesUntilThen()
    {
        await using var run = ProgramRun.Start(VolleyRun.Exec("a,b", "exec yes", "--output", "json"));
        await run.ReadOutUntilAsync("\"output\"");
        run.CloseStdout();
        Assert.Equal(141, await run.WaitForExitAsync());
        var lines = await JsonLines.ReadAsync(run.Stdout.Text, mayBeCut: true);
        Assert.NotEmpty(lines.Objects);
        Assert.Equal("", run.Stderr.Text);
    }

    [Fact]
    public async Task APingHasNoOutputAndNoCommand()
    {
        var lines = await JsonLines.ReadAsync(await VolleyRun.RunAsync("ping", "--output", "json", "-F", fleet.SshConfig, "-H", "127.0.3.7,127.0.3.8:1"));
        Assert.Equal("ping", (string)lines.Objects[0]["job"]!);
        Assert.Null(lines.Objects[0]["command"]);
        Assert.Empty(lines.Of("output"));
        Assert.Equal(1, (int)lines.Summary["exit_code"]!);
        AssertEnd(lines.Finished("127.0.3.7"), "exited", 0, exitCode: 0);
    }

    [Fact]
    public async Task StandardErrorIsThatOfAnyMode()
    {
        var result = await VolleyRun.ExecAsync("a,b", "echo x; echo y >&2; exit 3", "--output", "json");
        Assert.Equal("volley: 2 of 2 failed\nexit 3: a,b\n", VolleyRun.WithoutTotals(result.Stderr));
        Assert.Equal("", (await VolleyRun.ExecAsync("a,b", "echo y >&2", "--output", "json")).Stderr);
    }

    [Fact]
    public async Task OnATerminalNothingOfANodeIsObeyed()
    {
        await using var program = PtyProgram.Start(VolleyRun.Exec("a", "printf '\\033]0;x\\a\\302\\233é\\342\\200\\256'", "--output", "json", "--progress", "never") with { Columns = 4000 });
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.All(program.Transcript, character => Assert.True(character is >= ' ' and <= '~' or '\r' or '\n'));
        var lines = await JsonLines.ReadAsync(program.Transcript.Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.Equal("\e]0;x\a\u009bé\u202e", Encoding.UTF8.GetString(lines.Output("a", "stdout")));
    }

    /// <summary>What the page shows is what a shell gets.</summary>
    [Fact]
    public async Task TheRecipesOfThePageWork()
    {
        var page = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "json.md"));
        var recipes = page.SkipWhile(line => line != "## Recipes").Where(line => line.StartsWith("volley ", StringComparison.Ordinal)).ToList();
        Assert.True(recipes.Count >= 5);
        foreach (var recipe in recipes)
        {
            var line = recipe.Replace("volley -H 'web[1-8]'", $"'{BuiltProgram.Path}' --transport exec -H 'web[1-8]'", StringComparison.Ordinal);
            var result = await ProgramRun.RunAsync(ProgramStart.Shell(line) with { WorkingDirectory = _folder.Path });
            Assert.True(result.ExitCode == 0 && result.Stdout.Length > 0 && !result.Stderr.Contains("jq", StringComparison.Ordinal), $"{line}\n{result}");
        }
    }

    private static async Task<JsonLines> RunAsync(string hosts, string line, params string[] options) =>
        await JsonLines.ReadAsync(await VolleyRun.ExecAsync(hosts, line, ["--output", "json", .. options]));

    private static string Members(JsonObject value) => string.Join(' ', value.Select(member => member.Key));

    private static List<string> Distinct(IEnumerable<JsonObject> objects) => [.. objects.Select(Members).Distinct()];

    private static void AssertEnd(JsonObject finished, string outcome, int code, int? exitCode = null, string? signal = null, string? stop = null)
    {
        Assert.Equal(outcome, (string)finished["outcome"]!);
        Assert.Equal(code, (int)finished["code"]!);
        Assert.Equal(exitCode, (int?)finished["exit_code"]);
        Assert.Equal(signal, (string?)finished["signal"]);
        Assert.Equal(stop, (string?)finished["stop"]);
        Assert.Equal(outcome == "exited" && exitCode == 0, (bool)finished["succeeded"]!);
    }
}
