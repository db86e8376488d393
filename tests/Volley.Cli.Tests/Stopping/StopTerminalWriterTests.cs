using System.Text;
using Volley.Cli.Terminal;
using Volley.Cli.Terminal.Cells;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>The writer of both output files: order, back-pressure, readers that leave or take nothing, and the status area.</summary>
public sealed class StopTerminalWriterTests : IDisposable
{
    /// <summary>How much waits to be written before a write blocks.</summary>
    private const int Capacity = 256 * 1024;

    /// <summary>Far more than fits.</summary>
    private const int ManyChunks = 200;

    private static readonly byte[] Chunk = Encoding.UTF8.GetBytes(new string('x', 4095) + "\n");

    private readonly StopJournal _journal = new();
    private readonly List<StopOutputFile> _files = [];

    [Fact]
    public void TwoDescriptorsOfOneFileKeepTheirOrder()
    {
        var (writer, _, _) = Same();
        var wanted = new StringBuilder();
        for (var i = 0; i < 1000; i++)
        {
            writer.PrintOut($"out {i}");
            writer.PrintErr($"err {i}");
            wanted.Append($"out {i}\nerr {i}\n");
        }
        writer.Flush();
        Assert.Equal(wanted.ToString(), _journal.Text);
    }

    [Fact]
    public void ShortWritesSplitNoLineOfTheOther()
    {
        var writer = new TerminalWriter(File("one", room: 3), File("one", room: 2));
        for (var i = 0; i < 100; i++)
        {
            writer.PrintOut($"standard output {i}");
            writer.PrintErr($"standard error {i}");
        }
        writer.Flush();
        Assert.Equal(string.Concat(Enumerable.Range(0, 100).Select(i => $"standard output {i}\nstandard error {i}\n")), _journal.Text);
    }

    [Fact]
    public void AFileThatNobodyReadsIsWrittenByWhoHasSomethingToWrite()
    {
        var writer = new TerminalWriter(File("one", isAlwaysReady: true), File("another"));
        writer.PrintOut("at once");
        Assert.Equal("at once\n", _journal.Text);
    }

    [Fact]
    public void AMessageWaitsForAWriteByAnyThread()
    {
        var file = File("one", room: 3, isAlwaysReady: true);
        var writer = new TerminalWriter(file, File("one", room: 2));
        file.Halt();
        var writing = Start(() => writer.PrintOut("standard output"));
        file.AwaitBegun();
        writer.PrintErr("standard error");
        file.GoOn();
        Assert.True(writing.Join(Transcript.DefaultLimit));
        writer.PrintOut("more");
        writer.Flush();
        Assert.Equal("standard output\nstandard error\nmore\n", _journal.Text);
    }

    [Fact]
    public void WhatComesDuringAWriteSharesTheNext()
    {
        var (writer, stdout, _) = Apart();
        stdout.Halt();
        writer.PrintOut("first");
        stdout.AwaitBegun();
        stdout.Begun.Reset();
        writer.PrintOut("second");
        writer.PrintOut("third");
        stdout.GoOn();
        writer.Flush();
        Assert.Equal("first\nsecond\nthird\n", _journal.Text);
        Assert.Equal("second\nthird\n".Length, stdout.Longest);
    }

    [Fact]
    public void OneWriteIsNeverLong()
    {
        var (writer, stdout, _) = Apart();
        var data = new byte[1024 * 1024];
        data.AsSpan().Fill((byte)'x');
        writer.WriteOut(data);
        writer.Flush();
        Assert.Equal(data.Length, _journal.Text.Length);
        Assert.InRange(stdout.Longest, 1, 64 * 1024);
    }

    [Fact]
    public void ASlowReaderBlocksWhoWrites()
    {
        var (writer, stdout, _) = Apart();
        stdout.Halt();
        var (thread, chunks) = WriteManyChunks(writer);
        AwaitBlocked(thread);

        // One batch is being written, the next one waits.
        Assert.InRange(chunks.Count * Chunk.Length, Capacity, (2 * Capacity) + (2 * Chunk.Length));
        Assert.Equal("", _journal.Text);

        stdout.GoOn();
        Assert.True(thread.Join(Transcript.DefaultLimit));
        writer.Flush();
        Assert.Equal(ManyChunks * Chunk.Length, _journal.Text.Length);
    }

