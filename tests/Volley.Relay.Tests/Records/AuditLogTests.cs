using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Volley.Relay.Jobs;
using Volley.Relay.Records;
using Volley.Relay.Tests.Jobs;
using Volley.Relay.Wire;
using Xunit;

namespace Volley.Relay.Tests.Records;

public sealed class AuditLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("volley-audit-").FullName;
    private readonly FakeTimeProvider _time = new(JobScene.Now);

    private string Log => Path.Combine(_directory, "audit.jsonl");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ItTellsWhoRanWhatWhere()
    {
        var job = await AcceptAsync(JobScene.Round(connections: new RelayConnectionSettings { User = "deploy", Elevation = "sudo", ElevationUser = "postgres" }));
        var target = new PieceTarget(7, "db7") { Port = 2222 };
        using (var log = Open())
        {
            log.Accepted(job);
            log.Begin(job, target);
            log.End(job, target, new NodeResult(NodeOutcome.Exited) { ExitCode = 3, Elapsed = TimeSpan.FromSeconds(1.5) });
            log.Refused(new WorkItem(1, "run2", 1, "all", 0, [4, 5]), "it is not signed");
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log));
        var lines = Lines();
        Assert.Equal(["accepted", "begin", "end", "refused"], lines.Select(line => line.GetProperty("event").GetString()));
        Assert.All(lines, line => Assert.Equal(("2026-05-01T12:00:00Z", "r1"), (line.GetProperty("time").GetString(), line.GetProperty("relay").GetString())));
        Assert.All(lines[..2], line => Assert.Equal(
            ("ops@site", "me@desk", "uptime", job.Hash, JobScene.Run),
            (Text(line, "principal"), Text(line, "controller"), Text(line, "title"), Text(line, "job"), Text(line, "run"))));
        Assert.All(lines[1..3], line => Assert.Equal(
            (7, "db7", "deploy", 2222, "sudo postgres"),
            (line.GetProperty("rank").GetInt32(), Text(line, "host"), Text(line, "user"), line.GetProperty("port").GetInt32(), Text(line, "elevation"))));
        Assert.Equal(("exited", 3, 1.5), (Text(lines[2], "outcome"), lines[2].GetProperty("code").GetInt32(), lines[2].GetProperty("elapsed").GetDouble()));
        Assert.Equal("[4,5]", lines[3].GetProperty("ranks").GetRawText());
        Assert.Equal("it is not signed", Text(lines[3], "reason"));
    }

    [Fact]
    public async Task HostileTextIsInert()
    {
        var title = "a\n{\"event\":\"forged\"}\r\u001b[2J\0\u007f\u009b31m\u202e\u2028\udcff\"\\é" + new string('x', 100_000);
        var job = await AcceptAsync(JobScene.Round() with { Title = title, Controller = title });
        using (var log = Open())
        {
            log.Accepted(job);
            log.Refused(new WorkItem(1, title, 0, title, 0, null!), title);
        }

        var bytes = await File.ReadAllBytesAsync(Log, TestContext.Current.CancellationToken);
        Assert.All(bytes, value => Assert.True(value is (>= 0x20 and < 0x7f) or (byte)'\n'));
        Assert.Equal(2, bytes.Count(value => value == '\n'));
        Assert.True(bytes.Length < 60_000);
        Assert.StartsWith("a\n{\"event\":\"forged\"}\r\u001b[2J\0", Text(Lines()[0], "title"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ValuesOfVariablesAndInputsAreNotInIt()
    {
        var job = await AcceptAsync(JobScene.Round(CommandJob.Shell("x") with { Environment = CommandJob.Shell("x").Environment.Add("A", "hunter2") }));
        using var log = Open();
        log.Accepted(job);
        log.Begin(job, new PieceTarget(1, "db1") { Variables = [new() { ["B"] = "hunter2" }] });
        Assert.DoesNotContain("hunter2", await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatWasMovedIsBegunAgain()
    {
        var job = await AcceptAsync(JobScene.Round());
        using var log = Open();
        log.Accepted(job);
        File.Move(Log, Log + ".1");
        log.Accepted(job);
        Assert.Single(Lines());
        File.Delete(Log);
        log.Accepted(job);
        Assert.Single(Lines());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log));
        Assert.Single(await File.ReadAllLinesAsync(Log + ".1", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ALineThatWasCutOffDoesNotSpoilTheNextOne()
    {
        var job = await AcceptAsync(JobScene.Round());
        await File.WriteAllTextAsync(Log, "{\"event\":\"begin\",\"ho", TestContext.Current.CancellationToken);
        using var log = Open();
        log.Accepted(job);
        log.Accepted(job);
        var lines = await File.ReadAllLinesAsync(Log, TestContext.Current.CancellationToken);
        Assert.Equal(3, lines.Length);
        Assert.All(lines[1..], line => Assert.Equal("accepted", Text(JsonElement.Parse(line), "event")));
    }

    [Fact]
    public async Task RelaysCanShareAFile()
    {
        var job = await AcceptAsync(JobScene.Round());
        using var logs = new Logs([Open(), AuditLog.Open(Log, "r2", _time)]);
        await Parallel.ForAsync(0, 400, TestContext.Current.CancellationToken, (i, _) =>
        {
            logs[i % 2].Begin(job, new PieceTarget(i, $"db{i}"));
            return ValueTask.CompletedTask;
        });
        Assert.Equal(Enumerable.Range(0, 400), Lines().Select(line => line.GetProperty("rank").GetInt32()).Order());
    }

    [Fact]
    public async Task OnAFullDiskNothingCanBegin()
    {
        var job = await AcceptAsync(JobScene.Round());
        File.CreateSymbolicLink(Log, "/dev/full");
        using var log = Open();
        var failure = Assert.Throws<IOException>(() => log.Begin(job, new PieceTarget(1, "db1")));
        Assert.Equal($"{Log} can't be written: No space left on device", failure.Message);
        // With room again the log goes on.
        File.Delete(Log);
        log.Begin(job, new PieceTarget(1, "db1"));
        Assert.Single(Lines());
    }

    [Fact]
    public async Task ADirectoryThatIsGoneIsAnError()
    {
        var job = await AcceptAsync(JobScene.Round());
        var place = Directory.CreateDirectory(Path.Combine(_directory, "sub")).FullName;
        using var log = AuditLog.Open(Path.Combine(place, "log"), "r1", _time);
        Directory.Delete(place, recursive: true);
        Assert.Throws<IOException>(() => log.Begin(job, new PieceTarget(1, "db1")));
    }

    [Theory]
    [InlineData("/proc/audit")]
    [InlineData("/")]
    [InlineData("/dev/null/audit")]
    public void AFileThatCantBeWrittenRefusesTheStart(string path) =>
        Assert.Contains($"the audit log {path} can't be written", Assert.Throws<RelayException>(() => AuditLog.Open(path, "r1", _time)).Message, StringComparison.Ordinal);

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();

    private static async Task<AcceptedJob> AcceptAsync(JobRound round)
    {
        var (document, _) = await JobScene.BuildAsync(round);
        return new AcceptedJob(document, "ops@site", new string('0', 64));
    }

    private AuditLog Open() => AuditLog.Open(Log, "r1", _time);

    private JsonElement[] Lines() => [.. File.ReadAllLines(Log, Encoding.ASCII).Select(line => JsonElement.Parse(line))];

    private sealed class Logs(AuditLog[] logs) : IDisposable
    {
        public AuditLog this[int index] => logs[index];

        public void Dispose() => Array.ForEach(logs, log => log.Dispose());
    }
}
