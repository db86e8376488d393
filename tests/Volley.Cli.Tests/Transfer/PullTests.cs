using System.Diagnostics;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary><c>volley pull</c> from a real sshd.</summary>
public sealed class PullTests : IClassFixture<SftpFleet>, IDisposable
{
    private readonly Fleet _fleet;
    private readonly ScratchFolder _folder = new();

    public PullTests(SftpFleet fleet)
    {
        _fleet = fleet.Fleet;
        Directory.CreateDirectory(_folder["remote"]);
    }

    private static string First => Fleet.Address(0);

    private static string Second => Fleet.Address(1);

    private string Remote => _folder["remote"];

    private string Local => _folder["local"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("auto")]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task EachHostsFilesAreCopiedToADirectoryOfItsName(string transport)
    {
        Directory.CreateDirectory(Path.Combine(Remote, "d/empty"));
        File.WriteAllText(Path.Combine(Remote, "d/f"), "x");
        File.WriteAllText(Path.Combine(Remote, "one.log"), "1");
        File.WriteAllText(Path.Combine(Remote, "two.log"), "2");
        var run = await RunAsync("--transport", transport, "-H", $"{First},{Second}", Path.Combine(Remote, "d"), $"{Remote}/*.log", Local);
        Assert.Equal(("", 0), (run.Stdout, run.ExitCode));
        foreach (var host in new[] { First, Second })
        {
            Assert.Equal("x", File.ReadAllText(Path.Combine(Local, host, "d/f")));
            Assert.Equal("1", File.ReadAllText(Path.Combine(Local, host, "one.log")));
            Assert.Equal("2", File.ReadAllText(Path.Combine(Local, host, "two.log")));
            Assert.True(Directory.Exists(Path.Combine(Local, host, "d/empty")));
        }
    }

    [Fact]
    public async Task RelativePathsAndTildesBeginAtTheHomeDirectory()
    {
        var home = (await VolleyRun.RunAsync([.. VolleyRun.Over("native", _fleet), "-N", "-H", First, "echo x > volley-pull-test; echo ~"])).Stdout.Trim();
        foreach (var source in new[] { "volley-pull-test", "~/volley-pull-test", $"~{_fleet.User}/volley-pull-test", $"{home}/volley-pull-tes?" })
        {
            Assert.Equal(0, (await RunAsync("-H", First, source, Local)).ExitCode);
            Assert.Equal("x\n", File.ReadAllText(Path.Combine(Local, First, "volley-pull-test")));
            File.Delete(Path.Combine(Local, First, "volley-pull-test"));
        }
    }