    [Fact]
    public void AMessageIsNeverBlocked()
    {
        // One file for both, and it is full.
        var (writer, stdout, _) = Same();
        stdout.Halt();
        var (thread, _) = WriteManyChunks(writer);
        AwaitBlocked(thread);

        // On a thread of its own, so that a fault is a failure and no hang.
        var message = new Thread(() => writer.PrintErr("Received Ctrl+C.")) { IsBackground = true };
        message.Start();
        Assert.True(message.Join(Transcript.DefaultLimit), "the message waits for the reader");

        stdout.GoOn();
        Assert.True(thread.Join(Transcript.DefaultLimit));
        writer.Flush();
        Assert.Contains("\nReceived Ctrl+C.\n", _journal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ABlockedStandardOutputDoesNotHoldStandardError()
    {
        var (writer, stdout, stderr) = Apart();
        stdout.Halt();
        writer.PrintOut("out");
        stdout.AwaitBegun();
        writer.PrintErr("err");
        stderr.AwaitBegun();
        Assert.True(SpinWait.SpinUntil(() => _journal.Text == "err\n", Transcript.DefaultLimit));
        stdout.GoOn();
        writer.Flush();
        Assert.Equal("err\nout\n", _journal.Text);
    }

    [Fact]
    public async Task AStandardOutputThatFailsIsReportedOnceAndTheOtherGoesOn()
    {
        var (writer, stdout, _) = Same();
        stdout.Fail(OutputFailure.ReaderLeft);
        for (var i = 0; i < 3; i++)
            writer.PrintOut("lost");
        writer.PrintErr("kept");
        writer.Flush();
        Assert.Equal("kept\n", _journal.Text);
        var failure = await writer.StdoutFailed.WaitAsync(Transcript.DefaultLimit);
        Assert.Equal(OutputFailure.ReaderLeft, failure.Failure);
    }

    [Fact]
    public async Task AFailureReleasesWhoIsBlocked()
    {
        var (writer, stdout, _) = Apart();
        stdout.Halt();
        var (thread, _) = WriteManyChunks(writer);
        AwaitBlocked(thread);

        stdout.Fail(OutputFailure.ReaderLeft);
        stdout.GoOn();

        Assert.True(thread.Join(Transcript.DefaultLimit), "it waits for a reader that has left");
        writer.Flush();
        await writer.StdoutFailed.WaitAsync(Transcript.DefaultLimit);
    }

    [Fact]
    public void AStandardErrorThatFailsIsNobodysLoss()
    {
        var (writer, _, stderr) = Apart();
        stderr.Fail(OutputFailure.ReaderLeft);
        writer.PrintErr("lost");
        writer.PrintOut("kept");
        writer.Flush();
        Assert.Equal("kept\n", _journal.Text);
        Assert.False(writer.StdoutFailed.IsCompleted);
    }

    [Fact]
    public void AFailureIsToldOncePerFile()
    {
        var failures = new List<IOutputFile>();
        var lane = new WriteLane((file, _) => failures.Add(file));
        var (first, second) = (File("first"), File("second"));
        first.Fail(OutputFailure.Fault);
        second.Fail(OutputFailure.Fault);
        for (var i = 0; i < 3; i++)
        {
            lane.Write(first, "x\n"u8);
            lane.Flush();
            lane.Post(second, "y\n"u8);
            lane.Flush();
        }
        Assert.Equal([first, second], failures);
    }

    [Fact]
    public void AbandoningReleasesAllWaiters()
    {
        var lane = new WriteLane((_, _) => { });
        var file = File("one");
        file.Halt();
        var writing = Start(() =>
        {
            for (var i = 0; i < ManyChunks; i++)
                lane.Write(file, Chunk);
        });
        AwaitBlocked(writing);
        var flushing = Start(lane.Flush);
        AwaitBlocked(flushing);

        lane.Abandon();

        Assert.True(writing.Join(Transcript.DefaultLimit), "who writes is still blocked");
        Assert.True(flushing.Join(Transcript.DefaultLimit), "who waits for the end is still blocked");
        // What comes later is dropped, and nobody waits for it.
        lane.Write(file, Chunk);
        lane.Post(file, Chunk);
        lane.Flush();
        Assert.Equal(TimeSpan.Zero, lane.StuckFor);
        Assert.Equal("", _journal.Text);
    }

    [Fact]
    public void OnlyALaneWithSomethingToWriteIsStuck()
    {
        var lane = new WriteLane((_, _) => { });
        var file = File("one");
        Assert.Equal(TimeSpan.Zero, lane.StuckFor);
        file.Halt();
        lane.Write(file, "x\n"u8);
        file.AwaitBegun();
        Assert.True(SpinWait.SpinUntil(() => lane.StuckFor > TimeSpan.FromMilliseconds(50), Transcript.DefaultLimit));
        file.GoOn();
        lane.Flush();
        Assert.Equal(TimeSpan.Zero, lane.StuckFor);
    }

    [Fact]
    public async Task AReaderThatTakesNothingIsGivenUp()
    {
        var (writer, stdout, stderr) = Apart();
        stdout.Halt();
        var (thread, _) = WriteManyChunks(writer);
        AwaitBlocked(thread);

        using var done = new CancellationTokenSource();
        var watching = writer.GiveUpWhenStuckAsync(TimeSpan.FromMilliseconds(100), done.Token);

        Assert.True(thread.Join(Transcript.DefaultLimit), "it still waits for the reader");
        writer.PrintErr("the end");
        writer.Flush();
        Assert.Equal("the end\n", _journal.Text);
        Assert.Equal("the end\n".Length, stderr.Longest);
        await done.CancelAsync();
        await watching.WaitAsync(Transcript.DefaultLimit);
    }

    [Fact]
    public void TheStatusIsErasedBeforeOutputAndDrawnAgainAfterIt()
    {
        const string Erase = "\r\e[K\e[C\e[J\r";
        var (writer, _, _) = Same();
        Step(() => writer.SetStatus(Lines("1 of 2", "n1")), "1 of 2\r\nn1\r\e[1A");
        Step(() => writer.PrintOut("line"), Erase + "line\n1 of 2\r\nn1\r\e[1A");
        Step(() => writer.PrintErr("message"), Erase + "message\n1 of 2\r\nn1\r\e[1A");
        // Of lines of the same size only what differs is written.
        Step(() => writer.SetStatus(Lines("1 of 2", "n2")), "\e[1B\e[2G2\r\e[1A");
        Step(() => writer.SetStatus(Lines("1 of 2", "n2")), "");
        Step(() => writer.SetStatus(Lines("2 of 2")), Erase + "2 of 2\r");
        Step(() => writer.PrintOut("last"), Erase + "last\n2 of 2\r");
        Step(() => writer.SetStatus(null), Erase);
        Step(() => writer.PrintOut("after"), "after\n");

        void Step(Action action, string wanted)
        {
            var before = _journal.Text.Length;
            action();
            writer.Flush();
            Assert.Equal(wanted, _journal.Text[before..]);
        }
    }

    private static Canvas Lines(params string[] lines)
    {
        var canvas = new Canvas(20, lines.Length);
        for (var y = 0; y < lines.Length; y++)
            canvas.Write(0, y, lines[y]);
        return canvas;
    }

    [Fact]
    public void RemoteTextInAMessageIsHarmless()
    {
        var (writer, _, _) = Apart();
        writer.PrintErr("n1: \e]0;title\a");
        writer.Flush();
        Assert.DoesNotContain('\e', _journal.Text);
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private (TerminalWriter Writer, StopOutputFile Stdout, StopOutputFile Stderr) Same() => Make("one", "one");

    private (TerminalWriter Writer, StopOutputFile Stdout, StopOutputFile Stderr) Apart() => Make("one", "another");

    private (TerminalWriter Writer, StopOutputFile Stdout, StopOutputFile Stderr) Make(string first, string second)
    {
        var (stdout, stderr) = (File(first), File(second));
        return (new TerminalWriter(stdout, stderr), stdout, stderr);
    }

    private StopOutputFile File(string identity, int room = int.MaxValue, bool isAlwaysReady = false)
    {
        var file = new StopOutputFile(_journal, identity) { Room = room, IsAlwaysReady = isAlwaysReady };
        _files.Add(file);
        return file;
    }

    /// <summary>Writes more than fits, on a thread of its own.</summary>
    private static (Thread Thread, Counter Chunks) WriteManyChunks(TerminalWriter writer)
    {
        var counter = new Counter();
        return (Start(() =>
        {
            for (var i = 0; i < ManyChunks; i++)
            {
                writer.WriteOut(Chunk);
                counter.Count = i + 1;
            }
        }), counter);
    }

    private static Thread Start(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    /// <summary>Waits until the thread waits for something, and still does when it is looked at again.</summary>
    private static void AwaitBlocked(Thread thread)
    {
        var looks = 0;
        Assert.True(
            SpinWait.SpinUntil(() => (looks = thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin) ? looks + 1 : 0) > 100, Transcript.DefaultLimit),
            "it was not blocked");
    }

    private sealed class Counter
    {
        public volatile int Count;
    }
}
