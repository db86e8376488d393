using System.Collections.Immutable;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Volley.Interop;
using Volley.Testing;
using Xunit;

namespace Volley.Rollout.Tests;

/// <summary>The list of runs, whose index may be damaged or missing.</summary>
public sealed class RunListTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 8, 0, 0, TimeSpan.Zero));
    private readonly ImmutableArray<Target> _targets = new RunPlan(HostList.Parse("web[1-3]").ToTargets(), new PingJob()).Targets;
    private readonly RunJournal _journal;

    public RunListTests() => _journal = new RunJournal(_folder["runs"], _time);

    private string Index => Path.Combine(_journal.Path, "index");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ADamagedIndexIsRebuiltFromTheDirectories()
    {
        for (var i = 0; i < 3; i++)
            Run(exitCode: i);
        var expected = _journal.List();
        var content = File.ReadAllBytes(Index);
        Gen.Select(Gen.Int[0, content.Length - 1], Gen.Byte[1, 255], Gen.Bool).Sample((at, change, cuts) =>
        {
            var damaged = content.ToArray();
            damaged[at] ^= change;
            File.WriteAllBytes(Index, cuts ? damaged[..at] : damaged);
            Assert.Equal(expected, _journal.List());
            // The reader has rewritten it.
            Assert.Equal(expected, _journal.List());
        }, iter: 100, threads: 1);
        File.Delete(Index);
        Assert.Equal(expected, _journal.List());
        Assert.True(File.Exists(Index));
    }

    [Fact]
    public void AnIncompleteLastLineHidesNoLaterRun()
    {
        Run();
        File.AppendAllText(Index, "{\"id\":\"0123");
        Run(ends: false);
        Assert.Equal([(1, JournalState.Ended), (2, JournalState.Killed)], _journal.List().Select(run => (run.Number, run.State)));
        Assert.Equal(2, _journal.Find("last").Number);
    }

    [Fact]
    public void OrphansCountForTheLimits()
    {
        Run();
        Run(ends: false);
        File.WriteAllText(Index, "");
        // A program that was killed while it made the directory of a run.
        Directory.CreateDirectory(Path.Combine(_journal.Path, RunId.Create(new FakeTimeProvider(_time.GetUtcNow().AddYears(-3))).ToString()));
        Run(new JournalLimits { Runs = 2 });
        Assert.Equal([2, 3], _journal.List().Select(run => run.Number));
        Assert.Equal(2, Directory.EnumerateDirectories(_journal.Path).Count());
    }

    [Fact]
    public void ADirectoryThatWasRemovedIsNotListed()
    {
        Run();
        Run();
        Directory.Delete(Path.Combine(_journal.Path, _journal.Find("1").Id.ToString()), recursive: true);
        Assert.Equal([2], _journal.List().Select(run => run.Number));
    }

    [Fact]
    public void ADirectoryThatIsRemovedDuringTheRunIsAFailureOfTheJournalAlone()
    {
        var journal = new RunJournal(_journal.Path, _time) { Limits = new JournalLimits { Runs = 1 } };
        using var writer = journal.Begin(Entry);
        Directory.Delete(Path.Combine(journal.Path, writer.Id.ToString()), recursive: true);
        writer.Complete(0, 3, TimeSpan.Zero, json => json.WriteNumber("exit_code"u8, 0));
        Assert.Empty(journal.List());
    }

    [Fact]
    public void ARunThatWasKilledIsReadOnce()
    {
        Run(ends: false);
        Assert.Equal(JournalState.Killed, Assert.Single(_journal.List()).State);
        foreach (var file in Directory.EnumerateFiles(_journal.Path, "*.json", SearchOption.AllDirectories))
            File.Delete(file);
        Assert.Equal((JournalState.Killed, true), (Assert.Single(_journal.List()).State, _journal.List()[0].Bytes > 0));
    }

    [Fact]
    public void TheNumberSurvivesADamagedFile()
    {
        Run();
        Run();
        var last = _journal.Find("last").Id;
        foreach (var content in new[] { "", "x y\n", "7\n" })
        {
            File.WriteAllText(Path.Combine(_journal.Path, "number"), content);
            Run();
        }

        Assert.Equal([1, 2, 3, 4, 5], _journal.List().Select(run => run.Number));
        Assert.All(_journal.List().Skip(2), run => Assert.True(string.CompareOrdinal(run.Id.ToString(), last.ToString()) > 0));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_journal.Path, "number")));
    }

    [Fact]
    public void IdsSortAsTheRunsBegan()
    {
        for (var i = 0; i < 20; i++)
            Run();
        var ids = _journal.List().Select(run => run.Id.ToString()).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(20, ids.Distinct().Count());
    }

    [Fact]
    public void ALockThatIsHeldIsAFailureAfterAMoment()
    {
        Run();
        using (LockedFile.Open(Path.Combine(_journal.Path, "lock")))
            Assert.Contains("lock", Assert.Throws<JournalException>(() => Run()).Message, StringComparison.Ordinal);
        // The waiter that gave up has released it.
        Run();
        Assert.Equal(2, _journal.List().Count);
    }

    [Theory]
    [InlineData("index")]
    [InlineData("number")]
    [InlineData("events")]
    public async Task APipeBlocksNothing(string file)
    {
        Run();
        var path = file == "events" ? Directory.EnumerateFiles(_journal.Path, "*.gz", SearchOption.AllDirectories).Single() : Path.Combine(_journal.Path, file);
        File.Delete(path);
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("/usr/bin/mkfifo", [path]), TimeSpan.FromSeconds(60))).ExitCode);
        if (file == "index")
            Assert.Single(_journal.List());
        else if (file == "number")
            Assert.Contains("number: it is a named pipe", Assert.Throws<JournalException>(() => Run()).Message, StringComparison.Ordinal);
        else
            Assert.Contains("named pipe", Assert.Throws<JournalException>(() => _journal.Read(_journal.Find("1")).ReadEvents().Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADirectoryThatOthersCanUseIsRefused()
    {
        Directory.CreateDirectory(_journal.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead);
        Assert.Contains($"chmod 700 {_journal.Path}", Assert.Throws<JournalException>(() => Run()).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_journal.Path));
    }

    [Fact]
    public void AFileInThePathIsNamed()
    {
        File.WriteAllText(_folder["file"], "");
        var journal = new RunJournal(_folder["file/volley/runs"], _time);
        Assert.Contains($"{_folder["file"]} is not a directory", Assert.Throws<JournalException>(() => Run(journal: journal)).Message, StringComparison.Ordinal);
        Assert.Contains("Not a directory", Assert.Throws<JournalException>(() => journal.List()).Message, StringComparison.Ordinal);
    }

    private void Run(JournalLimits? limits = null, bool ends = true, int exitCode = 0, RunJournal? journal = null)
    {
        journal ??= new RunJournal(_journal.Path, _time) { Limits = limits ?? new JournalLimits() };
        using var writer = journal.Begin(Entry);
        writer.WriteBegin(json => json.WriteNumber("version"u8, 1));
        foreach (var target in _targets)
        {
            writer.Write(new NodeConnecting(target), TimeSpan.Zero);
            if (ends)
                writer.Write(new NodeFinished(target, new NodeResult(NodeOutcome.Exited) { ExitCode = exitCode, IsMainRank = target.Index == 0 }), TimeSpan.Zero);
        }

        if (!ends)
            return;
        writer.Complete(exitCode, exitCode == 0 ? _targets.Length : 0, TimeSpan.FromSeconds(2), json =>
        {
            json.WriteNumber("exit_code"u8, exitCode);
            json.WriteNull("stop"u8);
        });
        Assert.Null(writer.Failure);
    }

    private JournalEntry Entry(RunId id, int number) => new()
    {
        Id = id,
        Number = number,
        StartedAt = _time.GetUtcNow(),
        Job = "command",
        Title = "uptime",
        Targets = _targets,
    };
}
