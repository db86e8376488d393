using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Volley.Rollout.Tests;

public sealed class RunJournalTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 8, 0, 0, TimeSpan.Zero));
    private readonly ImmutableArray<Target> _targets = new RunPlan(HostList.Parse("web[1-3],root@db:2222").ToTargets(), new PingJob()).Targets;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARunIsReadAsItWasWritten()
    {
        var journal = Journal();
        JournalEntry? made = null;
        using (var writer = journal.Begin((id, number) => made = Entry(id, number) with
        {
            Options = ["--parallel", "7"],
            Arguments = ["echo", "a\udcffb"],
            Omitted = ["--env TOKEN"],
            WorkingDirectory = "/tmp",
            Repeats = RunId.Create(_time),
            MainRank = 2,
        }))
        {
            Assert.True(journal.Read(journal.Find("last")).IsRunning);
            WriteRun(writer);
        }

        var found = journal.Find("1");
        Assert.Equal(("uptime", 4, "db,web[1-3]", 3, 2), (found.Title, found.Targets, found.Hosts.Replace("root@db:2222", "db", StringComparison.Ordinal), found.ExitCode, found.Succeeded));
        Assert.Equal(found, journal.Find(found.Id.ToString()));
        var read = journal.Read(found);
        Assert.False(read.IsRunning);
        Assert.Equal(made!.Options, read.Entry.Options);
        Assert.Equal(made.Arguments, read.Entry.Arguments);
        Assert.Equal(made.Omitted, read.Entry.Omitted);
        Assert.Equal(made.Targets.Select(Describe), read.Entry.Targets.Select(Describe));
        Assert.Equal(
            (made.Id, made.Number, made.StartedAt, made.Title, made.WorkingDirectory, made.MainRank, made.Repeats),
            (read.Entry.Id, read.Entry.Number, read.Entry.StartedAt, read.Entry.Title, read.Entry.WorkingDirectory, read.Entry.MainRank, read.Entry.Repeats));
        var records = read.ReadEvents().ToList();
        Assert.Equal("hi\n", Output(records, 0));
        var end = Assert.IsType<JournalEnd>(records[^1]);
        Assert.Equal((3, StopReason.Interrupt), (end.ExitCode, end.Stop));
        Assert.Equal(4, records.OfType<JournalEvent>().Count(one => one.Event is NodeFinished));
    }

    [Fact]
    public void OnlyTheUserCanReadIt()
    {
        var journal = Journal();
        using (var writer = journal.Begin(Entry))
            WriteRun(writer);
        Assert.All(Directory.EnumerateDirectories(journal.Path).Append(journal.Path), path =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path)));
        Assert.All(Directory.EnumerateFiles(Directory.EnumerateDirectories(journal.Path).Single()), path =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
    }

    [Fact]
    public void OfLongOutputTheEndsAreKept()
    {
        var journal = new RunJournal(_folder["runs"], _time) { Limits = new JournalLimits { EndBytes = 10 } };
        using (var writer = journal.Begin(Entry))
        {
            writer.Write(new NodeOutput(_targets[0], StreamKind.Stdout, "0123456789abcdefghij"u8.ToArray()), TimeSpan.Zero);
            writer.Write(new NodeOutput(_targets[0], StreamKind.Stdout, "ABCDEFGHIJ"u8.ToArray()), TimeSpan.Zero);
            writer.Write(new NodeFinished(_targets[0], new NodeResult(NodeOutcome.Exited) { ExitCode = 0 }), TimeSpan.Zero);
        }

        var records = journal.Read(journal.Find("last")).ReadEvents().ToList();
        Assert.Equal("0123456789ABCDEFGHIJ", Output(records, 0));
        Assert.Equal(10, Assert.Single(records.OfType<JournalOmission>()).Bytes);
    }

    [Fact]
    public void OutputIsWrittenOutAfterASecond()
    {
        var journal = Journal();
        using var writer = journal.Begin(Entry);
        writer.Write(new NodeOutput(_targets[0], StreamKind.Stdout, "small"u8.ToArray()), TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("small", Output(journal.Read(journal.Find("last")).ReadEvents(), 0));
    }

    [Fact]
    public void NoOutputIsKeptIfNoneIsWanted()
    {
        var journal = Journal();
        using (var writer = journal.Begin(Entry, JournalLevel.None))
            WriteRun(writer);
        Assert.DoesNotContain(journal.Read(journal.Find("last")).ReadEvents().OfType<JournalEvent>(), one => one.Event is NodeOutput);
    }

    [Fact]
    public void EveryPrefixOfAKilledRunIsReadable()
    {
        var journal = Journal();
        string path;
        using (var writer = journal.Begin(Entry))
        {
            WriteEvents(writer);
            path = Directory.EnumerateFiles(journal.Path, "events.json", SearchOption.AllDirectories).Single();
        }

        var content = File.ReadAllBytes(path);
        var whole = journal.Read(journal.Find("last")).ReadEvents().Count();
        Gen.Int[0, content.Length].Sample(length =>
        {
            File.WriteAllBytes(path, content[..length]);
            var records = journal.Read(journal.Find("last")).ReadEvents().ToList();
            // The line that begins a run is no record.
            Assert.Equal(Math.Max(0, content.AsSpan(0, length).Count((byte)'\n') - 1), records.Count);
            Assert.DoesNotContain(records, record => record is JournalEnd);
        }, threads: 1);
        Assert.True(whole > 4);
    }

    [Fact]
    public void ADamagedRunIsNamedAndTheOthersAreUnharmed()
    {
        var journal = Journal();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            using var writer = journal.Begin(Entry);
            WriteRun(writer);
        }

        var path = Path.Combine(journal.Path, journal.Find("2").Id.ToString(), "events.json.gz");
        var content = File.ReadAllBytes(path);
        content[content.Length / 2] ^= 0xff;
        File.WriteAllBytes(path, content);
        File.AppendAllText(Path.Combine(journal.Path, "index"), "garbage\n{\"id\":\n");
        var wrong = Assert.Throws<JournalException>(() => journal.Read(journal.Find("2")).ReadEvents().Count());
        Assert.Contains(journal.Find("2").Id.ToString(), wrong.Message, StringComparison.Ordinal);
        Assert.Equal(3, journal.List().Count);
        Assert.NotEmpty(journal.Read(journal.Find("1")).ReadEvents());
        Assert.NotEmpty(journal.Read(journal.Find("3")).ReadEvents());
    }

    [Fact]
    public void ANewerVersionIsRefused()
    {
        var journal = Journal();
        using (var writer = journal.Begin(Entry))
            WriteRun(writer);
        var path = Directory.EnumerateFiles(journal.Path, "run.json", SearchOption.AllDirectories).Single();
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal));
        Assert.Contains("newer version", Assert.Throws<JournalException>(() => journal.Read(journal.Find("1"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("9")]
    [InlineData("-1")]
    [InlineData("first")]
    [InlineData("../../etc")]
    [InlineData("000000000000")]
    public void AnUnknownRunIsAnError(string run)
    {
        var journal = Journal();
        Assert.Contains("empty", Assert.Throws<JournalException>(() => journal.Find(run)).Message, StringComparison.Ordinal);
        using (var writer = journal.Begin(Entry))
            WriteRun(writer);
        Assert.Contains($"no run '{run}'", Assert.Throws<JournalException>(() => journal.Find(run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOldestAreRemovedBeyondTheLimits()
    {
        var journal = new RunJournal(_folder["runs"], _time) { Limits = new JournalLimits { Runs = 3, Age = TimeSpan.FromDays(10) } };
        for (var i = 0; i < 5; i++)
        {
            using var writer = journal.Begin(Entry);
            WriteRun(writer);
            _time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal([3, 4, 5], journal.List().Select(run => run.Number));
        Assert.Equal(3, Directory.EnumerateDirectories(journal.Path).Count());
        _time.Advance(TimeSpan.FromDays(8.5));
        using (var writer = journal.Begin(Entry))
            WriteRun(writer);
        Assert.Equal([5, 6], journal.List().Select(run => run.Number));
    }

    [Fact]
    public void TheSizeOfAllIsBounded()
    {
        var journal = new RunJournal(_folder["runs"], _time) { Limits = new JournalLimits { Bytes = 3000 } };
        for (var i = 0; i < 10; i++)
        {
            using var writer = journal.Begin(Entry);
            WriteRun(writer);
        }

        // A run of more than a hundredth of the limit is checked at once.
        var left = journal.List();
        Assert.InRange(left.Count, 1, 9);
        Assert.Equal(10, left[^1].Number);
        Assert.True(left.Sum(run => run.Bytes) <= 3000);
    }

    [Fact]
    public void ARunThatIsBeingWrittenIsNotRemoved()
    {
        var journal = new RunJournal(_folder["runs"], _time) { Limits = new JournalLimits { Runs = 1 } };
        using var running = journal.Begin(Entry);
        using (var writer = journal.Begin(Entry))
            WriteRun(writer);
        Assert.Equal([1, 2], journal.List().Select(run => run.Number));
        Assert.Contains("still running", Assert.Throws<JournalException>(() => journal.Remove(journal.Find("1"))).Message, StringComparison.Ordinal);
        WriteRun(running);
        journal.Remove(journal.Find("1"));
        Assert.Empty(journal.List());
    }

    [Fact]
    public async Task ProgramsAtTheSameTimeGetDifferentNumbers()
    {
        var journal = Journal();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                using var writer = new RunJournal(_folder["runs"], _time).Begin(Entry);
                WriteRun(writer);
            }
        })));
        Assert.Equal(Enumerable.Range(1, 80), journal.List().Select(run => run.Number));
    }

    [Fact]
    public void ADirectoryThatCantBeWrittenIsAnException()
    {
        File.WriteAllText(_folder["file"], "");
        Assert.Contains(_folder["file/runs"], Assert.Throws<JournalException>(() => new RunJournal(_folder["file/runs"]).Begin(Entry)).Message, StringComparison.Ordinal);
        Assert.Empty(new RunJournal(_folder["none"]).List());
    }

    [Theory]
    [InlineData("/state", "/home/u", "/state/volley/runs")]
    [InlineData("relative", "/home/u", "/home/u/.local/state/volley/runs")]
    [InlineData(null, "/home/u", "/home/u/.local/state/volley/runs")]
    [InlineData(null, null, null)]
    public void ThePlaceFollowsTheSpecification(string? state, string? home, string? expected) =>
        Assert.Equal(expected, RunJournal.FindPath(name => name switch { "XDG_STATE_HOME" => state, "HOME" => home, _ => null }));

    private RunJournal Journal() => new(_folder["runs"], _time);

    private JournalEntry Entry(RunId id, int number) => new()
    {
        Id = id,
        Number = number,
        StartedAt = _time.GetUtcNow(),
        Job = "command",
        Title = "uptime",
        Targets = _targets,
    };

    private void WriteRun(JournalWriter writer)
    {
        WriteEvents(writer);
        writer.Complete(3, 2, TimeSpan.FromSeconds(1.5), json =>
        {
            json.WriteNumber("exit_code"u8, 3);
            json.WriteString("stop"u8, "interrupt"u8);
        });
        Assert.Null(writer.Failure);
    }

    private void WriteEvents(JournalWriter writer)
    {
        writer.WriteBegin(json => json.WriteNumber("version"u8, 1));
        foreach (var target in _targets)
        {
            writer.Write(new NodeConnecting(target), TimeSpan.Zero);
            writer.Write(new NodeStarted(target), TimeSpan.Zero);
            writer.Write(new NodeOutput(target, StreamKind.Stdout, "hi\n"u8.ToArray()), TimeSpan.FromSeconds(1));
            writer.Write(new NodeFinished(target, new NodeResult(NodeOutcome.Exited) { ExitCode = target.Index }), TimeSpan.FromSeconds(1));
        }
    }

    private static string Output(IEnumerable<JournalRecord> records, int rank) => string.Concat(records.OfType<JournalEvent>()
        .Select(one => one.Event).OfType<NodeOutput>().Where(output => output.Target.Index == rank).Select(output => Encoding.UTF8.GetString(output.Data.Span)));

    private static string Describe(Target target) => string.Create(CultureInfo.InvariantCulture, $"{target.Index} {target.Label} {target.Name}");
}
