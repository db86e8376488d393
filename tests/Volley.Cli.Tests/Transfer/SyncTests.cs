using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>A synchronization copies and deletes what differs, and nothing else.</summary>
public sealed class SyncTests(SftpFleet fleet) : IClassFixture<SftpFleet>, IDisposable
{
    private static readonly DateTime Time = new(2021, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    private readonly PushScene _scene = new(fleet.Fleet);

    private string Site => Path.Combine(_scene.Source, "site");

    private string Copy => Path.Combine(_scene.Target, "site");

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task OnlyWhatDiffersIsCopied()
    {
        Write("same", "1");
        Write("changed", "2");
        Write("sub/new", "3");
        File.CreateSymbolicLink(Path.Combine(Site, "link"), "same");
        await SyncAsync("");
        Assert.Equal(PushScene.Names(Site), PushScene.Names(Copy));
        Assert.Equal("", (await SyncAsync("", "--changes")).Stdout);

        Write("changed", "two");
        Write("sub/other", "4");
        File.SetUnixFileMode(Path.Combine(Site, "same"), UnixFileMode.UserRead);
        File.Delete(Path.Combine(Site, "link"));
        File.CreateSymbolicLink(Path.Combine(Site, "link"), "changed");
        string[] changes = ["update     changed", "update     link", "attributes same", "create     sub/other"];
        Assert.Equal(changes, await ListAsync());
        Assert.Equal("2", File.ReadAllText(Path.Combine(Copy, "changed")));
        var result = await SyncAsync("", "--output", "json");
        Assert.Contains("\"transferred_files\":3", result.Stdout, StringComparison.Ordinal);
        Assert.Equal("two", File.ReadAllText(Path.Combine(Copy, "changed")));
        Assert.Equal("changed", new FileInfo(Path.Combine(Copy, "link")).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(Copy, "same")));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task ChecksumsFindWhatTimesHide()
    {
        Write("file", "one");
        await SyncAsync("");
        File.WriteAllText(Path.Combine(Copy, "file"), "two");
        File.SetLastWriteTimeUtc(Path.Combine(Copy, "file"), Time.AddSeconds(3));
        Assert.Empty(await ListAsync());
        Assert.Equal(["update     file"], await ListAsync("--checksum"));
        await SyncAsync("", "--checksum");
        Assert.Equal("one", File.ReadAllText(Path.Combine(Copy, "file")));
        // The same content with another time needs no copy.
        File.SetLastWriteTimeUtc(Path.Combine(Copy, "file"), Time.AddDays(1));
        Assert.Equal(["attributes file"], await ListAsync("--checksum"));
    }

    [Fact]
    public async Task DeletionSparesExcludedPathsAndTemporaryFiles()
    {
        Write("kept", "1");
        await SyncAsync("");
        foreach (var name in new[] { "old", "dir/old", "dir/deep/old", "cache/x", "logs/a.log", ".kept.volley-0123456789ab", "line\nbreak" })
            _scene.WriteTarget($"site/{name}", "");
        _scene.Own(Copy);
        Assert.DoesNotContain(await ListAsync(), line => line.StartsWith("delete", StringComparison.Ordinal));
        string[] options = ["--delete", "--exclude-path", "cache/", "--exclude-path", "*.log"];
        string[] deletions = ["delete     dir/", "delete     dir/deep/", "delete     dir/deep/old", "delete     dir/old", "delete     line\\nbreak", "delete     old"];
        Assert.Equal(deletions, (await ListAsync(options)).Where(line => line.StartsWith("delete", StringComparison.Ordinal)));
        await SyncAsync("", options);
        Assert.Equal([".kept.volley-0123456789ab", "cache", "cache/x", "kept", "logs", "logs/a.log"], PushScene.Names(Copy));
    }

    [Fact]
    public async Task TooManyDeletionsLeaveTheHostUntouched()
    {
        Write("new", "1");
        Directory.CreateDirectory(Copy);
        for (var i = 0; i < 3; i++)
            _scene.WriteTarget($"site/{i}", "");
        _scene.Own(Copy);
        var result = await SyncAsync("3 files and directories would be deleted, and the limit is 2", "--delete", "--max-delete", "2");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["0", "1", "2"], PushScene.Names(Copy));
        var start = _scene.Start("sync", "127.0.60.1", Site, Copy, "--delete", "--max-delete", "3");
        result = await ProgramRun.RunAsync(start with { Arguments = [.. start.Arguments.Where(argument => argument != "-q")] });
        Assert.Matches("; 1 file, 1 B .*; 3 deleted\n$", result.Stderr);
        Assert.Equal(["new"], PushScene.Names(Copy));
    }

