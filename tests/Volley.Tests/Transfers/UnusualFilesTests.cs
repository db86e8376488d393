using Microsoft.Extensions.Time.Testing;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Transfers;

/// <summary>Pushes and synchronizations of files, directories and listings that are not as they usually are.</summary>
public sealed class UnusualFilesTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2024, 5, 6, 7, 8, 9, 500, TimeSpan.Zero);

    private readonly PullScene _scene = new();

    private string Copy => Path.Combine(_scene.Local, "copy");

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task FilesThatStateAnotherLengthAreReadToTheirEnd()
    {
        var run = await RunAsync(new PushJob(["/proc/version", "/proc/sys/kernel/ostype"], $"{_scene.Local}/") { Verify = true });
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(File.ReadAllText("/proc/version"), File.ReadAllText(Path.Combine(_scene.Local, "version")));
        Assert.Equal("Linux\n", File.ReadAllText(Path.Combine(_scene.Local, "ostype")));
        // It states the length of a page.
        Assert.Equal(4096, new FileInfo("/sys/kernel/fscaps").Length);
        run = await RunAsync(new PushJob(["/sys/kernel/fscaps"], Copy));
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(File.ReadAllText("/sys/kernel/fscaps"), File.ReadAllText(Copy));
    }

    [Fact]
    public async Task TheDirectoriesOfAFailedPushCanBeRead()
    {
        _scene.Write("d/a", "1");
        _scene.Write("d/b", "2");
        var directory = Path.Combine(_scene.Remote, "d");
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Path.Combine(directory, "e"));
        File.SetUnixFileMode(Path.Combine(directory, "e"), (UnixFileMode)0b101_101_000);
        var job = new PushJob([directory], Copy);
        job.CheckSources(Executions.Targets(1));
        // The source vanishes after the check.
        File.Delete(Path.Combine(directory, "b"));
        var run = await RunAsync(job);
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Copy));
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(Path.Combine(Copy, "e")));
    }

    [Fact]
    public async Task AChangeWithinTheSecondOfTheLastSynchronizationIsFound()
    {
        var file = Write("aaa");
        var job = new PushJob([file], Copy) { Sync = new SyncOptions() };
        await RunAsync(job);
        Write("bbb");
        Assert.Equal([NodeOutcome.Exited], (await RunAsync(job)).Outcomes);
        Assert.Equal("bbb", File.ReadAllText(Copy));
        // A file that is the same is not copied.
        Assert.Equal(0, (await RunAsync(job)).Results[0].TransferredFiles);

        string Write(string text)
        {
            var path = _scene.Write("file", text);
            File.SetLastWriteTimeUtc(path, Now.UtcDateTime.AddSeconds(-1));
            return path;
        }
    }

    [Fact]
    public async Task ASynchronizationWaitsForTheEndOfTheSecondOfAFile()
    {
        var file = _scene.Write("file", "aaa");
        File.SetLastWriteTimeUtc(file, Now.UtcDateTime);
        var time = new FakeTimeProvider(Now);
        var running = RunAsync(new PushJob([file], Copy) { Sync = new SyncOptions() }, time);
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Equal([NodeOutcome.Exited], (await running).Outcomes);
        Assert.True(time.GetUtcNow().ToUnixTimeSeconds() > Now.ToUnixTimeSeconds());
        Assert.Equal("aaa", File.ReadAllText(Copy));
    }

    [Fact]
    public async Task WhatIsOfAnotherKindIsReplacedOnlyWithDeletion()
    {
        _scene.Write("d/file", "1");
        _scene.Write("d/directory/x", "2");
        Directory.CreateDirectory(Path.Combine(Copy, "file/deep"));
        File.WriteAllText(Path.Combine(Copy, "file/deep/y"), "");
        File.WriteAllText(Path.Combine(Copy, "directory"), "");
        var sources = new[] { Path.Combine(_scene.Remote, "d") };
        Assert.Equal([NodeOutcome.TransferFailed], (await RunAsync(new PushJob(sources, Copy) { Sync = new SyncOptions() })).Outcomes);
        var few = new SyncOptions { Delete = true, MaxDeletions = 3, ListsChanges = true };
        var listed = await RunAsync(new PushJob(sources, Copy) { Sync = few });
        Assert.Equal([NodeOutcome.TransferFailed], listed.Outcomes);
        Assert.StartsWith("delete     directory\ndelete     file/\ndelete     file/deep/\ndelete     file/deep/y\n", listed.Text(0), StringComparison.Ordinal);
        Assert.Contains("4 files and directories would be deleted, and the limit is 3", listed.Results[0].Message, StringComparison.Ordinal);
        Assert.Equal(["directory", "file", "file/deep", "file/deep/y"], PullScene.Names(Copy));
        var excluded = new PushJob(sources, Copy) { Sync = new SyncOptions { Delete = true }, ExcludedPaths = ["y"] };
        Assert.Equal("a directory with excluded files is in the place of the file", (await RunAsync(excluded)).Results[0].Reason);
        var done = await RunAsync(new PushJob(sources, Copy) { Sync = new SyncOptions { Delete = true, MaxDeletions = 4 } });
        Assert.Equal([NodeOutcome.Exited], done.Outcomes);
        Assert.Equal(4, done.Results[0].DeletedFiles);
        Assert.Equal(["directory", "directory/x", "file"], PullScene.Names(Copy));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("./")]
    [InlineData("a/../b")]
    [InlineData("!keep")]
    [InlineData("a[b")]
    [InlineData("[!]")]
    public void APatternWithoutMeaningIsRefused(string pattern) =>
        Assert.Throws<ArgumentException>(() => new PushJob(["."], "x") { ExcludedPaths = [pattern] });

    [Fact]
    public async Task PatternsBeginBelowTheSource()
    {
        _scene.Write("d/keep", "1");
        _scene.Write("d/e/keep", "2");
        _scene.Write("d/[", "3");
        var source = Path.Combine(_scene.Remote, "d");
        foreach (var pattern in new[] { "d/keep", $"{source}/keep", $"{Copy}/keep" })
        {
            var wrong = new PushJob([source], Copy) { ExcludedPaths = [pattern] };
            var failure = Assert.Throws<ArgumentException>(() => wrong.CheckSources(Executions.Targets(1)));
            Assert.Contains("'/keep'", failure.Message, StringComparison.Ordinal);
        }

        foreach (var pattern in new[] { "./keep", "/keep", ".//keep" })
        {
            await RunAsync(new PushJob([source], Copy) { ExcludedPaths = [pattern, "\\[", "[x]"] });
            Assert.Equal(["e", "e/keep"], PullScene.Names(Copy));
            Directory.Delete(Copy, recursive: true);
        }
    }

    [Fact]
    public async Task TheSetUserIdBitOfAReplacedFileIsDropped()
    {
        File.WriteAllText(Copy, "old");
        File.SetUnixFileMode(Copy, (UnixFileMode)0b100_111_101_101);
        var run = await RunAsync(new PushJob([_scene.Write("file", "new")], Copy) { PreserveAttributes = false });
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Copy));
    }

    [Fact]
    public async Task ANameThatIsListedTwiceIsOneFile()
    {
        _scene.Write("d/file", "1");
        var server = new HostileSftpServer
        {
            List = _ => [("a.txt", HostileSftpServer.Kind.File), ("a.txt", HostileSftpServer.Kind.File), ("b", HostileSftpServer.Kind.Directory), ("b", HostileSftpServer.Kind.Directory)],
            IsDirectory = path => !path.EndsWith(".txt", StringComparison.Ordinal),
        };
        var job = new PushJob([Path.Combine(_scene.Remote, "d")], "/srv/copy") { Sync = new SyncOptions { ListsChanges = true } };
        var run = await Executions.RunAsync(
            new ScriptedTransport(new NodeScript { Subsystem = (_, _, _) => Task.FromResult<IRemoteProcess>(server) }), new RunPlan(Executions.Targets(1), job));
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Contains("create     file\n", run.Text(0), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "/srv/copy: the server lists an entry with the invalid name '../evil'")]
    [InlineData(17, "invalid SFTP message: packet 102 in place of 105")]
    public async Task WhatAServerMayNotSendIsNoLostConnection(int? confusedRequest, string message)
    {
        _scene.Write("d/file", "");
        var server = new HostileSftpServer { List = _ => [("../evil", HostileSftpServer.Kind.File)], ConfusedRequest = (byte?)confusedRequest };
        var job = new PushJob([Path.Combine(_scene.Remote, "d")], "/srv/copy") { Sync = new SyncOptions { ListsChanges = true } };
        var run = await Executions.RunAsync(
            new ScriptedTransport(new NodeScript { Subsystem = (_, _, _) => Task.FromResult<IRemoteProcess>(server) }), new RunPlan(Executions.Targets(1), job));
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.Equal(message, run.Results[0].Message);
    }

    [Fact]
    public async Task ADirectoryInThePlaceOfABackupIsNamed()
    {
        File.WriteAllText(Copy, "old");
        Directory.CreateDirectory($"{Copy}~");
        var run = await RunAsync(new PushJob([_scene.Write("file", "new")], Copy) { Backup = true });
        Assert.Equal($"{Copy}~: a directory is in the place of the backup", run.Results[0].Message);
        Assert.Equal("old", File.ReadAllText(Copy));
        Assert.Equal([Path.GetFileName(Copy), $"{Path.GetFileName(Copy)}~"], PullScene.Names(_scene.Local));
    }

    [Fact]
    public async Task AMissingDirectoryHasARemedy()
    {
        var result = (await RunAsync(new PushJob([_scene.Write("file", "new")], $"{Copy}/below/file"))).Results[0];
        Assert.Equal(($"{Copy}/below: no such directory", Remedy.MakeDirectories), (result.Message, result.Remedy));
    }

    [Fact]
    public async Task ManySmallFilesAreHashedByOneProcess()
    {
        for (var i = 0; i < 300; i++)
            _scene.Write($"d/{i}", $"{i}");
        await using var transport = new CountingTransport();
        foreach (var sync in new SyncOptions?[] { null, new() { ByChecksum = true } })
        {
            var job = new PushJob([Path.Combine(_scene.Remote, "d")], sync is null ? _scene.Local : Path.Combine(_scene.Local, "d")) { Verify = sync is null, Sync = sync };
            var run = await Executions.RunAsync(transport, new RunPlan(Executions.Targets(1), job));
            Assert.Equal([NodeOutcome.Exited], run.Outcomes);
            Assert.Equal(sync is null ? 300 : 0, run.Results[0].TransferredFiles);
            Assert.Equal(["xargs -0 sha256sum --"], transport.TakeCommands());
        }
    }

    [Fact]
    public async Task EmptyListsWithoutEndEnd()
    {
        var server = new HostileSftpServer { RepeatsListings = true };
        var run = await _scene.PullAsync(server, "/d").WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.Equal("the server sends empty lists without end", run.Results[0].Reason);
    }

    [Fact]
    public async Task SourcesThatNameTheSameFileAreCopiedOnce()
    {
        var file = _scene.Write("d/file", "x");
        var run = await _scene.PullAsync(file, $"{_scene.Remote}/d/f*", $"{_scene.Remote}//d/./file");
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(1, run.Results[0].TransferredFiles);
    }

    private static Task<Execution> RunAsync(PushJob job, TimeProvider? time = null) => Executions.RunAsync(
        new ScriptedTransport(NodeScript.ServesSftp()), new RunPlan(Executions.Targets(1), job), time: time ?? new FakeTimeProvider(Now));
}
