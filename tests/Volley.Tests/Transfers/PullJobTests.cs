using Volley.Interop;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Transfers;

/// <summary>Copies from a real SFTP server, which is a process of this machine.</summary>
public sealed class PullJobTests : IDisposable
{
    private readonly PullScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task ADirectoryIsCopiedWithAllThatItContains()
    {
        _scene.Write("d/one", "1");
        _scene.Write("d/sub/deep/two", "2");
        _scene.Write("d/line\nfeed", "3");
        _scene.Write("d/.hidden", "4");
        _scene.Write("d/none", "");
        Directory.CreateDirectory(Path.Combine(_scene.Remote, "d/empty"));
        File.CreateSymbolicLink(Path.Combine(_scene.Remote, "d/link"), "/nowhere/else");
        var time = new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetUnixFileMode(Path.Combine(_scene.Remote, "d/one"), (UnixFileMode)0b101_000_000);
        File.SetLastWriteTimeUtc(Path.Combine(_scene.Remote, "d/one"), time);
        Directory.SetLastWriteTimeUtc(Path.Combine(_scene.Remote, "d/sub"), time);
        var run = await _scene.PullAsync(Path.Combine(_scene.Remote, "d"));
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(PullScene.Names(Path.Combine(_scene.Remote, "d")), PullScene.Names(Path.Combine(_scene.Copy, "d")));
        Assert.Equal("3", File.ReadAllText(Path.Combine(_scene.Copy, "d/line\nfeed")));
        Assert.Equal("/nowhere/else", new FileInfo(Path.Combine(_scene.Copy, "d/link")).LinkTarget);
        Assert.Equal((UnixFileMode)0b101_000_000, File.GetUnixFileMode(Path.Combine(_scene.Copy, "d/one")));
        Assert.Equal(time, File.GetLastWriteTimeUtc(Path.Combine(_scene.Copy, "d/one")));
        Assert.Equal(time, Directory.GetLastWriteTimeUtc(Path.Combine(_scene.Copy, "d/sub")));
        Assert.Equal((6L, 4L), (run.Results[0].TransferredFiles, run.Results[0].TransferredBytes));
    }

