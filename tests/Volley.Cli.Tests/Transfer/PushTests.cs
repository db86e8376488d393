using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>Files and directories reach the hosts with their names, modes and times.</summary>
public sealed class PushTests(SftpFleet fleet) : IClassFixture<SftpFleet>, IDisposable
{
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly DateTime Time = new(2021, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    private readonly PushScene _scene = new(fleet.Fleet);

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("auto")]
    public async Task AFileKeepsItsContentModeAndTime(string transport)
    {
        var source = _scene.WriteBytes("data", 1_200_000);
        File.SetUnixFileMode(source, PrivateMode);
        File.SetLastWriteTimeUtc(source, Time);
        await PushAsync(source, $"{_scene.Target}/", "--transport", transport);
        var copy = Path.Combine(_scene.Target, "data");
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(copy));
        Assert.Equal((PrivateMode, Time), (File.GetUnixFileMode(copy), File.GetLastWriteTimeUtc(copy)));
        Assert.Equal(["data"], _scene.Names());
    }

    [Fact]
    public async Task ADirectoryKeepsEverythingBelowIt()
    {
        _scene.Write("tree/a", "A");
        _scene.Write("tree/sub/deep/b", "B");
        _scene.Write("tree/line\nbreak", "C");
        Directory.CreateDirectory(Path.Combine(_scene.Source, "tree", "empty"));
        File.CreateSymbolicLink(Path.Combine(_scene.Source, "tree", "link"), "sub/deep/b");
        File.CreateSymbolicLink(Path.Combine(_scene.Source, "tree", "dangling"), "/nonexistent/\n");
        var sub = Path.Combine(_scene.Source, "tree", "sub");
        File.SetUnixFileMode(sub, (UnixFileMode)0b101_101_000);
        Directory.SetLastWriteTimeUtc(sub, Time);
        await PushAsync(Path.Combine(_scene.Source, "tree"), $"{_scene.Target}/");
        Assert.Equal(["tree", .. PushScene.Names(Path.Combine(_scene.Source, "tree")).Select(name => $"tree/{name}")], _scene.Names());
        Assert.Equal("C", _scene.Read("tree/line\nbreak"));
        Assert.Equal("sub/deep/b", new FileInfo(Path.Combine(_scene.Target, "tree/link")).LinkTarget);
        Assert.Equal("/nonexistent/\n", new FileInfo(Path.Combine(_scene.Target, "tree/dangling")).LinkTarget);
        var copy = Path.Combine(_scene.Target, "tree/sub");
        Assert.Equal(((UnixFileMode)0b101_101_000, Time), (File.GetUnixFileMode(copy), Directory.GetLastWriteTimeUtc(copy)));
    }

    [Fact]
    public async Task ADirectoryWithoutASlashGetsTheNewName()
    {
        _scene.Write("tree/a", "A");
        await PushAsync(Path.Combine(_scene.Source, "tree"), $"{_scene.Target}/new");
        Assert.Equal(["new", "new/a"], _scene.Names());
        await PushAsync(Path.Combine(_scene.Source, "tree"), $"{_scene.Target}/new");
        Assert.Equal(["new", "new/a", "new/tree", "new/tree/a"], _scene.Names());
    }

    [Fact]
    public async Task TheContentOfADirectoryGoesIntoTheDestination()
    {
        _scene.Write("tree/a", "A");
        await PushAsync(Path.Combine(_scene.Source, "tree/."), $"{_scene.Target}/");
        Assert.Equal(["a"], _scene.Names());
    }

    [Fact]
    public async Task PatternsAndSeveralSourcesGoIntoADirectory()
    {
        _scene.Write("1.conf", "1");
        _scene.Write("2.conf", "2");
        _scene.Write("[x]", "x");
        _scene.Write(".hidden.conf", "h");
        await PushAsync($"{_scene.Source}/*.conf", $"{_scene.Source}/[x]", $"{_scene.Target}/new/");
        Assert.Equal(["new", "new/1.conf", "new/2.conf", "new/[x]"], _scene.Names());
    }

    [Fact]
    public async Task PlaceholdersNameTheHost()
    {
        _scene.Write("127.0.60.1", "one");
        _scene.Write("127.0.60.2", "two");
        var result = await ProgramRun.RunAsync(_scene.Start("push", "127.0.60.[1-2]", $"{_scene.Source}/{{host}}", $"{_scene.Target}/{{rank}}-{{host}}.conf"));
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        Assert.Equal(["0-127.0.60.1.conf", "1-127.0.60.2.conf"], _scene.Names());
        Assert.Equal("two", _scene.Read("1-127.0.60.2.conf"));
    }

    [Fact]
    public async Task ManyHostsGetTheSameFile()
    {
        var source = _scene.WriteBytes("data", 200_000);
        var result = await ProgramRun.RunAsync(_scene.Start("push", "127.0.60.[1-20]", source, $"{_scene.Target}/{{host}}/", "--mkdir"));
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        var content = File.ReadAllBytes(source);
        for (var host = 1; host <= 20; host++)
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(_scene.Target, $"127.0.60.{host}", "data")));
    }

    [Fact]
    public async Task ALocalServerStandsForTheHosts()
    {
        var source = _scene.Write("100%h", "content");
        var result = await VolleyRun.RunAsync(
            "push", "--transport", "exec", "-H", "a,b", "-q", source, $"{_scene.Target}/{{host}}/", "--verify");
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        Assert.Equal(["a", "a/100%h", "b", "b/100%h"], _scene.Names());
    }

    [Fact]
    public async Task ManySmallFilesArrive()
    {
        for (var i = 0; i < 2000; i++)
            _scene.Write($"tree/{i % 10}/{i}", $"{i}");
        await PushAsync(Path.Combine(_scene.Source, "tree"), $"{_scene.Target}/");
        Assert.Equal(2011, _scene.Names().Length);
        Assert.Equal("1234", _scene.Read("tree/4/1234"));
    }

    [Fact]
    public async Task HolesAreNotSent()
    {
        var source = Path.Combine(_scene.Source, "sparse");
        using (var file = File.OpenHandle(source, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, "begin"u8, 0);
            RandomAccess.Write(file, "middle"u8, 1L << 39);
            RandomAccess.SetLength(file, 1L << 40);
        }

        await PushAsync(source, $"{_scene.Target}/");
        var copy = Path.Combine(_scene.Target, "sparse");
        Assert.Equal(1L << 40, new FileInfo(copy).Length);
        using var written = File.OpenHandle(copy);
        var bytes = new byte[6];
        RandomAccess.Read(written, bytes, 1L << 39);
        Assert.Equal("middle"u8.ToArray(), bytes);
    }

    [Fact]
    public async Task OptionsChangeModeAndKeepABackup()
    {
        _scene.WriteTarget("file", "old");
        await PushAsync(_scene.Write("file", "new"), $"{_scene.Target}/", "--backup", "--mode", "600", "--fsync", "--verify");
        Assert.Equal(["file", "file~"], _scene.Names());
        Assert.Equal(("new", "old"), (_scene.Read("file"), _scene.Read("file~")));
        Assert.Equal(PrivateMode, File.GetUnixFileMode(Path.Combine(_scene.Target, "file")));
        await PushAsync(_scene.Write("file", "newer"), $"{_scene.Target}/", "--backup");
        Assert.Equal(("newer", "new"), (_scene.Read("file"), _scene.Read("file~")));
    }

    [Fact]
    public async Task ALinkAtTheDestinationIsReplacedAndNotFollowed()
    {
        _scene.WriteTarget("elsewhere", "untouched");
        File.CreateSymbolicLink(Path.Combine(_scene.Target, "file"), "elsewhere");
        await PushAsync(_scene.Write("file", "new"), $"{_scene.Target}/");
        Assert.Equal(("new", "untouched"), (_scene.Read("file"), _scene.Read("elsewhere")));
        Assert.Null(new FileInfo(Path.Combine(_scene.Target, "file")).LinkTarget);
    }

    [Fact]
    public async Task OnlyOldTemporaryFilesOfOtherRunsAreRemoved()
    {
        var old = _scene.WriteTarget(".file.volley-0123456789ab", "old");
        _scene.WriteTarget(".file.volley-0123456789ac", "recent");
        _scene.WriteTarget(".file.volley-notours", "other");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddMinutes(-11));
        File.SetLastAccessTimeUtc(old, DateTime.UtcNow.AddMinutes(-11));
        await PushAsync(_scene.Write("file", "new"), $"{_scene.Target}/");
        Assert.Equal([".file.volley-0123456789ac", ".file.volley-notours", "file"], _scene.Names());
    }

    [Fact]
    public async Task AnInterruptedCopyIsContinued()
    {
        var source = _scene.WriteBytes("data", 2_000_000);
        var part = Path.Combine(_scene.Target, ".data.volley-0123456789ab");
        File.WriteAllBytes(part, File.ReadAllBytes(source)[..1_200_000]);
        _scene.Own(part);
        File.SetLastWriteTimeUtc(part, DateTime.UtcNow.AddMinutes(-1));
        var result = await _scene.PushAsync(source, $"{_scene.Target}/", "--resume", "--output", "json");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(["data"], _scene.Names());
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(Path.Combine(_scene.Target, "data")));
        Assert.Contains("\"transferred_bytes\":820352", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APartWithOtherContentIsNotContinued()
    {
        var source = _scene.WriteBytes("data", 2_000_000);
        var part = Path.Combine(_scene.Target, ".data.volley-0123456789ab");
        File.WriteAllBytes(part, new byte[1_200_000]);
        _scene.Own(part);
        File.SetLastWriteTimeUtc(part, DateTime.UtcNow.AddMinutes(-1));
        await PushAsync(source, $"{_scene.Target}/", "--resume");
        Assert.Equal(["data"], _scene.Names());
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(Path.Combine(_scene.Target, "data")));
    }

    [Fact]
    public async Task TheRateIsLimited()
    {
        var source = _scene.WriteBytes("data", 300_000);
        var result = await _scene.PushAsync(source, $"{_scene.Target}/", "--limit-rate", "200K");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.InRange(result.Elapsed.TotalSeconds, 1, 20);
    }

    [Fact]
    public async Task ExcludedPathsAreLeftOut()
    {
        foreach (var name in new[] { "tree/a.o", "tree/a.c", "tree/cache/x", "tree/sub/b.o", "tree/logs/deep/y" })
            _scene.Write(name, "");
        await PushAsync(Path.Combine(_scene.Source, "tree"), $"{_scene.Target}/", "--exclude-path", "*.o", "--exclude-path", "cache/", "--exclude-path", "/logs/**");
        Assert.Equal(["tree", "tree/a.c", "tree/logs", "tree/sub"], _scene.Names());
    }

    private async Task PushAsync(params IReadOnlyList<string> arguments)
    {
        var result = await _scene.PushAsync(arguments);
        Assert.Equal((0, "", ""), (result.ExitCode, result.Stdout, result.Stderr));
    }
}
