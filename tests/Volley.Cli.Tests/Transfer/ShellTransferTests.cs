using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>Copies to and from hosts without SFTP.</summary>
public sealed class ShellTransferTests : IAsyncLifetime
{
    private static readonly DateTime Time = new(2021, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    private Fleet _fleet = null!;
    private PushScene _scene = null!;

    private string Local => _scene["local"];

    private string Copies => Path.Combine(Local, "127.0.60.1");

    public async ValueTask InitializeAsync()
    {
        _fleet = await Fleet.StartAsync();
        _scene = new PushScene(_fleet);
    }

    public async ValueTask DisposeAsync()
    {
        _scene.Dispose();
        await _fleet.DisposeAsync();
    }

    [Fact]
    public async Task SmallFilesArePulled()
    {
        var small = WriteRemote("it's small", "content\n");
        WriteRemote("-dash", "d");
        WriteRemote("empty", "");
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(_scene.Target, "bytes\n"), bytes, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Copies);
        await File.WriteAllTextAsync(Path.Combine(Copies, "empty"), "old", TestContext.Current.CancellationToken);
        var run = await RunAsync("pull", small, $"{_scene.Target}/[b-]*", $"{_scene.Target}/empt?", "/proc/self/status", Local);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(["-dash", "bytes\n", "empty", "it's small", "status"], PushScene.Names(Copies));
        var copy = Path.Combine(Copies, "it's small");
        Assert.Equal(("content\n", Time), (await File.ReadAllTextAsync(copy, TestContext.Current.CancellationToken), File.GetLastWriteTimeUtc(copy)));
        // Without the set-user-ID bit.
        Assert.Equal((UnixFileMode)0b111_100_100, File.GetUnixFileMode(copy));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(Copies, "bytes\n"), TestContext.Current.CancellationToken));
        Assert.Equal(0, new FileInfo(Path.Combine(Copies, "empty")).Length);
    }

    [Fact]
    public async Task WhatNeedsSftpNamesTheCause()
    {
        var small = WriteRemote("small", "x");
        var source = _scene.WriteBytes("large", 1_100_000);
        await FailsAsync("directories need SFTP", "pull", small, _scene.Target, Local);
        await FailsAsync("files above 1 MiB need SFTP", "pull", source, Local);
        await FailsAsync("no such file or directory", "pull", $"{_scene.Target}/none", Local);
        await FailsAsync("no file matches", "pull", $"{_scene.Target}/none*", Local);
        await FailsAsync("a socket, a pipe or a device can't be copied", "pull", "/dev/null", Local);
        await FailsAsync("the home directory of another user needs SFTP", "pull", "~root/x", Local);
        await FailsAsync("no SFTP", "pull", "--method", "sftp", small, Local);
        await FailsAsync("verification and resuming need SFTP", "pull", "--verify", small, Local);
        await FailsAsync("verification and resuming need SFTP", "pull", "--method", "shell", "--resume", small, Local);
        await FailsAsync("a comparison needs SFTP", "pull", "-g", small);
        await FailsAsync("a synchronization needs SFTP", "sync", source, $"{_scene.Target}/");
        await FailsAsync("files above 1 MiB need SFTP", "push", source, $"{_scene.Target}/");
        Assert.Equal(["small"], PushScene.Names(Copies));
        Assert.Equal(["small"], _scene.Names());
    }

    [Fact]
    public async Task RelativePathsBeginAtTheHomeDirectory()
    {
        var home = await VolleyRun.RunAsync("-F", _fleet.SshConfig, "-N", "-H", "127.0.60.1", "echo x > volley-shell-test");
        Assert.Equal(0, home.ExitCode);
        var run = await RunAsync("pull", "volley-shell-test", "~/volley-shell-tes?", Local);
        // Both name the same file.
        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.Equal("x\n", await File.ReadAllTextAsync(Path.Combine(Copies, "volley-shell-test"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DirectoriesAndNamesAreAsWithSftp()
    {
        var name = new string('n', 255);
        var source = _scene.Write(name, "x");
        Assert.Equal(0, (await RunAsync("push", source, $"{_scene.Target}/new/")).ExitCode);
        Assert.Equal(0, (await RunAsync("push", "--mkdir", source, $"{_scene.Target}/a/b/c")).ExitCode);
        Assert.Equal(["a", "a/b", "a/b/c", "new", $"new/{name}"], _scene.Names());
        foreach (var directory in new[] { "a", "a/b", "new" })
            Assert.True(File.GetUnixFileMode(Path.Combine(_scene.Target, directory)).HasFlag(UnixFileMode.OtherRead | UnixFileMode.OtherExecute));
        var closed = Directory.CreateDirectory(_scene["closed"]).FullName;
        File.SetUnixFileMode(closed, (UnixFileMode)0b101_101_101);
        var refused = await RunAsync("push", source, $"{closed}/");
        Assert.Contains("the file can't be written: permission denied", refused.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain(".volley-", refused.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RatesAreLimited()
    {
        var source = _scene.WriteBytes("data", 60_000);
        var time = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(0, (await RunAsync("push", "--limit-rate", "20K", source, $"{_scene.Target}/data")).ExitCode);
        Assert.InRange(time.Elapsed.TotalSeconds, 2, 60);
        time.Restart();
        Assert.Equal(0, (await RunAsync("pull", "--limit-host-rate", "20K", source, Local)).ExitCode);
        Assert.InRange(time.Elapsed.TotalSeconds, 2, 60);
        Assert.Equal(await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(Path.Combine(Copies, "data"), TestContext.Current.CancellationToken));
    }

    private string WriteRemote(string name, string text)
    {
        var path = _scene.WriteTarget(name, text);
        File.SetLastWriteTimeUtc(path, Time);
        File.SetUnixFileMode(path, (UnixFileMode)0b100_111_100_100);
        return path;
    }

    private async Task FailsAsync(string message, string verb, params IReadOnlyList<string> arguments)
    {
        var run = await RunAsync(verb, arguments);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Stderr, StringComparison.Ordinal);
    }

    private Task<ProgramResult> RunAsync(string verb, params IReadOnlyList<string> arguments) => ProgramRun.RunAsync(_scene.Start(verb, "127.0.60.1", arguments));
}
