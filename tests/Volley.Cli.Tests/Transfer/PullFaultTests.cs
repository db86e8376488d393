using System.Diagnostics;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>What can go wrong in a pull, and what is left on this machine then.</summary>
public sealed class PullFaultTests : IClassFixture<SftpFleet>, IDisposable
{
    private readonly Fleet _fleet;
    private readonly ScratchFolder _folder = new();
    private readonly string _mount;

    public PullFaultTests(SftpFleet fleet)
    {
        _fleet = fleet.Fleet;
        Directory.CreateDirectory(_folder["remote"]);
        _mount = Directory.CreateDirectory(_folder["disk"]).FullName;
    }

    private static string Host => Fleet.Address(0);

    private string Local => _folder["local"];

    private string Copies => Path.Combine(Local, Host);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AFullDiskLeavesTheOldFile()
    {
        await using var disk = await Mount.CreateAsync("-t", "tmpfs", "-o", "size=2m", "tmpfs", _mount);
        var copy = WriteOld(_mount, "large");
        var large = WriteBytes("large", 4_000_000);
        var run = await PullAsync(large, _mount);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{copy}: No space left on device", run.Stderr, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(copy, TestContext.Current.CancellationToken));
        Assert.Empty(Temporaries(Path.GetDirectoryName(copy)!));
        // A file of this size is refused before it is read.
        var huge = Path.Combine(_folder["remote"], "huge");
        var allocation = await ProgramRun.RunAsync(new ProgramStart("fallocate", "-l", "300M", huge));
        Assert.Equal(0, allocation.ExitCode);
        run = await PullAsync(huge, _mount);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("not enough space: the file needs 314,572,800 bytes, and ", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReadOnlyDirectoryIsNamedBeforeAnyHostIsContacted()
    {
        Directory.CreateDirectory(Local);
        await using var mount = await Mount.CreateAsync("--bind", Local, _mount);
        await RemountReadOnlyAsync(_mount);
        // Nothing listens there.
        var run = await VolleyRun.RunAsync("pull", "--transport", "native", "-H", "127.0.99.1:1", "/etc/hosts", _mount);
        Assert.Equal((2, $"volley: {_mount}: Read-only file system\n"), (run.ExitCode, run.Stderr));
    }

    [Fact]
    public async Task AReadOnlyDirectoryOfOneHostFailsThatHost()
    {
        Directory.CreateDirectory(_folder["closed"]);
        var second = Fleet.Address(1);
        var place = Directory.CreateDirectory(Path.Combine(Local, Host)).FullName;
        await using var mount = await Mount.CreateAsync("--bind", _folder["closed"], place);
        await RemountReadOnlyAsync(place);
        var run = await RunAsync($"{Host},{second}", Write("f", "x"), Local);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{place}/f: Read-only file system", run.Stderr, StringComparison.Ordinal);
        Assert.Contains($"transfer failed: Read-only file system: {Host}\n", run.Stderr, StringComparison.Ordinal);
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(Local, second, "f"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("pull")]
    [InlineData("push")]
    [InlineData("sync")]
    public async Task AServerThatEndsLeavesTheOldFile(string verb)
    {
        var source = WriteBytes("large", 6_000_000);
        var old = WriteOld(Local, "large");
        await OpenAsync(Copies);
        await using var run = ProgramRun.Start(VolleyRun.Start(
            [verb, "-F", _fleet.SshConfig, "-H", Host, "--limit-rate", "500K", source, verb == "pull" ? Local : old]));
        await WaitAsync(() => Temporaries(Copies).Length > 0);
        // The process of this session, which runs as the fleet's user.
        var sessions = _fleet.RemoteProcesses("sshd");
        Assert.NotEmpty(sessions);
        foreach (var session in sessions)
            Processes.Kill(session.Id);
        Assert.Equal(1, await run.WaitForExitAsync());
        Assert.Contains("0 of 1 file copied, ", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(old, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AFileThatVanishesOrChangesFailsAlone()
    {
        var first = WriteBytes("first", 4_500_000);
        var (gone, good) = (Write("gone", "x"), Write("good", "x"));
        var old = WriteOld(Local, "first");
        await using var run = ProgramRun.Start(VolleyRun.Start(
            ["pull", "-F", _fleet.SshConfig, "-H", Host, "--limit-rate", "1M", first, gone, good, Local]));
        await WaitAsync(() => Temporaries(Copies).Length > 0);
        File.Delete(gone);
        await File.WriteAllTextAsync(first, "another content", TestContext.Current.CancellationToken);
        Assert.Equal(1, await run.WaitForExitAsync());
        Assert.Contains($"{first}: the file changed while it was read", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Contains($"{gone}: no such file or directory", run.Stdout.Text + run.Stderr.Text, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(old, TestContext.Current.CancellationToken));
        Assert.Equal(["first", "good"], PushScene.Names(Copies));
    }

    [Fact]
    public async Task AFileOf1TiBWithHolesIsCopiedBothWays()
    {
        var source = Path.Combine(_folder["remote"], "sparse");
        using (var file = File.OpenHandle(source, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, "begin"u8, 0);
            RandomAccess.Write(file, "middle"u8, (1L << 39) + 5);
            RandomAccess.SetLength(file, 1L << 40);
        }

        var clock = Stopwatch.StartNew();
        var pull = await PullAsync(source, Local);
        Assert.True(pull.ExitCode == 0, pull.ToString());
        Check(Path.Combine(Copies, "sparse"));
        // Its content without holes would take half an hour.
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2));
        var target = Directory.CreateDirectory(_folder["target"]).FullName;
        await OpenAsync(target);
        var push = await VolleyRun.RunAsync("push", "-F", _fleet.SshConfig, "-H", Host, source, $"{target}/");
        Assert.True(push.ExitCode == 0, push.ToString());
        Check(Path.Combine(target, "sparse"));

        static void Check(string path)
        {
            Assert.Equal(1L << 40, new FileInfo(path).Length);
            using var copy = File.OpenHandle(path);
            var bytes = new byte[8];
            RandomAccess.Read(copy, bytes, 0);
            Assert.Equal("begin\0\0\0"u8.ToArray(), bytes);
            RandomAccess.Read(copy, bytes, (1L << 39) + 4);
            Assert.Equal("\0middle\0"u8.ToArray(), bytes);
        }
    }

    [Fact]
    public async Task TwoRunsAtTheSameDestinationLeaveOneCompleteFile()
    {
        var source = WriteBytes("data", 3_000_000);
        var results = await Task.WhenAll(PullAsync(source, Local), PullAsync(source, Local, "--resume"));
        Assert.All(results, result => Assert.True(result.ExitCode == 0, result.ToString()));
        Assert.Equal(["data"], PushScene.Names(Copies));
        Assert.Equal(await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(Path.Combine(Copies, "data"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AStopShowsFilesAndBytes()
    {
        var (first, second) = (Write("first", "12345"), WriteBytes("second", 6_000_000));
        await using var run = ProgramRun.Start(VolleyRun.Start(
            ["pull", "-b", "-F", _fleet.SshConfig, "-H", Host, "--limit-rate", "500K", first, second, Local]));
        await WaitAsync(() => Temporaries(Copies).Length > 0 && File.Exists(Path.Combine(Copies, "first")));
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync());
        Assert.Matches(@"1 of 2 files copied, [\d,]+ bytes received", run.Stderr.Text);
    }

    [Fact]
    public async Task AFailureStopsTheOtherHostsOnRequest()
    {
        var second = Fleet.Address(1);
        Directory.CreateDirectory(_folder[$"remote/{second}"]);
        var large = Path.Combine(_folder[$"remote/{second}"], "f");
        await File.WriteAllBytesAsync(large, new byte[6_000_000], TestContext.Current.CancellationToken);
        await using var run = ProgramRun.Start(VolleyRun.Start(
            ["pull", "-k", "-F", _fleet.SshConfig, "-H", $"{Host},{second}", "--limit-host-rate", "100K", $"{_folder["remote"]}/{{host}}/f", Local]));
        Assert.Equal(1, await run.WaitForExitAsync());
        Assert.Contains($"[fail-fast] {Host}: ", run.Stderr.Text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Local, second, "f")));
    }

    [Fact]
    public async Task ASpecialFileThatIsNamedIsAFailure()
    {
        var pipe = _folder.MakePipe("remote/pipe");
        var named = await PullAsync(pipe, Local);
        Assert.Equal(1, named.ExitCode);
        Assert.Contains($"{pipe}: a socket, a pipe or a device can't be copied", named.Stderr, StringComparison.Ordinal);
        var compared = await VolleyRun.RunAsync("pull", "-g", "-F", _fleet.SshConfig, "-H", Host, "/dev/null");
        Assert.Equal(1, compared.ExitCode);
        Write("file", "x");
        var matched = await PullAsync($"{_folder["remote"]}/*", Local);
        Assert.Equal(0, matched.ExitCode);
        Assert.Contains("pipe: not a file, directory or link; skipped", matched.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FewDescriptorsAreEnoughForFewerHosts()
    {
        var file = Write("tree/a/b/c/file", "x");
        var tree = Path.Combine(_folder["remote"], "tree");
        await using var run = ProgramRun.Start(VolleyRun.Start(["pull", "-F", _fleet.SshConfig, "-H", "127.0.1.[1-12]", tree, Local]) with
        {
            Program = "sh",
            Arguments = ["-c", "ulimit -n 256; exec \"$@\"", "sh", BuiltProgram.Path, "pull", "-F", _fleet.SshConfig, "-H", "127.0.1.[1-12]", tree, Local],
        });
        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.Contains("only 256 files may be open at once, so ", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Equal(12, Directory.GetFiles(Local, Path.GetFileName(file), SearchOption.AllDirectories).Length);
    }

    private static string[] Temporaries(string directory) => !Directory.Exists(directory) ? []
        : Directory.GetFiles(directory, ".*.volley-*", new EnumerationOptions { AttributesToSkip = 0 });

    private static async Task WaitAsync(Func<bool> condition)
    {
        var limit = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(60));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private static async Task RemountReadOnlyAsync(string path)
    {
        var remount = await ProgramRun.RunAsync(new ProgramStart("mount", "-o", "remount,bind,ro", path));
        Assert.True(remount.ExitCode == 0, remount.ToString());
    }

    /// <summary>Lets the fleet's user write to a directory.</summary>
    private async Task OpenAsync(string directory)
    {
        var change = await ProgramRun.RunAsync(new ProgramStart("chown", "-R", _fleet.User, directory));
        Assert.True(change.ExitCode == 0, change.ToString());
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder["remote"], name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private string WriteBytes(string name, int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        var path = Write(name, "");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes a file that a copy is to replace.</summary>
    private static string WriteOld(string directory, string name)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(directory, Host)).FullName, name);
        File.WriteAllText(path, "old");
        return path;
    }

    private Task<ProgramResult> PullAsync(string source, string destination, params IReadOnlyList<string> options) =>
        VolleyRun.RunAsync(["pull", "-F", _fleet.SshConfig, "-H", Host, source, destination, .. options]);

    private Task<ProgramResult> RunAsync(string hosts, params IReadOnlyList<string> arguments) =>
        VolleyRun.RunAsync(["pull", "-F", _fleet.SshConfig, "-H", hosts, .. arguments]);

    /// <summary>A mounted file system.</summary>
    private sealed class Mount(string path) : IAsyncDisposable
    {
        public static async Task<Mount> CreateAsync(params IReadOnlyList<string> arguments)
        {
            var mount = await ProgramRun.RunAsync(new ProgramStart("mount", arguments));
            if (mount.ExitCode != 0)
                Assert.Skip($"nothing can be mounted here: {mount.Stderr}");
            return new(arguments[^1]);
        }

        public async ValueTask DisposeAsync() => await ProgramRun.RunAsync(new ProgramStart("umount", path));
    }
}
