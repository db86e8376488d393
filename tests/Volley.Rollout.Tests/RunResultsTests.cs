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
        // As --retry-on 124 does.
        Assert.Equal("n[2,5]", Find("exit=124"));
        Assert.Equal("", Find("exit=7"));
        Assert.Equal(["failed", "ok", "timeout", "notstarted", "exit=0", "exit=3", "exit=124", "exit=255", "differs"], Read().GetSets());
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ATargetWithoutTheEndOfItsCheckIsNotChecked(bool hasCheck)
    {
        using (var writer = Begin(_journal, hasCheck: hasCheck))
        {
            writer.Write(new BatchStarted(_targets[0], new Batch(1, 2, _targets[..2], IsCanary: true)), TimeSpan.Zero);
            End(writer, 0, Ok);
            writer.Write(new NodeChecked(_targets[0], Ok), TimeSpan.Zero);
            End(writer, 1, Ok);
            End(writer, 2, new NodeResult(NodeOutcome.Exited) { ExitCode = 1 });
        }

        var results = Read();
        Assert.Equal((JournalState.Killed, hasCheck ? "n0" : "n[0-1]", hasCheck ? "n1" : ""), (results.State, Find("ok"), Find("notchecked")));
        Assert.Equal((NodeOutcome.NotStarted, NodeOutcome.Exited), (results.Results[5].Outcome, results.Results[0].Outcome));
        Assert.Empty(results.FailedCanary);
        Assert.Equal(hasCheck ? 1 : 0, results.NotChecked.Count());
    }

    [Fact]
    public void AFailedCanaryIsKnown()
    {
        Write(writer =>
        {
            writer.Write(new BatchStarted(_targets[0], new Batch(1, 2, _targets[..3], IsCanary: true)), TimeSpan.Zero);
            End(writer, 0, Ok);
            End(writer, 1, new NodeResult(NodeOutcome.ConnectFailed));
        });
        Assert.Equal(["n1"], Read().FailedCanary.Select(target => target.Label));
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
                var expected = results.HasEnded(target) ? NodeOutcome.Exited : results.Unfinished.Any(other => other.Index == target.Index) ? NodeOutcome.ConnectionLost : NodeOutcome.NotStarted;
                Assert.Equal((expected, expected == NodeOutcome.ConnectionLost), (result.Outcome, result.MayStillRun));
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
    public void ASignalHasTheCodeOfAShell()
    {
        Write(writer => End(writer, 0, new NodeResult(NodeOutcome.Signaled) { Signal = "TERM" }));
        Assert.Equal("n0", Find("exit=143"));
    }

    [Fact]
    public void DigestsTellWhatTheyDoNotKnow()
    {
        var whole = new OutputDigest(10, 0, "a");
        Assert.True(whole.Matches(new OutputDigest(10, 4, "a")));
        Assert.False(whole.Matches(new OutputDigest(10, 4, "b")));
        Assert.False(whole.Matches(new OutputDigest(11, 4, null)));
        Assert.Null(whole.Matches(new OutputDigest(10, 4, null)));
    }

    [Fact]
    public void OutputsThatDifferOnlyWhereTheJournalHasAGapDiffer()
    {
        var journal = new RunJournal(_folder["runs"], new FakeTimeProvider()) { Limits = new JournalLimits { EndBytes = 4 } };
        foreach (var middle in new[] { "0", "1" })
        {
            using var writer = Begin(journal);
            for (var index = 0; index < 3; index++)
            {
                var output = $"head{(index == 2 ? middle : "0")}tail";
                writer.Write(new NodeOutput(_targets[index], StreamKind.Stdout, System.Text.Encoding.UTF8.GetBytes(output)), TimeSpan.Zero);
                End(writer, index, Ok with { StdoutBytes = output.Length });
            }

            Complete(writer);
        }

        var (first, second) = (ReadOutputs(journal, "1"), ReadOutputs(journal, "2"));
        Assert.Equal((1L, true, false), (second[2].Omitted, first[1].Matches(second[1]), first[2].Matches(second[2])));
        Assert.DoesNotContain("n2", HostList.Fold(RunResults.Read(journal.Read(journal.Find("1"))).Find("differs")!.Take(1).Select(target => target.Label)), StringComparison.Ordinal);
        Assert.Contains(RunResults.Read(journal.Read(journal.Find("2"))).Find("differs")!, target => target.Label == "n2");

        // The other run may have the whole output.
        using (var full = Begin(journal, JournalLevel.Full))
        {
            full.Write(new NodeOutput(_targets[2], StreamKind.Stdout, "head1tail"u8.ToArray()), TimeSpan.Zero);
            End(full, 2, Ok with { StdoutBytes = 9 });
            Complete(full);
        }

        Assert.True(second[2].Matches(ReadOutputs(journal, "3")[2]));
    }

    [Fact]
    public void EachStepHasAGapOfItsOwn()
    {
        var journal = new RunJournal(_folder["runs"], new FakeTimeProvider()) { Limits = new JournalLimits { EndBytes = 4 } };
        using (var writer = Begin(journal))
        {
            for (var index = 0; index < 3; index++)
            {
                for (var step = 1; step <= 2; step++)
                {
                    var output = $"head{(index == 2 && step == 1 ? "1" : "0")}tail";
                    writer.Write(new NodeStarted(_targets[index]) { Step = step }, TimeSpan.Zero);
                    writer.Write(new NodeOutput(_targets[index], StreamKind.Stdout, System.Text.Encoding.UTF8.GetBytes(output)), TimeSpan.Zero);
                }

                End(writer, index, Ok with { StdoutBytes = 18 });
            }

            Complete(writer);
        }

        var outputs = ReadOutputs(journal, "1");
        Assert.Equal((2L, true, false), (outputs[0].Omitted, outputs[0].Matches(outputs[1]), outputs[0].Matches(outputs[2])));
    }

    [Fact]
    public void OutputsOfHostsThatDidNotRunAgainAreThoseOfTheRunBefore()
    {
        using (var first = Begin(_journal))
        {
            foreach (var (index, text) in new[] { (0, "same"), (1, "same"), (2, "else"), (3, "same") })
            {
                first.Write(new NodeOutput(_targets[index], StreamKind.Stdout, System.Text.Encoding.UTF8.GetBytes(text)), TimeSpan.Zero);
                End(first, index, Ok with { StdoutBytes = 4, ExitCode = index == 3 ? 1 : 0 });
            }

            Complete(first);
        }

        var before = RunResults.Read(_journal.Read(_journal.Find("1")));
        using (var second = Begin(_journal, repeats: before.Entry.Id))
        {
            for (var index = 0; index < 3; index++)
                second.WriteEarlier(_targets[index], before.Results[index]);
            second.Write(new NodeConnecting(_targets[3]), TimeSpan.FromSeconds(1));
            second.Write(new NodeOutput(_targets[3], StreamKind.Stdout, "same"u8.ToArray()), TimeSpan.FromSeconds(1));
            End(second, 3, Ok with { StdoutBytes = 4 });
            Complete(second);
        }

        var results = RunResults.Read(_journal.Read(_journal.Find("2")));
        Assert.Equal("n[2,4-5]", HostList.Fold(results.Find("differs")!.Select(target => target.Label)));
        var outputs = _journal.Read(_journal.Find("2")).ReadAllEvents().OfType<JournalEvent>().Select(one => one.Event).OfType<NodeOutput>().ToList();
        Assert.Equal([0, 1, 2, 3], outputs.Select(output => output.Target.Index));

        // Without the run before, they are not known.
        _journal.Remove(_journal.Find("1"));
        var reader = _journal.Read(_journal.Find("2"));
        Assert.Equal([0, 1, 2], reader.ReadAllEvents().OfType<JournalOmission>().Select(omission => omission.Target.Index));
        Assert.Equal(4, reader.ReadAllEvents().OfType<JournalEvent>().Count(one => one.Event is NodeFinished));
        Assert.Contains("n[0-2] is not in the journal", Assert.Throws<JournalException>(() => RunResults.Read(reader).Find("differs")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunThatGoesOnHasNoFailuresYet()
    {
        using var writer = Begin(_journal);
        writer.Write(new NodeConnecting(_targets[0]), TimeSpan.Zero);
        End(writer, 1, new NodeResult(NodeOutcome.Exited) { ExitCode = 2 });
        writer.Write(new NodeConnecting(_targets[2]), TimeSpan.Zero);
        var results = Read();
        Assert.Equal((JournalState.Running, "running", "exit 2"), (results.State, results.GetCause(_targets[0]), results.GetCause(_targets[1])));
        Assert.Equal(("n[1,3-5]", "n[0,2]", "n[3-5]"), (Find("failed"), Find("running"), Find("notstarted")));
        Assert.Contains("running", results.GetSets());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MissingOrCutEventsAreNoRunThatWasKilled(bool isMissing)
    {
        Write(writer => End(writer, 0, Ok));
        var path = Directory.EnumerateFiles(_journal.Path, "events.json.gz", SearchOption.AllDirectories).Single();
        if (isMissing)
            File.Delete(path);
        else
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..100]);
        Assert.Contains(path, Assert.Throws<JournalException>(Read).Message, StringComparison.Ordinal);
        Assert.Equal(JournalState.Ended, _journal.Find("1").State);
        File.Delete(Path.Combine(_journal.Path, "index"));
        Assert.Equal(JournalState.Damaged, _journal.Find("1").State);
    }

    private void Write(Action<JournalWriter> write, JournalLevel level = JournalLevel.Ends, bool ends = true)
    {
        using var writer = Begin(_journal, level);
        write(writer);
        if (ends)
            Complete(writer);
    }

    private JournalWriter Begin(RunJournal journal, JournalLevel level = JournalLevel.Ends, RunId? repeats = null, bool hasCheck = false) => journal.Begin(
        (id, number) => new JournalEntry
        {
            HasCheck = hasCheck,
            Id = id,
            Number = number,
            StartedAt = DateTimeOffset.UnixEpoch,
            Job = "command",
            Title = "uptime",
            Targets = _targets,
            Level = level,
            Repeats = repeats,
        },
        level);

    private static void Complete(JournalWriter writer)
    {
        writer.Complete(0, 0, TimeSpan.Zero, json =>
        {
            json.WriteNumber("exit_code"u8, 0);
            json.WriteNull("stop"u8);
        });
        Assert.Null(writer.Failure);
    }

    private void End(JournalWriter writer, int index, NodeResult result) => writer.Write(new NodeFinished(_targets[index], result), TimeSpan.Zero);

    private static IReadOnlyList<OutputDigest> ReadOutputs(RunJournal journal, string run) => RunResults.Read(journal.Read(journal.Find(run))).ReadOutputs();

    private RunResults Read() => RunResults.Read(_journal.Read(_journal.Find("1")));

    private string Find(string set) => HostList.Fold(Read().Find(set)!.Select(target => target.Label));
}
