using System.Text;
using Xunit;
using static Volley.Tests.Transfers.HostileSftpServer;

namespace Volley.Tests.Transfers;

/// <summary>Copies from servers whose answers no honest server sends: nothing is written outside of the destination, and every copy ends.</summary>
public sealed class HostilePullTests : IDisposable
{
    private readonly PullScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("/tmp/evil.txt")]
    [InlineData("sub/evil.txt")]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task ANameThatLeadsOutOfTheDirectoryEndsTheCopy(string name)
    {
        var server = new HostileSftpServer { List = _ => [("good.txt", Kind.File), (name, Kind.File)] };
        var run = await _scene.PullAsync(server, "/dir");
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.Equal($"/dir: the server lists an entry with the invalid name '{name.Replace('\0', '?')}'", run.Results[0].Message);
        Assert.DoesNotContain("evil", string.Join(' ', PullScene.Names(_scene.Local)), StringComparison.Ordinal);
        Assert.Equal(["local", "remote"], PullScene.Names(Path.GetDirectoryName(_scene.Local)!).Where(path => !path.Contains('/')));
    }

    [Fact]
    public async Task TheDirectoriesOfAFailedPullCanBeRead()
    {
        // An answer to a read that ends the connection.
        var server = new HostileSftpServer { List = _ => [("a.txt", Kind.File)], ConfusedRequest = 5, Length = _ => 10_000_000 };
        Assert.Equal([NodeOutcome.TransferFailed], (await _scene.PullAsync(server, "/dir")).Outcomes);
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(_scene.Copy, "dir")));
    }

    [Fact]
    public async Task DotsInAListingAreNoEntries()
    {
        var server = new HostileSftpServer { List = _ => [(".", Kind.Directory), ("..", Kind.Directory), ("a.txt", Kind.File)] };
        Assert.Equal([NodeOutcome.Exited], (await _scene.PullAsync(server, "/dir")).Outcomes);
        Assert.Equal(["dir", "dir/a.txt"], PullScene.Names(_scene.Copy));
    }

    [Fact]
    public async Task ALinkThatBecomesADirectoryIsNotWrittenThrough()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_scene.Local, "outside")).FullName;
        var server = new HostileSftpServer
        {
            // A link and a directory of the same name, in one listing and in two.
            List = path => path.EndsWith("evil", StringComparison.Ordinal)
                ? [("pwned.txt", Kind.File)]
                : [("evil", Kind.Link), ("evil", Kind.Directory), ("evil", Kind.Link)],
            ReadLink = _ => outside,
        };
        await _scene.PullAsync(server, "/dir", "/dir2");
        Assert.Empty(PullScene.Names(outside));
    }

    [Fact]
    public async Task TwoEntriesOfOneNameAreOneFile()
    {
        var server = new HostileSftpServer { List = _ => [.. Enumerable.Repeat(("a.txt", Kind.File), 500)] };
        await _scene.PullAsync(server, "/dir");
        Assert.Equal(["dir", "dir/a.txt"], PullScene.Names(_scene.Copy));
        Assert.Equal("content of /dir/a.txt", File.ReadAllText(Path.Combine(_scene.Copy, "dir/a.txt")));
    }

    [Fact]
    public async Task DirectoriesHaveALimitOfDepth()
    {
        var server = new HostileSftpServer { List = _ => [("d", Kind.Directory)] };
        var run = await _scene.PullAsync(server, "/d");
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.Equal("more than 256 directories deep", run.Results[0].Reason);
    }

    [Fact]
    public async Task AnEndlessListingEnds()
    {
        // Devices, because files would be requested one by one.
        var entries = Enumerable.Range(0, 2_000).Select(i => ($"d{i}.dev", Kind.Device)).ToArray();
        var server = new HostileSftpServer { List = _ => entries, RepeatsListings = true };
        var run = await _scene.PullAsync(server, "/d");
        Assert.Equal([NodeOutcome.TransferFailed], run.Outcomes);
        Assert.Equal("more than 1,000,000 files", run.Results[0].Reason);
        Assert.InRange(run.Text(0, StreamKind.Stderr).Length, 1, 10_000);
    }

    [Fact]
    public async Task AFileThatHasNoEndIsNotEndless()
    {
        var block = new byte[1 << 20];
        Array.Fill(block, (byte)'x');
        var server = new HostileSftpServer { Read = _ => block, Length = _ => 0 };
        var run = await _scene.PullAsync(server, "/a.txt");
        // As /proc does: no length, and some content.
        Assert.Equal([NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(block.Length, new FileInfo(Path.Combine(_scene.Copy, "a.txt")).Length);
    }

    [Theory]
    [InlineData(10_000, 5_000)]
    [InlineData(2_000_000, 1_999_999)]
    public async Task AFileThatIsShorterThanStatedLeavesTheOldOne(int stated, int actual)
    {
        Directory.CreateDirectory(_scene.Copy);
        File.WriteAllText(Path.Combine(_scene.Copy, "a.txt"), "old");
        var server = new HostileSftpServer { Read = _ => new byte[actual], Length = _ => stated };
        var run = await _scene.PullAsync(server, "/a.txt");
        Assert.Equal("/a.txt: the file changed while it was read", run.Results[0].Message);
        Assert.Equal("old", File.ReadAllText(Path.Combine(_scene.Copy, "a.txt")));
        Assert.Equal(["a.txt"], PullScene.Names(_scene.Copy));
    }

    [Fact]
    public async Task AFileThatIsRewrittenWhileItIsReadLeavesTheOldOne()
    {
        uint time = 1_600_000_000;
        var server = new HostileSftpServer { Time = _ => time++ };
        Assert.Equal("the file changed while it was read", (await _scene.PullAsync(server, "/a.txt")).Results[0].Reason);
        Assert.Empty(PullScene.Names(_scene.Copy));
    }

    [Fact]
    public async Task ALogThatGrowsIsCopiedAsItWas()
    {
        var calls = 0;
        var server = new HostileSftpServer
        {
            Read = _ => Encoding.ASCII.GetBytes(new string('x', 100 + (10 * calls))),
            Length = _ => 100 + (10 * calls++),
        };
        Assert.Equal([NodeOutcome.Exited], (await _scene.PullAsync(server, "/a.log")).Outcomes);
        Assert.Matches("^x+$", File.ReadAllText(Path.Combine(_scene.Copy, "a.log")));
    }

    [Theory]
    [InlineData("/..", "a.txt")]
    [InlineData("/", "a.txt")]
    [InlineData("..", "a.txt")]
    [InlineData("~", "a.txt")]
    public async Task ASourceWithoutANameGoesIntoTheHostsDirectory(string source, string file)
    {
        var server = new HostileSftpServer { List = _ => [(file, Kind.File)], IsDirectory = path => !path.EndsWith(".txt", StringComparison.Ordinal) };
        Assert.Equal([NodeOutcome.Exited], (await _scene.PullAsync(server, source)).Outcomes);
        Assert.Equal([file], PullScene.Names(_scene.Copy));
    }

    [Fact]
    public async Task TwoSourcesOfOneNameAreRefused()
    {
        var run = await _scene.PullAsync(new HostileSftpServer(), "/a/x.txt", "/b/x.txt");
        Assert.Equal("/b/x.txt: its copy would have the same name as that of /a/x.txt", run.Results[0].Message);
        Assert.Equal("content of /a/x.txt", File.ReadAllText(Path.Combine(_scene.Copy, "x.txt")));
    }

    [Fact]
    public async Task ControlCharactersOfANameDoNotBreakTheLinesOfMessages()
    {
        var server = new HostileSftpServer { List = _ => [("a\nroot: b\u001b[2J", Kind.Device)] };
        Assert.Equal("/dir/a\\x0aroot: b\\x1b[2J: not a file, directory or link; skipped\n", (await _scene.PullAsync(server, "/dir")).Text(0, StreamKind.Stderr));
    }
}
