using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Limits;

/// <summary>Retries of commands by the built program: what is run again, and how every output marks the attempts.</summary>
public sealed class CommandRetryRunTests(Fleet fleet) : IDisposable
{
    private static readonly string[] Twice = ["--retry-command", "2", "--retry-delay", "10ms"];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StreamMarksTheAttempts()
    {
        var result = await VolleyRun.ExecAsync("a", FailingTwice("printf"), [.. Twice, "--output", "stream"]);
        Assert.Equal((0, "a: try 1\na: try 2\na: try 3\n"), (result.ExitCode, result.Stdout));
        Assert.Equal("volley: a: exit 75; attempt 2 of 3 in 0.01 s\nvolley: a: exit 75; attempt 3 of 3 in 0.01 s\n", result.Stderr);
    }

    [Fact]
    public async Task NormalHasABlockForEachAttempt()
    {
        var result = await VolleyRun.ExecAsync("a", FailingTwice("echo"), [.. Twice, "--output", "normal"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(
            @"^✗ a exit 75 \d+\.\d s, attempt 1 of 3\ntry 1\n✗ a exit 75 \d+\.\d s, attempt 2 of 3\ntry 2\n✓ a \d+\.\d s, attempt 3 of 3\ntry 3\n$", result.Stdout);
    }

    [Fact]
    public async Task GatherShowsEarlierAttemptsLast()
    {
        var result = await VolleyRun.ExecAsync("a,b", FailingTwice("echo"), [.. Twice, "-g"]);
        Assert.Equal(0, result.ExitCode);
        const string Rule = "---------------\n";
        Assert.Equal(
            $"{Rule}a,b (2)\n{Rule}try 3\n{Rule}a,b (2) attempt 1 of 3 exit 75\n{Rule}try 1\n{Rule}a,b (2) attempt 2 of 3 exit 75\n{Rule}try 2\n",
            result.Stdout.Replace("[a-b]", "a,b", StringComparison.Ordinal));
        var live = await VolleyRun.ExecAsync("a,b", FailingTwice("echo"), [.. Twice, "-g", "--live"]);
        Assert.Contains("try 3", live.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JsonHasAnEventForEachRetryAndASummaryOfThem()
    {
        var result = await VolleyRun.ExecAsync("a", FailingTwice("echo"), [.. Twice, "--output", "json"]);
        var json = await JsonLines.ReadAsync(result);
        Assert.Equal(
            ["begin", "connecting", "started", "output", "retrying", "started", "output", "retrying", "started", "output", "finished", "summary"],
            json.Objects.Select(line => (string)line["event"]!));
        Assert.Equal([(75, 0, 0.01m), (75, 1, 0.01m)], json.Of("retrying").Select(line => ((int)line["exit_code"]!, (int)line["retries"]!, (decimal)line["delay"]!)));
        Assert.Equal((2, 2), ((int)json.Finished("a")["retries"]!, (int)json.Summary["retries"]!));
    }

    [Fact]
    public async Task FilesHaveEachAttempt()
    {
        var directory = Path.Combine(_folder.Path, "out");
        string[] options = [.. Twice, "--output-dir", directory];
        var result = await VolleyRun.ExecAsync("a", $"{FailingTwice("echo")}", options);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["a.stdout", "a.stdout.1", "a.stdout.2", "summary.json"], Names(directory));
        foreach (var (name, text) in new[] { ("a.stdout", "try 3\n"), ("a.stdout.1", "try 1\n"), ("a.stdout.2", "try 2\n") })
            Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(directory, name), TestContext.Current.CancellationToken));
        await JsonLines.AssertValidAsync(await File.ReadAllTextAsync(Path.Combine(directory, "summary.json"), TestContext.Current.CancellationToken));

        // A file of an attempt is one of an earlier run, too, and a file of the user is not.
        File.Delete(Path.Combine(directory, "a.stdout"));
        File.Delete(Path.Combine(directory, "summary.json"));
        await File.WriteAllTextAsync(Path.Combine(directory, "a.stdout.old"), "mine", TestContext.Current.CancellationToken);
        var refused = await VolleyRun.ExecAsync("a", "true", options);
        Assert.Equal((2, $"volley: --output-dir {directory}: a.stdout.1 already exists; choose another directory, or add --overwrite\n"), (refused.ExitCode, refused.Stderr));
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "true", [.. options, "--overwrite"])).ExitCode);
        Assert.Equal(["a.stdout", "a.stdout.old", "summary.json"], Names(directory));
    }

    [Theory]
    [InlineData("75,1", 0)]
    [InlineData("70-80", 0)]
    [InlineData("1-74", 75)]
    [InlineData("timeout,signal,lost", 75)]
    public async Task OnlyTheChosenCodesAreRetried(string on, int code)
    {
        var result = await VolleyRun.ExecAsync("a", FailingTwice("echo"), [.. Twice, "--retry-on", on]);
        Assert.Equal(code, result.ExitCode);
    }

    [Theory]
    [InlineData("timeout", 3)]
    [InlineData("124", 3)]
    [InlineData("signal", 1)]
    public async Task TimeoutsOverSshAreRetried(string on, int attempts)
    {
        var result = await VolleyRun.RunAsync(
            [.. Twice, "-F", fleet.SshConfig, "--timeout", "1", "--retry-on", on, "-H", "127.0.2.16", "echo try; exec sleep 600"]);
        Assert.Equal(124, result.ExitCode);
        Assert.Equal(attempts, Regex.Count(result.Stdout, "^127.0.2.16: try\n", RegexOptions.Multiline));
        Assert.Equal(attempts - 1, Regex.Count(result.Stderr, "timed out: the command ran longer than 1 s; attempt "));
        Assert.DoesNotContain("may still run", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AScriptIsSentWithEachAttempt()
    {
        var marks = Path.Combine(_folder.Path, "marks");
        var script = _folder.Write("script", $"echo x >>{marks}\ntest $(wc -l <{marks}) = 3 && echo $1\n");
        var result = await VolleyRun.RunAsync([.. Twice, "-F", fleet.SshConfig, "-H", "127.0.2.17", "--script", script, "argument"]);
        Assert.Equal((0, "127.0.2.17: argument\n"), (result.ExitCode, result.Stdout));
    }

    [Fact]
    public async Task AFailureToConnectIsNotRetried()
    {
        var result = await VolleyRun.RunAsync([.. Twice, "-F", fleet.SshConfig, "-H", "127.0.2.17:1", "true"]);
        Assert.Equal(255, result.ExitCode);
        Assert.DoesNotContain("attempt", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheSummaryCountsRetries()
    {
        var result = await VolleyRun.ExecAsync("a,b", "test %h = a || exit 3", [.. Twice, "--require-all-success"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"volley: 2 hosts in .*; 2 retries", result.Stderr);
        Assert.EndsWith("volley: 1 of 2 failed\nexit 3: b\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VariablesSetTheRetries()
    {
        var start = VolleyRun.Exec("a", FailingTwice("echo"));
        start = start with
        {
            Environment = new Dictionary<string, string?>(start.Environment)
            {
                ["VOLLEY_RETRY_COMMAND"] = "2",
                ["VOLLEY_RETRY_DELAY"] = "0",
                ["VOLLEY_RETRY_ON"] = "75",
            },
        };
        Assert.Equal(0, (await ProgramRun.RunAsync(start)).ExitCode);
        // Standard input that the command line asks for takes precedence.
        var piped = start with { Arguments = ["--stdin", .. start.Arguments], Input = ReadOnlyMemory<byte>.Empty };
        Assert.Equal(75, (await ProgramRun.RunAsync(piped)).ExitCode);
    }

    private static IEnumerable<string?> Names(string directory) => Directory.GetFiles(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    /// <summary>Returns a line that prints its attempt and fails with 75 twice. Each host counts for itself, with or without a newline at the end.</summary>
    private string FailingTwice(string print)
    {
        var marks = _folder[$"marks-{Guid.NewGuid():N}"];
        return $"echo x >>{marks}%h; n=$(wc -l <{marks}%h); {print} \"try $n\"; test $n = 3 || exit 75";
    }
}
