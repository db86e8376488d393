using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>What can go wrong in a push, and what is left at the host then.</summary>
public sealed class PushFaultTests(SftpFleet fleet) : IClassFixture<SftpFleet>, IDisposable
{
    private readonly PushScene _scene = new(fleet.Fleet);

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task BadInputIsRefusedBeforeAnyHostIsContacted()
    {
        var file = _scene.Write("file", "");
        (string[] Arguments, string Message)[] cases =
        [
            ([], "push needs a source and a destination"),
            ([file], "push needs a destination"),
            ([$"{_scene.Source}/missing", "/tmp/"], "missing: No such file or directory"),
            ([$"{_scene.Source}/*.missing", "/tmp/"], "no file matches the pattern"),
            ([file, "/tmp/{nothing}"], "has no attribute 'nothing'"),
            ([file, "/tmp/{"], "unexpected '{'"),
            ([file, "web1:/tmp/"], "web1:/tmp/: a path names no host; hosts come from options: volley push -H web1"),
            (["me@web1:file", "/tmp/"], "me@web1:file: a path names no host"),
            (["-a", file, "/tmp/"], "-a means all hosts, in addition to the named ones"),
            (["--archive", file, "/tmp/"], "unknown option --archive; copies include directories"),
            ([file, file, "/tmp/"], "have the same name"),
            (["/dev/null", "/tmp/"], "can't be copied"),
            ([file, "/tmp/", "--mode", "9"], "--mode takes permissions in octal"),
            ([file, "/tmp/", "--owner", ":"], "--owner takes USER"),
            ([file, "/tmp/", "--stdin"], "push takes no --stdin"),
            ([file, "/tmp/", "--interpreter", "sh"], "push takes no --interpreter"),
            ([file, "/tmp/", "--output-dir", _scene["out"]], "push takes no --output-dir"),
        ];
        foreach (var (arguments, message) in cases)
        {
            // No server answers there.
            var result = await VolleyRun.RunAsync(["push", "-H", "127.0.60.250", "-p", "1", .. arguments]);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        }

        var run = await VolleyRun.RunAsync("-H", "127.0.60.250", "--verify", "true");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--verify is an option of volley push", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADestinationThatCantBeWrittenNamesFileAndReason()
    {
        var file = _scene.Write("file", "new");
        var closed = Path.Combine(_scene.Target, "closed");
        Directory.CreateDirectory(closed);
        await FailsAsync($"{closed}/file: permission denied", file, $"{closed}/");
        await FailsAsync($"{_scene.Target}/missing: no such directory; --mkdir creates it", file, $"{_scene.Target}/missing/file");
        _scene.WriteTarget("plain", "");
        await FailsAsync("not a directory", file, $"{_scene.Target}/plain/");
        await FailsAsync($"{_scene.Target}/plain: not a directory", file, $"{_scene.Target}/plain/below", "--mkdir");
        await FailsAsync("~nosuchuser/x: no such file or directory", file, "~nosuchuser/x");
        Directory.CreateDirectory(Path.Combine(_scene.Target, "place", "file"));
        await FailsAsync("permission denied", file, $"{_scene.Target}/place/");
        _scene.Own(Path.Combine(_scene.Target, "place"));
        await FailsAsync("a directory is in the place of the file", file, $"{_scene.Target}/place/");
        Assert.DoesNotContain(_scene.Names(), name => name.Contains(".volley-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ALinkInThePlaceOfADirectoryIsNotFollowed()
    {
        _scene.Write("tree/sub/file", "new");
        Directory.CreateDirectory(Path.Combine(_scene.Target, "tree"));
        Directory.CreateDirectory(Path.Combine(_scene.Target, "elsewhere"));
        File.CreateSymbolicLink(Path.Combine(_scene.Target, "tree", "sub"), "../elsewhere");
        _scene.Own(Path.Combine(_scene.Target, "tree"));
        _scene.Own(Path.Combine(_scene.Target, "elsewhere"));
        await FailsAsync("a symbolic link is in the place of a directory", Path.Combine(_scene.Source, "tree"), $"{_scene.Target}/");
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_scene.Target, "elsewhere")));
    }

    [Fact]
    public async Task AFullDiskLeavesTheOldFile()
    {
        var disk = Path.Combine(_scene.Target, "disk");
        Directory.CreateDirectory(disk);
        var mount = await ProgramRun.RunAsync(new ProgramStart("mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "tmpfs", disk));
        if (mount.ExitCode != 0)
            Assert.Skip($"a small disk can't be mounted here: {mount.Stderr}");
        try
        {
            var large = _scene.WriteBytes("large", 4_000_000);
            var old = Path.Combine(disk, "large");
            File.WriteAllText(old, "old");
            _scene.Own(old);
            await FailsAsync($"{disk}/large: not enough space: it has 4,000,000 bytes, and ", large, $"{disk}/");
            // Each file fits, but not all of them.
            for (var i = 0; i < 8; i++)
                _scene.WriteBytes($"many/{i}", 500_000 + i);
            await FailsAsync("not enough space: 8 files need 4,000,028 bytes", Path.Combine(_scene.Source, "many"), $"{disk}/");
            Assert.Equal(["large"], PushScene.Names(disk));
            // What they replace has the same length, and takes no space.
            Directory.CreateDirectory(Path.Combine(disk, "many"));
            for (var i = 0; i < 8; i++)
            {
                await using var hole = File.Create(Path.Combine(disk, "many", $"{i}"));
                hole.SetLength(500_000);
            }

            _scene.Own(Path.Combine(disk, "many"));
            await FailsAsync("no space left", Path.Combine(_scene.Source, "many"), $"{disk}/");
            Assert.Equal("old", File.ReadAllText(old));
            Assert.DoesNotContain(PushScene.Names(disk), name => name.Contains(".volley-", StringComparison.Ordinal));
        }
        finally
        {
            await ProgramRun.RunAsync(new ProgramStart("umount", disk));
        }
    }

    [Fact]
    public async Task AReadOnlyFileSystemIsNamed()
    {
        var disk = Path.Combine(_scene.Target, "disk");
        Directory.CreateDirectory(disk);
        var mount = await ProgramRun.RunAsync(new ProgramStart("mount", "-t", "tmpfs", "-o", "size=2m,mode=777,ro", "tmpfs", disk));
        if (mount.ExitCode != 0)
            Assert.Skip($"a small disk can't be mounted here: {mount.Stderr}");
        try
        {
            await FailsAsync("read-only file system", _scene.Write("file", "new"), $"{disk}/");
            _scene.Write("tree/file", "new");
            await FailsAsync($"{disk}/tree: read-only file system", Path.Combine(_scene.Source, "tree"), $"{disk}/");
            await FailsAsync($"{disk}/new: read-only file system", _scene.Write("file", "new"), $"{disk}/new/");
        }
        finally
        {
            await ProgramRun.RunAsync(new ProgramStart("umount", disk));
        }
    }

    [Fact]
    public async Task AnUnknownOwnerIsNamed()
    {
        var file = _scene.Write("file", "new");
        await FailsAsync("the host has no user 'nosuchuser'", file, $"{_scene.Target}/", "--owner", "nosuchuser");
        await FailsAsync("the host has no group 'nosuchgroup'", file, $"{_scene.Target}/", "--owner", ":nosuchgroup");
        Assert.Empty(_scene.Names());
        var own = await _scene.PushAsync(file, $"{_scene.Target}/", "--owner", fleet.Fleet.User);
        Assert.True(own.ExitCode == 0, own.ToString());
        Assert.Equal("new", _scene.Read("file"));
    }

    [Fact]
    public async Task ASourceThatChangesFailsTheCopy()
    {
        var source = _scene.WriteBytes("data", 400_000);
        _scene.WriteTarget("data", "old");
        await using var run = ProgramRun.Start(_scene.Start("push", "127.0.60.1", source, $"{_scene.Target}/", "--limit-rate", "100K"));
        await WaitForTemporaryAsync();
        File.AppendAllText(source, "more");
        Assert.Equal(1, await run.WaitForExitAsync());
        Assert.Contains($"{source}: the file changed while it was read", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Equal(["data"], _scene.Names());
        Assert.Equal("old", _scene.Read("data"));
    }

    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    public async Task AStoppedPushLeavesTheOldFileAndNothingElse(int signal, int code)
    {
        var source = _scene.WriteBytes("data", 4_000_000);
        _scene.WriteTarget("data", "old");
        await using var run = ProgramRun.Start(_scene.Start("push", "127.0.60.1", source, $"{_scene.Target}/", "--limit-rate", "100K", "-b"));
        await WaitForTemporaryAsync();
        run.Signal(signal);
        Assert.Equal(code, await run.WaitForExitAsync());
        Assert.Contains("0 of 1 file copied", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Equal(["data"], _scene.Names());
        Assert.Equal("old", _scene.Read("data"));
    }

    [Fact]
    public async Task AKilledPushLeavesTheOldFileAndALaterOneContinues()
    {
        var source = _scene.WriteBytes("data", 6_000_000);
        _scene.WriteTarget("data", "old");
        await using (var run = ProgramRun.Start(_scene.Start("push", "127.0.60.1", source, $"{_scene.Target}/", "--limit-rate", "2M")))
        {
            while ((await WaitForTemporaryAsync()).Length < 3_000_000)
                await Task.Yield();
            run.Signal(9);
            await run.WaitForExitAsync();
        }

        Assert.Equal("old", _scene.Read("data"));
        var result = await _scene.PushAsync(source, $"{_scene.Target}/", "--resume");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(["data"], _scene.Names());
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(Path.Combine(_scene.Target, "data")));
    }

    [Fact]
    public async Task ALostConnectionLeavesTheOldFile()
    {
        using var proxy = new CuttingProxy("127.0.60.9", fleet.Fleet.Port);
        fleet.Fleet.TrustPort(proxy.Port);
        var source = _scene.WriteBytes("data", 4_000_000);
        _scene.WriteTarget("data", "old");
        await using var run = ProgramRun.Start(_scene.Start(
            "push", $"127.0.60.9:{proxy.Port}", source, $"{_scene.Target}/", "--limit-rate", "100K"));
        await WaitForTemporaryAsync();
        proxy.Cut();
        Assert.Equal(1, await run.WaitForExitAsync());
        Assert.Contains("connection", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Contains("0 of 1 file copied", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Equal("old", _scene.Read("data"));
    }

    [Fact]
    public async Task TwoRunsAtTheSameDestinationLeaveOneCompleteFile()
    {
        var one = _scene.WriteBytes("data", 2_000_000);
        Directory.CreateDirectory(_scene["other"]);
        var two = Path.Combine(_scene["other"], "data");
        File.WriteAllBytes(two, new byte[2_000_000]);
        var results = await Task.WhenAll(_scene.PushAsync(one, $"{_scene.Target}/"), _scene.PushAsync(two, $"{_scene.Target}/"));
        Assert.All(results, result => Assert.Equal(0, result.ExitCode));
        Assert.Equal(["data"], _scene.Names());
        var copy = File.ReadAllBytes(Path.Combine(_scene.Target, "data"));
        Assert.True(copy.AsSpan().SequenceEqual(File.ReadAllBytes(one)) || copy.AsSpan().SequenceEqual(File.ReadAllBytes(two)));
    }

    [Fact]
    public async Task WithoutSftpSmallFilesGoThroughTheShell()
    {
        await using var bare = await Fleet.StartAsync();
        using var scene = new PushScene(bare);
        var small = scene.Write("it's small", "content\n");
        File.SetUnixFileMode(small, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetLastWriteTimeUtc(small, new(2021, 3, 4, 5, 6, 7, DateTimeKind.Utc));
        scene.WriteTarget("it's small", "old");
        var result = await scene.PushAsync(small, $"{scene.Target}/", "--backup");
        Assert.True(result.ExitCode == 0, result.ToString());
        var copy = Path.Combine(scene.Target, "it's small");
        Assert.Equal(["it's small", "it's small~"], scene.Names());
        Assert.Equal(("content\n", 2021), (File.ReadAllText(copy), File.GetLastWriteTimeUtc(copy).Year));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));

        var large = await scene.PushAsync(scene.WriteBytes("large", 2_000_000), $"{scene.Target}/");
        Assert.Equal(1, large.ExitCode);
        Assert.Contains("files above 1 MiB need SFTP", large.Stderr, StringComparison.Ordinal);
        var only = await scene.PushAsync(small, $"{scene.Target}/", "--method", "sftp");
        Assert.Equal(1, only.ExitCode);
        Assert.Contains("SFTP", only.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneFailedHostFailsTheRun()
    {
        var file = _scene.Write("file", "new");
        Directory.CreateDirectory(Path.Combine(_scene.Target, "127.0.60.2"));
        var result = await ProgramRun.RunAsync(_scene.Start("push", "127.0.60.[1-2]", file, $"{_scene.Target}/{{host}}/"));
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("new", _scene.Read("127.0.60.1/file"));
        Assert.Contains("permission denied", result.Stderr, StringComparison.Ordinal);
    }

    private async Task FailsAsync(string message, params IReadOnlyList<string> arguments)
    {
        var result = await _scene.PushAsync(arguments);
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
    }

    /// <summary>Waits for the temporary file of a push in progress.</summary>
    private async Task<FileInfo> WaitForTemporaryAsync()
    {
        using var limit = new CancellationTokenSource(Transcript.DefaultLimit);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            if (Directory.EnumerateFiles(_scene.Target, ".*.volley-*").Select(path => new FileInfo(path)).FirstOrDefault(file => file.Exists && file.Length > 0) is { } found)
                return found;
            await Task.Delay(20, limit.Token);
        }
    }
}