    [Fact]
    public async Task SpecialBitsAreDropped()
    {
        var file = Path.Combine(Remote, "f");
        File.WriteAllText(file, "x");
        File.SetUnixFileMode(file, (UnixFileMode)0b110_111_101_101);
        await RunAsync("-H", First, file, Local);
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(Local, First, "f")));
    }

    [Fact]
    public async Task FailuresNameFileAndReason()
    {
        var secret = Path.Combine(Remote, "secret");
        File.WriteAllText(secret, "x");
        File.SetUnixFileMode(secret, UnixFileMode.None);
        File.WriteAllText(Path.Combine(Remote, "good"), "x");
        var run = await RunAsync("-H", First, $"{Remote}/missing", $"{Remote}/*", $"{Remote}/*.none", Local);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"volley: {First}: transfer failed: {Remote}/missing: no such file or directory; 2 more files failed\n", run.Stderr, StringComparison.Ordinal);
        // The tests may run as root, but the fleet's user is another one.
        Assert.Contains($"{First}: {secret}: permission denied\n", run.Stderr, StringComparison.Ordinal);
        Assert.Contains($"{First}: {Remote}/*.none: no file matches\n", run.Stderr, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Local, First, "good")));
    }

    [Theory]
    [InlineData("", "pull needs files and a directory")]
    [InlineData("f", "pull needs a directory for the copies after 'f'")]
    [InlineData("web1:/etc/hosts d", "web1:/etc/hosts: a path names no host; hosts come from options: volley pull -H web1")]
    [InlineData("f root@web1:d", "root@web1:d: a path names no host")]
    [InlineData("-r f d", "unknown option -r; copies include directories")]
    [InlineData("-a f d", "-a means all hosts, in addition to the named ones")]
    [InlineData("f /etc/passwd", "/etc/passwd: a file is in the place of the directory")]
    [InlineData("f {rack}", "has no attribute 'rack'")]
    [InlineData("f {name}", "would have the same place; use {host}")]
    [InlineData("f {host", "unexpected '{'")]
    [InlineData("--output-dir x f d", "pull takes no --output-dir")]
    [InlineData("--overwrite f d", "pull takes no --overwrite: it replaces existing files")]
    [InlineData("--stdin f d", "pull takes no --stdin")]
    [InlineData("--script x f d", "pull takes no --script")]
    [InlineData("f /dev/null/d", "/dev/null/d: ")]
    [InlineData("f /dev/null", "/dev/null: ")]
    [InlineData("f /proc/d", "/proc/d: ")]
    public async Task BadInputIsRefusedBeforeAnyHostIsContacted(string arguments, string message)
    {
        var options = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // Nothing listens there.
        var run = await VolleyRun.RunAsync(["pull", "--transport", "native", "-H", "127.0.99.1:1,127.0.99.2:1", .. options]);
        Assert.Equal((2, ""), (run.ExitCode, run.Stdout));
        Assert.Contains(message, run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("connect", run.Stderr, StringComparison.Ordinal);
        Assert.Single(VolleyRun.Lines(run.Stderr));
    }

    [Fact]
    public async Task OptionsAndFilesMayBeMixed()
    {
        var file = Path.Combine(Remote, "-f");
        File.WriteAllText(file, "x");
        var run = await VolleyRun.RunAsync(["pull", file, Local, "-H", First, .. VolleyRun.Over("native", _fleet)]);
        Assert.Equal(0, run.ExitCode);
        Assert.True(File.Exists(Path.Combine(Local, First, "-f")));
    }

    [Fact]
    public async Task ADryRunCreatesNothing()
    {
        var run = await RunAsync("--dry-run", "-H", First, "a", "b", Local);
        Assert.Contains($"pull: a b to {Local}", run.Stdout, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Local));
    }

    [Fact]
    public async Task JsonHasTheOutcomeAndTheCounts()
    {
        File.WriteAllText(Path.Combine(Remote, "f"), "12345");
        var run = await RunAsync("--output", "json", "-H", $"{First},{Second}", $"{Remote}/f", Local);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"\"job\":\"pull\",\"command\":null,\"steps\":[],\"sources\":[\"{Remote}/f\"],\"destination\":\"{Local}\"", run.Stdout, StringComparison.Ordinal);
        Assert.Contains("5", run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheSummaryHasWhatWasCopied()
    {
        File.WriteAllText(Path.Combine(Remote, "f"), "12345");
        var fifo = await ProgramRun.RunAsync(new ProgramStart("mkfifo", Path.Combine(Remote, "fifo")));
        Assert.Equal(0, fifo.ExitCode);
        var run = await RunAsync("-H", First, "--report", _folder["report.md"], Remote, Local);
        // The line about the pipe is no part of what was copied.
        Assert.Contains("/fifo: not a file, directory or link; skipped\n", run.Stderr, StringComparison.Ordinal);
        Assert.Matches(@"\nvolley: 1 host in \d+\.\d s: 1 succeeded; median \d+\.\d s, slowest \S+ \d+\.\d s; 1 file, 5 B \(\S+ k?B/s\)\n$", $"\n{run.Stderr}");
        Assert.Contains($"<code>volley pull {Remote} {Local}</code>", await File.ReadAllTextAsync(_folder["report.md"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALostConnectionLeavesTheOldFile()
    {
        WriteLarge();
        using var proxy = new CuttingProxy(First, _fleet.Port);
        _fleet.TrustPort(proxy.Port);
        WriteOld(Path.Combine(Local, First));
        await using var run = ProgramRun.Start(VolleyRun.Start(
            ["pull", "-F", _fleet.SshConfig, "-p", $"{proxy.Port}", "--output", "json", "--limit-rate", "200K", "-H", First, $"{Remote}/large", Local]));
        var directory = Path.Combine(Local, First);
        await WaitAsync(() => Temporaries(directory).Length > 0);
        proxy.Cut();
        Assert.Equal(1, await run.WaitForExitAsync());
        Assert.True(run.Stdout.Text.Contains("connection_lost", StringComparison.Ordinal), run.Stdout.Text);
        Assert.Equal("old", File.ReadAllText(Path.Combine(directory, "large")));
    }

    [Fact]
    public async Task ASecondInterruptEndsTheCopyAndLeavesTheOldFile()
    {
        WriteLarge();
        var directory = Path.Combine(Local, First);
        WriteOld(directory);
        await using var run = ProgramRun.Start(VolleyRun.Start(
            ["pull", "-F", _fleet.SshConfig, "-H", First, "--limit-rate", "200K", $"{Remote}/large", Local]));
        await WaitAsync(() => Temporaries(directory).Length > 0);
        run.Signal(Signals.Interrupt);
        await run.ReadErrUntilAsync("Status: 1 running, 0 completed (0 failed), 0 queued; 0 files, ");
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync());
        Assert.Equal("old", File.ReadAllText(Path.Combine(directory, "large")));
        Assert.Contains("canceled", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKilledRunLeavesTheOldFile()
    {
        WriteLarge();
        var directory = Path.Combine(Local, First);
        WriteOld(directory);
        await using var run = ProgramRun.Start(VolleyRun.Start(["pull", "-F", _fleet.SshConfig, "-H", First, "--limit-rate", "200K", $"{Remote}/large", Local]));
        await WaitAsync(() => Temporaries(directory).Length > 0);
        run.Signal(Signals.Kill);
        await run.WaitForExitAsync();
        Assert.Equal("old", File.ReadAllText(Path.Combine(directory, "large")));
        // A later run removes what is left.
        foreach (var temporary in Temporaries(directory))
            File.SetLastWriteTimeUtc(temporary, DateTime.UtcNow.AddMinutes(-11));
        File.WriteAllText(Path.Combine(Remote, "f"), "x");
        await RunAsync("-H", First, $"{Remote}/f", Local);
        Assert.Empty(Temporaries(directory));
    }

    private static string[] Temporaries(string directory) => !Directory.Exists(directory) ? []
        : Directory.GetFiles(directory, ".*.volley-*", new EnumerationOptions { AttributesToSkip = 0 });

    /// <summary>Writes a remote file that takes half a minute at 200 KB a second.</summary>
    private void WriteLarge()
    {
        var content = new byte[6_000_000];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(Path.Combine(Remote, "large"), content);
    }

    private static void WriteOld(string directory)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "large"), "old");
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        var limit = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(30));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) =>
        VolleyRun.RunAsync(["pull", "-F", _fleet.SshConfig, .. arguments]);
}
