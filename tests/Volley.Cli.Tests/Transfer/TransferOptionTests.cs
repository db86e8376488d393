using System.Globalization;
using System.Text.Json;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>
/// Each option for copies changes what can be observed: at the files, in the log of the host's SFTP server, or by the programs that the host runs. Options
/// with more to them have tests of their own.
/// </summary>
public sealed class TransferOptionTests : IAsyncLifetime
{
    private const string Host = "127.0.60.1";
    private const string Server = "/usr/lib/openssh/sftp-server";

    private readonly ScratchFolder _folder = new();
    private Fleet _fleet = null!;
    private PushScene _scene = null!;

    private string Local => _scene["local"];

    private string Copies => Path.Combine(Local, Host);

    /// <summary>The requests that the SFTP servers have got.</summary>
    private string Log => _folder["requests"];

    /// <summary>Exists while the hosts' program for hashes tells another hash.</summary>
    private string Wrong => _folder["wrong"];

    public async ValueTask InitializeAsync()
    {
        _folder.Write("requests", "");
        File.SetUnixFileMode(Log, (UnixFileMode)0b110_110_110);
        // A full quota and a limit on the size of files are the same to a server: a write fails with a number that SFTP has no status for.
        var server = _folder.WriteProgram("server", $"[ ! -e {_folder["limited"]} ] || {{ trap '' XFSZ; ulimit -f 100; }}\nexec {Server} -e -l DEBUG1 2>>{Log}");
        _folder.WriteProgram("sha256sum", $"[ ! -e {Wrong} ] || {{ printf '%064d  %s\\n' 0 \"$2\"; exit; }}\nexec /usr/bin/sha256sum \"$@\"");
        _fleet = await Fleet.StartAsync($"Subsystem=sftp {server}", $"SetEnv=PATH={_folder.Path}:/usr/bin:/bin");
        _scene = new PushScene(_fleet);
    }