    [Fact]
    public async Task LongFilesAndBlocksOfZerosArrive()
    {
        var random = new Random(7);
        var content = new byte[5_000_000];
        random.NextBytes(content.AsSpan(0, 1_500_000));
        random.NextBytes(content.AsSpan(4_000_001));
        File.WriteAllBytes(Path.Combine(_scene.Remote, "long"), content);
        var sizes = new[] { 1, 4095, 4096, 65_536, 261_119, 261_120, 261_121, 522_240, 1_048_576, 1_048_577 };
        foreach (var size in sizes)
            File.WriteAllBytes(Path.Combine(_scene.Remote, $"s{size}"), content[..size]);
        Assert.Equal([NodeOutcome.Exited], (await _scene.PullAsync(Path.Combine(_scene.Remote, "*"))).Outcomes);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(_scene.Copy, "long")));
        foreach (var size in sizes)
            Assert.Equal(content[..size], File.ReadAllBytes(Path.Combine(_scene.Copy, $"s{size}")));
        var status = FileStatus.Of(Path.Combine(_scene.Copy, "long"));
        Assert.InRange(status!.Value.AllocatedLength, 1, 3_000_000);
    }

    [Theory]
    [InlineData("*.log", "a.log b.log")]
    [InlineData("?.log", "a.log b.log")]
    [InlineData("[!a].log", "b.log")]
    [InlineData(".*", ".hidden.log")]
    [InlineData("sub*/*.txt", "x.txt")]
    [InlineData("sub*/x.txt", "x.txt")]
    [InlineData("[[:alpha:]].log", "a.log b.log")]
    [InlineData("odd[1]", "odd[1]")]
    [InlineData(@"odd\[1\]", "odd[1]")]
    public async Task PatternsAreExpandedAsByAShell(string pattern, string names)
    {
        foreach (var name in new[] { "a.log", "b.log", ".hidden.log", "sub1/x.txt", "sub2/y", "odd[1]" })
            _scene.Write(name, name);
        var run = await _scene.PullAsync(Path.Combine(_scene.Remote, pattern));
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(names.Split(' '), PullScene.Names(_scene.Copy));
    }

    [Fact]
    public async Task APatternWithoutAMatchIsNamed()
    {
        var good = _scene.Write("good", "x");
        var run = await _scene.PullAsync(good, Path.Combine(_scene.Remote, "*.none"));
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.Equal(($"{_scene.Remote}/*.none: no file matches", "no file matches"), (run.Results[0].Message, run.Results[0].Reason));
        Assert.Equal(["good"], PullScene.Names(_scene.Copy));
    }

    [Fact]
    public async Task AFailureDoesNotKeepOthersAndIsCounted()
    {
        var (good, missing) = (_scene.Write("good", "x"), Path.Combine(_scene.Remote, "missing"));
        var run = await _scene.PullAsync(missing, good, missing + "2");
        Assert.Equal($"{missing}: no such file or directory; 1 more file failed", run.Results[0].Message);
        Assert.Equal($"{missing}2: no such file or directory\n", run.Text(0, StreamKind.Stderr));
        Assert.Equal(["good"], PullScene.Names(_scene.Copy));
    }

    [Fact]
    public async Task ALinkThatIsASourceIsFollowed()
    {
        _scene.Write("file", "x");
        File.CreateSymbolicLink(Path.Combine(_scene.Remote, "link"), "file");
        await _scene.PullAsync(Path.Combine(_scene.Remote, "link"));
        Assert.Null(new FileInfo(Path.Combine(_scene.Copy, "link")).LinkTarget);
        Assert.Equal("x", File.ReadAllText(Path.Combine(_scene.Copy, "link")));
    }

    [Fact]
    public async Task ExistingFilesAndLinksAreReplacedAndLinksAreNeverFollowed()
    {
        _scene.Write("d/file", "new");
        _scene.Write("d/sub/file", "new");
        var outside = Path.Combine(_scene.Local, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "file"), "old");
        Directory.CreateDirectory(Path.Combine(_scene.Copy, "d"));
        File.CreateSymbolicLink(Path.Combine(_scene.Copy, "d/file"), Path.Combine(outside, "file"));
        Directory.CreateSymbolicLink(Path.Combine(_scene.Copy, "d/sub"), outside);
        Assert.Equal([NodeOutcome.Exited], (await _scene.PullAsync(Path.Combine(_scene.Remote, "d"))).Outcomes);
        Assert.Equal("old", File.ReadAllText(Path.Combine(outside, "file")));
        Assert.Equal("new", File.ReadAllText(Path.Combine(_scene.Copy, "d/file")));
        Assert.Equal(["file", "sub", "sub/file"], PullScene.Names(Path.Combine(_scene.Copy, "d")));
    }

    [Fact]
    public async Task AHostsDirectoryThatIsALinkIsRefused()
    {
        Directory.CreateSymbolicLink(_scene.Copy, _scene.Remote);
        var run = await _scene.PullAsync(_scene.Write("file", "x"));
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.Equal($"{_scene.Copy}: it is a symbolic link, which is not followed; name its target as the destination, or remove it", run.Results[0].Message);
    }

    [Fact]
    public async Task ADirectoryInPlaceOfAFileIsNamed()
    {
        _scene.Write("d/file", "x");
        Directory.CreateDirectory(Path.Combine(_scene.Copy, "d/file"));
        var run = await _scene.PullAsync(Path.Combine(_scene.Remote, "d"));
        Assert.Equal($"{_scene.Copy}/d/file: Is a directory", run.Results[0].Message);
        Assert.Equal(["file"], PullScene.Names(Path.Combine(_scene.Copy, "d")));
    }

    [Fact]
    public async Task ASpecialFileIsSkipped()
    {
        Directory.CreateDirectory(Path.Combine(_scene.Remote, "d"));
        using (var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Path.Combine(_scene.Remote, "d/socket")));
            var run = await _scene.PullAsync(Path.Combine(_scene.Remote, "d"));
            Assert.Equal([NodeOutcome.Exited], run.Outcomes);
            Assert.Equal($"{_scene.Remote}/d/socket: not a file, directory or link; skipped\n", run.Text(0, StreamKind.Stderr));
        }

        Assert.Empty(PullScene.Names(Path.Combine(_scene.Copy, "d")));
    }

    [Fact]
    public async Task AReadOnlyDirectoryCanBeCopiedAgain()
    {
        _scene.Write("d/file", "1");
        var directory = Path.Combine(_scene.Remote, "d");
        File.SetUnixFileMode(directory, (UnixFileMode)0b101_101_101);
        await _scene.PullAsync(directory);
        File.WriteAllText(Path.Combine(directory, "file"), "2");
        Assert.Equal([NodeOutcome.Exited], (await _scene.PullAsync(directory)).Outcomes);
        Assert.Equal("2", File.ReadAllText(Path.Combine(_scene.Copy, "d/file")));
        Assert.Equal((UnixFileMode)0b101_101_101, File.GetUnixFileMode(Path.Combine(_scene.Copy, "d")));
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(Path.Combine(_scene.Copy, "d"), (UnixFileMode)0b111_101_101);
    }

    [Fact]
    public async Task TemporaryFilesOfADeadRunAreRemovedAfterAWhile()
    {
        _scene.Write("d/file", "x");
        await _scene.PullAsync(Path.Combine(_scene.Remote, "d"));
        var (old, young) = (Path.Combine(_scene.Copy, "d/.file.volley-0123456789ab"), Path.Combine(_scene.Copy, "d/.file.volley-ba9876543210"));
        File.WriteAllText(old, "");
        File.WriteAllText(young, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddMinutes(-11));
        await _scene.PullAsync(Path.Combine(_scene.Remote, "d"));
        Assert.Equal((false, true), (File.Exists(old), File.Exists(young)));
    }

    [Fact]
    public async Task EachHostHasItsOwnPlace()
    {
        var file = _scene.Write("f", "x");
        Target[] targets =
        [
            new("a"), new("A") { User = "root" }, new("../b"), new("c:/d") { Label = "c/d" }, new("e") { Label = "c:d" }, new("x") { Label = "..", },
        ];
        await Executions.RunAsync(new ScriptedTransport(NodeScript.ServesSftp()), new RunPlan(targets, new PullJob([file], _scene.Local)));
        Assert.Equal(targets.Length * 2, PullScene.Names(_scene.Local).Length);
        Assert.Equal(targets.Length, Directory.GetFiles(_scene.Local, "f", SearchOption.AllDirectories).Length);
    }

    [Theory]
    [InlineData("{host}", "h0/f h1/f")]
    [InlineData("{name}.{host}", "f.h0 f.h1")]
    [InlineData("by-{rank}/x/{host}", "by-0/x/h0/f by-1/x/h1/f")]
    [InlineData("{rack}/{name}-{rank}", "r0/f-0 r1/f-1")]
    [InlineData("{{x}}", "{x}/h0/f {x}/h1/f")]
    public async Task APlaceFollowsThePattern(string pattern, string files)
    {
        var job = new PullJob([_scene.Write("f", "x")], Path.Combine(_scene.Local, pattern));
        var targets = Executions.Targets(2).Select(target => target with { Attributes = new Dictionary<string, string> { ["rack"] = $"r{target.Index}" } });
        await Executions.RunAsync(new ScriptedTransport(NodeScript.ServesSftp()), new RunPlan(targets, job));
        Assert.Equal(files.Split(' '), PullScene.Names(_scene.Local).Where(name => File.Exists(Path.Combine(_scene.Local, name))));
    }

    [Theory]
    [InlineData("f", "{rack}", "h0 has no attribute 'rack'")]
    [InlineData("f", "x{same}", "the files of h0 and h1 would have the same place")]
    [InlineData("f", "{name}", "the files of h0 and h1 would have the same place")]
    [InlineData("f", "{name}/{host}", "{name} can stand only in the last part")]
    [InlineData("f", "{host}/..", "'.' and '..' can't follow a placeholder")]
    [InlineData("f", "{host", "unexpected '{'")]
    [InlineData("{bad}", "d", "h0 has no attribute 'bad'")]
    public void APlanThatCannotWorkIsRefused(string source, string destination, string message)
    {
        var targets = Executions.Targets(2).Select(target => target with { Attributes = new Dictionary<string, string> { ["same"] = "s" } });
        var failure = Assert.Throws<ArgumentException>(() => new RunPlan(targets, new PullJob([source], destination)));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APartOfAPlanUsesTheSamePlaces()
    {
        var file = _scene.Write("f", "x");
        Target[] targets = [new("a") { Label = "x/y" }, new("b") { Label = "x:y" }];
        var plan = new RunPlan(targets, new PullJob([file], _scene.Local));
        await Executions.RunAsync(new ScriptedTransport(NodeScript.ServesSftp()), plan.Only([plan.Targets[1]]));
        Assert.Equal(["x_y~2", "x_y~2/f"], PullScene.Names(_scene.Local));
    }

    [Fact]
    public async Task AHostWithoutSftpIsNamed()
    {
        var run = await PullScene.RunAsync(new PullJob(["f"], _scene.Local), NodeScript.Exits(0));
        Assert.NotEqual([NodeOutcome.Exited], run.Outcomes);
    }

    [Fact]
    public async Task FilesThatStateNoLengthAreReadToTheirEnd()
    {
        await _scene.PullAsync("/proc/self/status", "/proc/version");
        Assert.Equal(File.ReadAllText("/proc/version"), File.ReadAllText(Path.Combine(_scene.Copy, "version")));
        Assert.Contains("sftp-server", File.ReadAllText(Path.Combine(_scene.Copy, "status")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManySmallFilesAreCopiedAtOnce()
    {
        for (var i = 0; i < 2_000; i++)
            _scene.Write($"d/{i % 7}/{i}", $"content {i}");
        var run = await _scene.PullAsync(Path.Combine(_scene.Remote, "d"));
        Assert.Equal(2_000, run.Results[0].TransferredFiles);
        for (var i = 0; i < 2_000; i++)
            Assert.Equal($"content {i}", File.ReadAllText(Path.Combine(_scene.Copy, $"d/{i % 7}/{i}")));
    }

    [Fact]
    public async Task AStoppedCopyLeavesTheOldFileAndNothingElse()
    {
        var file = _scene.Write("f", new string('x', 3_000_000));
        Directory.CreateDirectory(_scene.Copy);
        File.WriteAllText(Path.Combine(_scene.Copy, "f"), "old");
        using var control = new RunControl();
        var job = new PullJob([file], _scene.Local);
        var run = await Executions.RunAsync(
            new ScriptedTransport(NodeScript.ServesSftp()), new RunPlan(Executions.Targets(1), job), control, onEvent: nodeEvent =>
            {
                if (nodeEvent is NodeStarted)
                    control.Stop(StopReason.Requested);
                return Task.CompletedTask;
            });
        Assert.Contains(run.Outcomes[0], new[] { NodeOutcome.Canceled, NodeOutcome.Exited });
        if (run.Outcomes[0] == NodeOutcome.Canceled)
            Assert.Equal("old", File.ReadAllText(Path.Combine(_scene.Copy, "f")));
        // A part would only be in the way: the job does not resume.
        Assert.Equal(["f"], PullScene.Names(_scene.Copy));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task AnInterruptedCopyIsContinuedAfterACheck(bool isGood, bool resumes)
    {
        var content = string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i:0000000}\n"));
        var file = _scene.Write("f", content);
        var job = new PullJob([file], _scene.Local) { TargetRate = 2_000_000, Resume = true };
        using var control = new RunControl();
        await Executions.RunAsync(new ScriptedTransport(NodeScript.ServesSftp()), new RunPlan(Executions.Targets(1), job), control, onEvent: nodeEvent =>
        {
            if (nodeEvent is NodeProgress { Bytes: > 1_200_000 })
                control.Stop(StopReason.Requested);
            return Task.CompletedTask;
        });
        var part = Path.Combine(_scene.Copy, Assert.Single(PullScene.Names(_scene.Copy)));
        var length = new FileInfo(part).Length;
        Assert.InRange(length, 1_000_000, 3_199_999);
        if (!isGood)
            File.WriteAllText(part, new string('x', (int)length));
        var run = await PullScene.RunAsync(new PullJob([file], _scene.Local) { Resume = resumes, Verify = true }, NodeScript.ServesSftp());
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(content, File.ReadAllText(Path.Combine(_scene.Copy, "f")));
        Assert.Equal(["f"], PullScene.Names(_scene.Copy));
        Assert.Equal(isGood && resumes ? content.Length - length : content.Length, run.Results[0].TransferredBytes);
    }

    [Fact]
    public async Task FilesAreVerified()
    {
        _scene.Write("d/large", new string('x', 2_000_000));
        _scene.Write("d/small", "x");
        var run = await PullScene.RunAsync(new PullJob([Path.Combine(_scene.Remote, "d")], _scene.Local) { Verify = true }, NodeScript.ServesSftp());
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(["d", "d/large", "d/small"], PullScene.Names(_scene.Copy));
    }

    [Fact]
    public async Task TheRateOfATargetIsLimited()
    {
        _scene.Write("d/1", new string('x', 100_000));
        _scene.Write("d/2", new string('x', 100_000));
        _scene.Write("d/3", new string('x', 100_000));
        var run = await PullScene.RunAsync(new PullJob([Path.Combine(_scene.Remote, "d")], _scene.Local) { TargetRate = 200_000 }, NodeScript.ServesSftp());
        Assert.InRange(run.Results[0].Elapsed.TotalSeconds, 0.9, 60);
    }

    [Fact]
    public async Task WithoutADestinationFilesAreReported()
    {
        _scene.Write("d/b", "second");
        _scene.Write("d/a", "first");
        _scene.Write("large", new string('y', 200_000));
        var run = await PullScene.RunAsync(
            new PullJob([Path.Combine(_scene.Remote, "d"), Path.Combine(_scene.Remote, "none"), Path.Combine(_scene.Remote, "large")]), NodeScript.ServesSftp());
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        var files = run.Events.OfType<NodeFile>().Select(file => $"{Path.GetRelativePath(_scene.Remote, file.Path)} {file.Failure}");
        Assert.Equal(["d is a directory", "d/a ", "d/b ", "none no such file", "large "], files);
        Assert.Equal($"firstsecond{new string('y', 200_000)}", run.Text(0));
        Assert.Empty(PullScene.Names(_scene.Local));
    }

    [Fact]
    public async Task AnUnreadableDestinationFailsTheHost()
    {
        var blocked = Path.Combine(_scene.Local, "file");
        File.WriteAllText(blocked, "");
        var run = await PullScene.RunAsync(new PullJob([_scene.Write("f", "x")], Path.Combine(blocked, "below")), NodeScript.ServesSftp());
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.ThrowsAny<IOException>(() => new PullJob(["f"], Path.Combine(blocked, "below")).PrepareDestination());
    }

    [Fact]
    public async Task NamesHaveAnyBytes()
    {
        Directory.CreateDirectory(Path.Combine(_scene.Remote, "d"));
        using (var shell = System.Diagnostics.Process.Start("sh", ["-c", $"printf x > \"{_scene.Remote}/d/$(printf '\\377\\376a')\""]))
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal([NodeOutcome.Exited], (await _scene.PullAsync(Path.Combine(_scene.Remote, "d"))).Outcomes);
        Assert.Equal("\udcff\udcfea", Assert.Single(Interop.Text.SystemFile.Names(Path.Combine(_scene.Copy, "d"))));
    }
}
