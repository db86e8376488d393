using System.Collections.Immutable;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Volley.Rollout.Tests;

public sealed class RunResultsTests : IDisposable
{
    private static readonly NodeResult Ok = new(NodeOutcome.Exited) { ExitCode = 0 };

    private readonly ScratchFolder _folder = new();
    private readonly RunJournal _journal;
    private readonly ImmutableArray<Target> _targets = new RunPlan(HostList.Parse("n[0-5]").ToTargets(), new PingJob()).Targets;

    public RunResultsTests() => _journal = new RunJournal(_folder["runs"], new FakeTimeProvider());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ResultsAreSets()
    {
        Write(writer =>
        {
            End(writer, 0, Ok);
            End(writer, 1, new NodeResult(NodeOutcome.Exited) { ExitCode = 3 });
            End(writer, 2, new NodeResult(NodeOutcome.CommandTimedOut));
            End(writer, 3, new NodeResult(NodeOutcome.ConnectTimedOut));
            End(writer, 4, new NodeResult(NodeOutcome.NotStarted) { Stop = StopReason.Interrupt });
            End(writer, 5, new NodeResult(NodeOutcome.Exited) { ExitCode = 124 });
        });
        Assert.Equal("n0", Find("ok"));
        Assert.Equal("n[1-5]", Find("failed"));
        Assert.Equal("n[2-3]", Find("timeout"));
        Assert.Equal("n4", Find("notstarted"));
        Assert.Equal("n1", Find("exit=3"));
        Assert.Equal("", Find("exit=7"));
        Assert.Equal(["failed", "ok", "timeout", "notstarted", "exit=0", "exit=3", "exit=124", "differs"], Read().GetSets());
        Assert.All(["other", "exit=", "exit=x", "exit=-1"], set => Assert.Null(Read().Find(set)));
    }

    [Fact]
    public void WhatDiffersIsNotInTheLargestGroup()
    {
        Write(writer =>
        {
            foreach (var (index, chunks) in new (int, string[])[] { (0, ["same"]), (1, ["sa", "me"]), (2, ["other"]), (3, ["s", "ame"]) })
            {
                foreach (var chunk in chunks)
                    writer.Write(new NodeOutput(_targets[index], StreamKind.Stdout, System.Text.Encoding.UTF8.GetBytes(chunk)), TimeSpan.Zero);
                End(writer, index, Ok with { StdoutBytes = chunks.Sum(chunk => chunk.Length) });
            }

            writer.Write(new NodeOutput(_targets[4], StreamKind.Stderr, "same"u8.ToArray()), TimeSpan.Zero);
            End(writer, 4, Ok with { StderrBytes = 4 });
            writer.Write(new NodeOutput(_targets[5], StreamKind.Stdout, "same"u8.ToArray()), TimeSpan.Zero);
            End(writer, 5, new NodeResult(NodeOutcome.Exited) { ExitCode = 1, StdoutBytes = 4 });
        });
        Assert.Equal("n[2,4-5]", Find("differs"));
    }

    [Fact]
    public void WithoutOutputNothingIsCompared()
    {
        Write(writer => End(writer, 0, Ok), JournalLevel.None);
        Assert.Contains("--journal none", Assert.Throws<JournalException>(() => Read().Find("differs")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATargetThatRunsAgainHasItsLastResult()
    {
        Write(writer =>
        {
            End(writer, 0, new NodeResult(NodeOutcome.ConnectFailed));
            writer.Write(new NodeConnecting(_targets[0]), TimeSpan.Zero);
            End(writer, 0, Ok);
        });
        Assert.Equal("n0", Find("ok"));
    }

    [Fact]
    public void AKilledRunSaysAtEveryPointWhatMayRun()
    {
        Write(
            writer =>
            {
                for (var index = 0; index < _targets.Length; index++)
                {
                    writer.Write(new NodeConnecting(_targets[index]), TimeSpan.Zero);
                    if (index % 2 == 0)
                        End(writer, index, Ok);
                }
            },
            ends: false);
        var path = Directory.EnumerateFiles(_journal.Path, "events.json", SearchOption.AllDirectories).Single();
        var content = File.ReadAllBytes(path);
        Gen.Int[0, content.Length].Sample(length =>
        {
            File.WriteAllBytes(path, content[..length]);
            var results = Read();
            Assert.Null(results.End);
            foreach (var target in _targets)
            {
                var result = results.Results[target.Index];
                var expected = results.HasEnded(target) ? NodeOutcome.Exited : results.Unfinished.Any(other => other.Index == target.Index) ? NodeOutcome.Canceled : NodeOutcome.NotStarted;
                Assert.Equal((expected, expected == NodeOutcome.Canceled), (result.Outcome, result.MayStillRun));
            }

            Assert.Equal(_targets.Length, results.NotStarted.Count() + results.Unfinished.Count() + _targets.Count(results.HasEnded));
        }, threads: 1);
    }

    [Fact]
    public void EarlierResultsCount()
    {
        Write(writer =>
        {
            writer.WriteEarlier(_targets[0], Ok);
            End(writer, 1, new NodeResult(NodeOutcome.Exited) { ExitCode = 2 });
        });
        Assert.Equal(("n0", "n2"), (Find("ok"), HostList.Fold(Read().NotStarted.Take(1).Select(target => target.Label))));
    }

    [Fact]
    public void AScriptIsCopiedForTheUserAlone()
    {
        Write(writer => writer.StoreScript(new MemoryStream("echo hi"u8.ToArray())));
        var path = _journal.Read(_journal.Find("1")).ScriptPath!;
        Assert.Equal("echo hi", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void OutputsWithDifferentGapsAreComparedByTheirLength()
    {
        var whole = new OutputDigest(10, 0, "a");
        Assert.True(whole.Matches(new OutputDigest(10, 4, "b")));
        Assert.False(whole.Matches(new OutputDigest(10, 0, "b")));
        Assert.False(whole.Matches(new OutputDigest(11, 4, "a")));
    }

    private void Write(Action<JournalWriter> write, JournalLevel level = JournalLevel.Ends, bool ends = true)
    {
        using var writer = _journal.Begin(
            (id, number) => new JournalEntry { Id = id, Number = number, StartedAt = DateTimeOffset.UnixEpoch, Job = "command", Title = "uptime", Targets = _targets, Level = level },
            level);
        write(writer);
        if (!ends)
            return;
        writer.Complete(0, 0, TimeSpan.Zero, json =>
        {
            json.WriteNumber("exit_code"u8, 0);
            json.WriteNull("stop"u8);
        });
        Assert.Null(writer.Failure);
    }

    private void End(JournalWriter writer, int index, NodeResult result) => writer.Write(new NodeFinished(_targets[index], result), TimeSpan.Zero);

    private RunResults Read() => RunResults.Read(_journal.Read(_journal.Find("1")));

    private string Find(string set) => HostList.Fold(Read().Find(set)!.Select(target => target.Label));
}