    [Fact]
    public async Task HomeDirectoriesAndTheRootAreNotEmptied()
    {
        Write("new", "1");
        foreach (var destination in new[] { "/", ".", "~", "/home", "/root" })
        {
            var result = await ProgramRun.RunAsync(_scene.Start("sync", "127.0.60.1", Site, destination, "--delete"));
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("nothing is deleted in the root directory", result.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task BadInputIsRefusedBeforeAnyHostIsContacted()
    {
        Directory.CreateDirectory(Path.Combine(Site, "empty"));
        (string[] Arguments, string Message)[] cases =
        [
            ([Site, Site, "/tmp/x"], "sync takes one source"),
            ([Path.Combine(Site, "empty"), "/tmp/x", "--delete"], "the source is empty"),
            ([Site, "/tmp/x", "--max-delete", "5"], "--max-delete requires --delete"),
            ([Path.Combine(Site, "missing"), "/tmp/x", "--delete"], "No such file or directory"),
            ([Site, "/tmp/x", "--delete", "--exclude-path", "!keep"], "--exclude-path: the pattern '!keep'"),
            ([Site, "/tmp/x", "--delete", "--exclude-path", "site/keep"], "the pattern 'site/keep' of excluded paths begins with 'site'"),
        ];
        foreach (var (arguments, message) in cases)
        {
            var result = await VolleyRun.RunAsync(["sync", "-H", "127.0.60.250", "-p", "1", .. arguments]);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        }

        // Without an option for the exit code, that of the host that failed first counts.
        var fast = await VolleyRun.RunAsync("push", "-k", "-H", "127.0.60.[250-251]", "-p", "1", Site, "/tmp/x");
        Assert.Equal(255, fast.ExitCode);
        fast = await VolleyRun.RunAsync("push", "-k", "--require-all-success", "-H", "127.0.60.[250-251]", "-p", "1", Site, "/tmp/x");
        Assert.Equal(1, fast.ExitCode);

        var push = await VolleyRun.RunAsync("push", "-H", "127.0.60.250", "--delete", Site, "/tmp/x");
        Assert.Equal(2, push.ExitCode);
        Assert.Contains("--delete is an option of volley sync", push.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileIsCopiedOnlyIfItDiffers()
    {
        var file = Write("file", "one");
        var start = _scene.Start("sync", "127.0.60.1", file, $"{_scene.Target}/", "--changes");
        Assert.Equal("127.0.60.1: create     file\n", (await ProgramRun.RunAsync(start)).Stdout);
        var result = await ProgramRun.RunAsync(_scene.Start("sync", "127.0.60.1", file, $"{_scene.Target}/"));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("one", _scene.Read("file"));
        Assert.Equal("", (await ProgramRun.RunAsync(start)).Stdout);
    }

    private string Write(string name, string text)
    {
        var path = _scene.Write($"site/{name}", text);
        File.SetLastWriteTimeUtc(path, Time.AddSeconds(text.Length));
        return path;
    }

    /// <summary>Synchronizes, and checks the message on standard error; none means success.</summary>
    private async Task<ProgramResult> SyncAsync(string message, params IReadOnlyList<string> options)
    {
        var result = await ProgramRun.RunAsync(_scene.Start("sync", "127.0.60.1", [Site, Copy, .. options]));
        Assert.True(message.Length > 0 ? result.Stderr.Contains(message, StringComparison.Ordinal) : result is { ExitCode: 0, Stderr: "" }, result.ToString());
        return result;
    }

    private async Task<string[]> ListAsync(params IReadOnlyList<string> options) =>
        VolleyRun.Lines((await SyncAsync("", [.. options, "--changes", "-N"])).Stdout);
}
