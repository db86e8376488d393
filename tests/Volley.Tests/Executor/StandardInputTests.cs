using System.IO.Pipelines;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

public class StandardInputTests
{
    private const int Large = 5 * 1024 * 1024;

    private static readonly NodeScript ReadsAll = new() { Command = process => process.ReadInputToEndAsync() };

    private static readonly byte[] Data = RandomBytes(Large);

    [Fact]
    public async Task EveryTargetReadsTheWholeStream()
    {
        using var input = StandardInput.FromStream(new MemoryStream(Data));
        var transport = new ScriptedTransport(ReadsAll);
        var run = await Executions.RunAsync(transport, PlanOf(4, input));
        Assert.All(run.Results, r => Assert.True(r.Succeeded));
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(Data, transport.Process(i).Input));
    }

    [Fact]
    public async Task EveryTargetReadsTheWholeFile()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, Data, TestContext.Current.CancellationToken);
            using var input = StandardInput.FromFile(path);
            var transport = new ScriptedTransport(ReadsAll);
            await Executions.RunAsync(transport, PlanOf(4, input) with { MaxConcurrency = 2 });
            Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(Data, transport.Process(i).Input));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void AFileThatIsNotThereIsAnError() =>
        Assert.Throws<FileNotFoundException>(() => StandardInput.FromFile("/no-such-file"));

    [Fact]
    public async Task AnEmptyInputIsEndedAtOnce()
    {
        using var input = StandardInput.FromStream(Stream.Null);
        var transport = new ScriptedTransport(ReadsAll);
        var run = await Executions.RunAsync(transport, PlanOf(2, input));
        Assert.All(run.Results, r => Assert.True(r.Succeeded));
        Assert.True(transport.Process(0).InputClosed);
        Assert.Empty(transport.Process(0).Input);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task NothingIsKeptOnceEachTargetReadsOrHasFailed(int unreachable)
    {
        // The whole input was kept for targets that could not start any more.
        const int Reading = 3;
        var pipe = new Pipe();
        using var input = StandardInput.FromStream(pipe.Reader.AsStream());
        using var finished = new SemaphoreSlim(0);
        using var reading = new SemaphoreSlim(0);
        var transport = new ScriptedTransport(target => target.Index >= Reading
            ? NodeScript.FailsToConnect(new TransportException(NodeOutcome.ConnectFailed, "refused"))
            : ReadsAll with
            {
                TakeInput = () =>
                {
                    reading.Release();
                    return Task.CompletedTask;
                },
            });
        var running = Executions.RunAsync(transport, PlanOf(Reading + unreachable, input), onEvent: e =>
        {
            if (e is NodeFinished)
                finished.Release();
            return Task.CompletedTask;
        });
        for (var i = 0; i < unreachable; i++)
            await finished.WaitAsync(TestContext.Current.CancellationToken).Within();
        // A target that has the first byte has begun to read; that byte may be kept.
        await pipe.Writer.WriteAsync(Data.AsMemory(0, 1), TestContext.Current.CancellationToken);
        for (var i = 0; i < Reading; i++)
            await reading.WaitAsync(TestContext.Current.CancellationToken).Within();
        await pipe.Writer.WriteAsync(Data.AsMemory(1), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        var run = await running;
        Assert.Equal(Reading, run.Results.Count(r => r.Succeeded));
        Assert.All(Enumerable.Range(0, Reading), i => Assert.Equal(Data, transport.Process(i).Input));
        Assert.InRange(input.KeptForLateStarters, 0, 1);
    }

    [Fact]
    public async Task LateStartersReadItFromItsBeginning()
    {
        using var input = StandardInput.FromStream(new MemoryStream(Data));
        var transport = new ScriptedTransport(ReadsAll);
        await Executions.RunAsync(transport, PlanOf(3, input) with { MaxConcurrency = 1 });
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Data, transport.Process(i).Input));
    }

    [Fact]
    public async Task ATargetThatStopsReadingDelaysNoOther()
    {
        using var input = StandardInput.FromStream(new MemoryStream(Data));
        var transport = new ScriptedTransport(target => target.Index == 0
            ? NodeScript.Runs() with { InputLimit = 1, Command = ReadsAll.Command }
            : ReadsAll);
        using var control = new RunControl();
        var plan = PlanOf(3, input);
        var run = await Executions.RunAsync(transport, plan, control, onEvent: e =>
        {
            if (e is NodeFinished && control.Counts.Completed == 2)
                control.Cancel(plan.Targets[0]);
            return Task.CompletedTask;
        });
        Assert.Equal([NodeOutcome.Canceled, NodeOutcome.Exited, NodeOutcome.Exited], run.Outcomes);
        Assert.Equal(Data, transport.Process(2).Input);
    }

    [Fact]
    public async Task ATargetThatEndsWhileItsInputIsStuckDelaysNoOther()
    {
        var stuck = new TaskCompletionSource();
        using var input = StandardInput.FromStream(new MemoryStream(Data));
        var transport = new ScriptedTransport(target => target.Index == 0 ? NodeScript.Exits(0) with { TakeInput = () => stuck.Task } : ReadsAll);
        var run = await Executions.RunAsync(transport, PlanOf(2, input));
        Assert.All(run.Results, r => Assert.True(r.Succeeded));
        Assert.Equal(Data, transport.Process(1).Input);
    }

    [Fact]
    public async Task TheSlowestReaderSetsThePace()
    {
        const int Lead = 1024 * 1024;
        const int Chunk = 32 * 1024;
        var gate = new TaskCompletionSource();
        var source = new CountingStream(Data);
        using var input = StandardInput.FromStream(source);
        var transport = new ScriptedTransport(target => target.Index == 0 ? ReadsAll with { TakeInput = () => gate.Task } : ReadsAll);
        var running = Executions.RunAsync(transport, PlanOf(2, input));
        await source.ReadAsync(Lead).Within();
        Assert.InRange(source.Count, Lead, Lead + (2 * Chunk));
        gate.SetResult();
        await running;
        Assert.Equal(Data, transport.Process(0).Input);
        Assert.Equal(Data, transport.Process(1).Input);
    }

    [Fact]
    public async Task EveryByteComesOnceWhereNothingIsKept()
    {
        // A target that read the first part only after the second had arrived got it twice. The window is too small to hit but by repetition.
        var data = Data[..100_000];
        for (var round = 0; round < 100; round++)
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            using var input = StandardInput.FromStream(pipe.Reader.AsStream());
            var transport = new ScriptedTransport(ReadsAll);
            var running = Executions.RunAsync(transport, PlanOf(16, input));
            await transport.StartsAsync(16);
            await pipe.Writer.WriteAsync(data, TestContext.Current.CancellationToken);
            await pipe.Writer.CompleteAsync();
            await running;
            Assert.All(Enumerable.Range(0, 16), i => Assert.Equal(data, transport.Process(i).Input));
        }
    }

    [Fact]
    public async Task APipeIsPassedOnAsItComes()
    {
        var pipe = new Pipe();
        using var input = StandardInput.FromStream(pipe.Reader.AsStream());
        var got = new TaskCompletionSource();
        var transport = new ScriptedTransport(ReadsAll with
        {
            TakeInput = () =>
            {
                got.TrySetResult();
                return Task.CompletedTask;
            },
        });
        var running = Executions.RunAsync(transport, PlanOf(1, input));
        await pipe.Writer.WriteAsync(Data.AsMemory(0, 10), TestContext.Current.CancellationToken);
        await got.Task.Within();
        Assert.False(running.IsCompleted);
        await pipe.Writer.CompleteAsync();
        await running;
        Assert.Equal(Data[..10], transport.Process(0).Input);
    }

    [Fact]
    public async Task AnOpenInputDoesNotKeepACommandThatHasEnded()
    {
        var pipe = new Pipe();
        using var input = StandardInput.FromStream(pipe.Reader.AsStream());
        var run = await Executions.RunAsync(new ScriptedTransport(NodeScript.Exits(2)), PlanOf(3, input));
        Assert.All(run.Results, r => Assert.Equal(2, r.ExitCode));
        await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public async Task ASourceThatFailsEndsTheTargets()
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync(new IOException("torn"));
        using var input = StandardInput.FromStream(pipe.Reader.AsStream());
        var transport = new ScriptedTransport(NodeScript.Runs());
        var run = await Executions.RunAsync(transport, PlanOf(2, input));
        Assert.All(run.Results, r => Assert.Contains("torn", r.Message, StringComparison.Ordinal));
        Assert.Equal(2, transport.Signals.Count);
    }

    [Fact]
    public async Task AStreamServesOneRunSoThatARerunEmptiesNoFiles()
    {
        // The second run read nothing and exited with 0, and the files of the first were empty.
        var path = Path.GetTempFileName();
        try
        {
            using var input = StandardInput.FromStream(new MemoryStream(Data));
            await using var transport = new ExecTransport();
            var plan = Executions.Plan(1, CommandJob.Shell($"cat > {path}") with { Input = input });
            Assert.True((await Executions.RunAsync(transport, plan)).ResultOf(0).Succeeded);
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Executions.RunAsync(transport, plan));
            Assert.Contains("one run", failure.Message, StringComparison.Ordinal);
            Assert.Equal(Data, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task AStreamServesOneOfTwoRunsAtOnce()
    {
        var gate = new TaskCompletionSource();
        using var input = StandardInput.FromStream(new MemoryStream(Data));
        var (first, second) = (new ScriptedTransport(ReadsAll with { TakeInput = () => gate.Task }), new ScriptedTransport(ReadsAll));
        var running = Executions.RunAsync(first, PlanOf(2, input));
        await first.StartsAsync(2);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Executions.RunAsync(second, PlanOf(2, input)));
        Assert.Equal(0, second.Connects);
        gate.SetResult();
        await running;
        Assert.All(Enumerable.Range(0, 2), i => Assert.Equal(Data, first.Process(i).Input));
    }

    [Fact]
    public async Task AScriptFromAStreamServesOneRun()
    {
        using var script = StandardInput.FromStream(new MemoryStream("exit 3"u8.ToArray()));
        var plan = Executions.Plan(2, CommandJob.Script(script, []));
        await using var transport = new ExecTransport();
        Assert.All((await Executions.RunAsync(transport, plan)).Results, result => Assert.Equal(3, result.ExitCode));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Executions.RunAsync(transport, plan));
    }

    [Fact]
    public async Task AFileServesAnyNumberOfRuns()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, Data, TestContext.Current.CancellationToken);
            using var input = StandardInput.FromFile(path);
            Assert.True(input.IsRepeatable);
            var transports = Enumerable.Range(0, 3).Select(_ => new ScriptedTransport(ReadsAll)).ToList();
            await Task.WhenAll(transports.Select(transport => Executions.RunAsync(transport, PlanOf(2, input))));
            Assert.All(transports, transport => Assert.Equal(Data, transport.Process(1).Input));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ADisposedInputStartsNothing(bool isFile)
    {
        var path = Path.GetTempFileName();
        var input = isFile ? StandardInput.FromFile(path) : StandardInput.FromStream(new MemoryStream(Data));
        input.Dispose();
        File.Delete(path);
        var transport = new ScriptedTransport(ReadsAll);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Executions.RunAsync(transport, PlanOf(1, input)));
        Assert.Equal(0, transport.Connects);
    }

    [Fact]
    public void AStreamThatCannotBeReadIsRefused()
    {
        Assert.Throws<ArgumentNullException>("source", () => StandardInput.FromStream(null!));
        var closed = new MemoryStream();
        closed.Dispose();
        Assert.Throws<ArgumentException>("source", () => StandardInput.FromStream(closed));
    }

    private static RunPlan PlanOf(int targets, StandardInput input) => Executions.Plan(targets, CommandJob.Shell("cat") with { Input = input });

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(2).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A source that counts the bytes that were read.</summary>
    private sealed class CountingStream(byte[] data) : MemoryStream(data)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _wanted = long.MaxValue;

        public long Count { get; private set; }

        public Task ReadAsync(long count)
        {
            lock (_reached)
            {
                _wanted = count;
                Check();
            }

            return _reached.Task;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, cancellationToken);
            lock (_reached)
            {
                Count += count;
                Check();
            }

            return count;
        }

        private void Check()
        {
            if (Count >= _wanted)
                _reached.TrySetResult();
        }
    }
}