    public async ValueTask DisposeAsync()
    {
        _scene.Dispose();
        await _fleet.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task FilesAreSynchronizedOnRequest()
    {
        var file = _scene.Write("file", "x");
        await SucceedsAsync("push", file, $"{_scene.Target}/");
        Assert.DoesNotContain("fsync", File.ReadAllText(Log), StringComparison.Ordinal);
        await SucceedsAsync("push", "--fsync", file, $"{_scene.Target}/");
        // The file and its directory.
        Assert.Equal(2, File.ReadAllText(Log).Split("fsync").Length - 1);
    }

    [Theory]
    [InlineData("push")]
    [InlineData("sync")]
    [InlineData("pull")]
    public async Task CopiesAreVerifiedOnRequest(string verb)
    {
        // By the program, because a small file of a pull is read again.
        var file = _scene.WriteBytes("file", 1_200_000);
        _folder.Write("wrong", "");
        string[] paths = [file, verb == "pull" ? Local : $"{_scene.Target}/"];
        var run = await RunAsync(verb, ["--verify", .. paths]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(verb == "pull" ? "the copy differs from the file" : "the hash of the copy differs from that of the source", run.Stderr, StringComparison.Ordinal);
        Assert.Empty(verb == "pull" ? PushScene.Names(Copies) : _scene.Names());
        await SucceedsAsync(verb, paths);
        File.Delete(Wrong);
        await SucceedsAsync(verb, ["--verify", .. paths]);
    }

    [Fact]
    public async Task AWriteThatFailsWithoutAReasonMentionsTheQuota()
    {
        _folder.Write("limited", "");
        var old = _scene.WriteTarget("file", "old");
        var run = await RunAsync("push", _scene.WriteBytes("file", 400_000), old);
        Assert.Equal(1, run.ExitCode);
        Assert.True(run.Stderr.Contains("; a disk quota may be exhausted", StringComparison.Ordinal), run.ToString());
        Assert.Equal(["file"], _scene.Names());
        Assert.Equal("old", _scene.Read("file"));
    }

    [Fact]
    public async Task DirectoriesModesAndOwnersFollowTheOptions()
    {
        var file = _scene.Write("tree/file", "x");
        _scene.Write("tree/file.o", "x");
        var tree = Path.GetDirectoryName(file)!;
        var missing = await RunAsync("push", tree, $"{_scene.Target}/a/b/");
        Assert.Contains($"{_scene.Target}/a: no such directory", missing.Stderr, StringComparison.Ordinal);
        await SucceedsAsync("push", "--mkdir", "--mode", "640", "--owner", _fleet.User, "--exclude-path", "*.o", tree, $"{_scene.Target}/a/b/");
        Assert.Equal(["a", "a/b", "a/b/tree", "a/b/tree/file"], _scene.Names());
        Assert.Equal((UnixFileMode)0b110_100_000, File.GetUnixFileMode(Path.Combine(_scene.Target, "a/b/tree/file")));
        var owner = await RunAsync("push", "--owner", "root", file, $"{_scene.Target}/");
        Assert.Equal(1, owner.ExitCode);
        Assert.Contains($"{_scene.Target}/file: the owner can't be changed: permission denied", owner.Stderr, StringComparison.Ordinal);
        owner = await RunAsync("push", "--owner", ":root", tree, $"{_scene.Target}/");
        Assert.Contains(": the group can't be changed: permission denied", owner.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("push", "--limit-rate")]
    [InlineData("sync", "--limit-host-rate")]
    [InlineData("pull", "--limit-rate")]
    [InlineData("pull", "--limit-host-rate")]
    public async Task RatesAreLimited(string verb, string option)
    {
        var file = _scene.WriteBytes("file", 1_500_000);
        var run = await SucceedsAsync(verb, option, "500K", "--output", "json", file, verb == "pull" ? Local : $"{_scene.Target}/");
        var finished = JsonSerializer.Deserialize<JsonElement>(VolleyRun.Lines(run.Stdout).Single(line => line.Contains("\"finished\"", StringComparison.Ordinal)));
        Assert.InRange(finished.GetProperty("elapsed").GetDouble(), 2, 60);
        // Progress has bytes, their sum, and the current file.
        var progress = VolleyRun.Lines(run.Stdout).Where(line => line.Contains("\"progress\"", StringComparison.Ordinal)).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToArray();
        Assert.Contains(progress, one => one.GetProperty("bytes").GetInt64() is > 0 and < 1_500_000);
        Assert.Contains(progress, one => one.GetProperty("total_bytes").GetInt64() == 1_500_000 && one.GetProperty("file").GetString() == file);
    }

    [Theory]
    [InlineData("push")]
    [InlineData("sync")]
    [InlineData("pull")]
    public async Task ATimeLimitEndsACopyAndLeavesTheOldFile(string verb)
    {
        var file = _scene.WriteBytes("file", 3_000_000);
        var old = verb == "pull" ? Path.Combine(Directory.CreateDirectory(Copies).FullName, "file") : _scene.WriteTarget("file", "old");
        File.WriteAllText(old, "old");
        var report = _folder["report"];
        var run = await RunAsync(verb, "--timeout", "2", "--limit-rate", "100K", "--report", report, file, verb == "pull" ? Local : $"{_scene.Target}/");
        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"the transfer took longer than 2 s; 0 of 1 file copied, [\d,]+ bytes (sent|received)", run.Stderr);
        Assert.Equal("old", File.ReadAllText(old));
        Assert.Contains("\"transferred_bytes\"", File.ReadAllText(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("push")]
    [InlineData("sync")]
    [InlineData("pull")]
    public async Task ADryRunContactsNoHost(string verb)
    {
        var file = _scene.Write("file", "x");
        var run = await RunAsync(verb, "--dry-run", file, verb == "pull" ? Local : $"{_scene.Target}/");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"1 host: {Host}\n{verb}: {file} to ", run.Stdout, StringComparison.Ordinal);
        Assert.Equal((0, 0), (new FileInfo(Log).Length, _scene.Names().Length));
    }

    [Fact]
    public async Task ThePacesOfHostsFollowTheLimitOfHostsAtOnce()
    {
        var file = _scene.WriteBytes("file", 300_000);
        string[] options = ["--limit-host-rate", "200K", "--parallel", "1", "--output", "json"];
        var run = await ProgramRun.RunAsync(_scene.Start("push", "127.0.60.[1-3]", [.. options, file, $"{_scene.Target}/{{host}}"]));
        Assert.True(run.ExitCode == 0, run.ToString());
        // One after the other.
        var events = VolleyRun.Lines(run.Stdout).Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("event").GetString()).Where(name => name is "started" or "finished");
        Assert.Equal(string.Concat(Enumerable.Repeat("started finished ", 3)), string.Concat(events.Select(name => $"{name} ")));
    }

    [Fact]
    public async Task AListOfChangesWritesNothingAndTheLimitOfDeletionsHolds()
    {
        var tree = Path.GetDirectoryName(_scene.Write("tree/file", "x"))!;
        for (var i = 0; i < 3; i++)
            _scene.WriteTarget(string.Create(CultureInfo.InvariantCulture, $"tree/{i}"), "x");
        _scene.Own(Path.Combine(_scene.Target, "tree"));
        var before = _scene.Names();
        var changes = await SucceedsAsync("sync", "--changes", "--delete", tree, $"{_scene.Target}/tree");
        Assert.Equal([$"{Host}: create     file", $"{Host}: delete     0", $"{Host}: delete     1", $"{Host}: delete     2"], VolleyRun.Lines(changes.Stdout).Where(line => !line.EndsWith('/')));
        Assert.Equal(before, _scene.Names());
        var limited = await RunAsync("sync", "--delete", "--max-delete", "2", tree, $"{_scene.Target}/tree");
        Assert.Equal((1, before.Length), (limited.ExitCode, _scene.Names().Length));
        await SucceedsAsync("sync", "--delete", "--max-delete", "3", tree, $"{_scene.Target}/tree");
        Assert.Equal(["tree", "tree/file"], _scene.Names());
    }

    private async Task<ProgramResult> SucceedsAsync(string verb, params IReadOnlyList<string> arguments)
    {
        var run = await RunAsync(verb, arguments);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    private Task<ProgramResult> RunAsync(string verb, params IReadOnlyList<string> arguments) => ProgramRun.RunAsync(_scene.Start(verb, Host, arguments));
}
