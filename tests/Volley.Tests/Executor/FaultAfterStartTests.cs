using System.Globalization;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>After any failure that follows a command's start, the command was stopped or its result says that it may still run.</summary>
public class FaultAfterStartTests
{
    private static readonly Dictionary<string, Exception> Kinds = new Exception[]
    {
        new IOException("broken pipe"), new SocketException(104), new ObjectDisposedException("a connection"), new InsufficientMemoryException(),
        new InvalidOperationException("a bug"), new InvalidCastException(), new OperationCanceledException(), new TimeoutException(),
        new TransportException(NodeOutcome.ConnectionLost, "reset"), new TransportException(NodeOutcome.Faulted, "a bug"),
    }.ToDictionary(kind => kind is TransportException failure ? $"{failure.Outcome}" : kind.GetType().Name);

    public static TheoryData<string, string> Cases =>
        [.. from place in (string[])["read", "wait", "wait later", "write", "gate"] from kind in Kinds.Keys select (place, kind)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task TheCommandIsStoppedOrMayStillRun(string place, string kind)
    {
        foreach (var canBeSignaled in new[] { true, false })
        {
            var transport = new ScriptedTransport(ScriptOf(place, Kinds[kind], canBeSignaled));
            using var input = StandardInput.FromStream(new MemoryStream([1, 2, 3]));
            var plan = Executions.Plan(1, CommandJob.Shell("cat") with { Input = input }) with { StopGrace = TimeSpan.FromMilliseconds(50) };
            if (place == "gate")
                plan = plan with { OutputGate = _ => throw Kinds[kind] };
            var result = (await Executions.RunAsync(transport, plan)).ResultOf(0);
            Assert.Equal((Kinds[kind] as TransportException)?.Outcome ?? NodeOutcome.Faulted, result.Outcome);
            var isEndKnown = place is not ("wait" or "wait later");
            // A transport that reports its own failure as the command's end has no connection to send a signal on.
            var isSignaled = isEndKnown || Kinds[kind] is not TransportException;
            Assert.Equal(isSignaled ? "TERM" : null, transport.SignalsTo(0).FirstOrDefault());
            Assert.Equal(!canBeSignaled || !isEndKnown, result.MayStillRun);
        }
    }

    [Theory]
    [InlineData(NodeOutcome.ConnectFailed)]
    [InlineData(NodeOutcome.AuthenticationFailed)]
    [InlineData(NodeOutcome.HostKeyRejected)]
    [InlineData(NodeOutcome.NameNotResolved)]
    public async Task ACommandThatCouldNotConnectDoesNotRun(NodeOutcome outcome)
    {
        var script = NodeScript.Runs() with { WaitFailure = new TransportException(outcome, "refused") };
        var result = (await Executions.RunAsync(new ScriptedTransport(script with { ConnectsAtStart = true }), Executions.Plan(1))).ResultOf(0);
        Assert.Equal((outcome, false), (result.Outcome, result.MayStillRun));
        // A session that was connected before the start had started the command, whatever it reports.
        result = (await Executions.RunAsync(new ScriptedTransport(script), Executions.Plan(1))).ResultOf(0);
        Assert.Equal((outcome, true), (result.Outcome, result.MayStillRun));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AfterAnUnexpectedFailureToStartTheCommandMayRun(bool isExpected)
    {
        Exception failure = isExpected ? new TransportException(NodeOutcome.ConnectFailed, "refused") : new InvalidOperationException("a bug");
        var transport = new ScriptedTransport(NodeScript.Runs() with { Start = (_, _) => Task.FromException(failure) });
        var result = (await Executions.RunAsync(transport, Executions.Plan(1))).ResultOf(0);
        Assert.Equal(!isExpected, result.MayStillRun);
    }

    [Fact]
    public async Task AStreamThatDoesNotExistIsAFault()
    {
        var transport = new ScriptedTransport(NodeScript.Runs() with { Command = async process => await process.PrintAsync("x", (StreamKind)7) });
        var result = (await Executions.RunAsync(transport, Executions.Plan(1))).ResultOf(0);
        Assert.Equal(NodeOutcome.Faulted, result.Outcome);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task ALocalCommandIsStopped(string place, string kind)
    {
        await using var transport = new FaultyTransport(place, Kinds[kind]);
        using var input = StandardInput.FromStream(new MemoryStream([1, 2, 3]));
        var plan = Executions.Plan(1, CommandJob.Shell("echo $$; exec sleep 600") with { Input = input });
        if (place == "gate")
            plan = plan with { OutputGate = _ => transport.HasPrinted.IsCompleted ? throw Kinds[kind] : null };
        var run = await Executions.RunAsync(transport, plan);
        Assert.Equal((Kinds[kind] as TransportException)?.Outcome ?? NodeOutcome.Faulted, run.ResultOf(0).Outcome);
        var processId = int.Parse(run.Text(0), CultureInfo.InvariantCulture);
        Assert.False(Directory.Exists($"/proc/{processId}"), "the command still runs");
    }

    private static NodeScript ScriptOf(string place, Exception failure, bool canBeSignaled)
    {
        var script = NodeScript.Runs();
        if (!canBeSignaled)
            script = script with { Signal = (_, _) => throw new NotSupportedException() };
        return place switch
        {
            "read" => script with { ReadFailure = failure },
            "wait" => script with { WaitFailure = failure },
            "wait later" => script with { Command = async process => { await Task.Yield(); process.Fail(failure); await Task.Delay(-1, process.Ended); } },
            "write" => script with { WriteFailure = failure },
            _ => script,
        };
    }

    /// <summary>Runs local commands, and fails in one place once they have printed.</summary>
    private sealed class FaultyTransport(string place, Exception failure) : ITransport
    {
        private readonly ExecTransport _inner = new();
        private readonly TaskCompletionSource _printed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasPrinted => _printed.Task;

        public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
            new Session(this, await _inner.ConnectAsync(target, cancellationToken));

        public ValueTask DisposeAsync() => _inner.DisposeAsync();

        private async ValueTask FailAsync(string where)
        {
            if (place != where)
                return;
            await _printed.Task;
            throw failure;
        }

        private sealed class Session(FaultyTransport transport, ISession inner) : ISession
        {
            public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

            public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) =>
                new Process(transport, await inner.StartAsync(command, cancellationToken));

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }

        private sealed class Process(FaultyTransport transport, IRemoteProcess inner) : IRemoteProcess
        {
            public bool HasSurvivors => inner.HasSurvivors;

            public bool HasArguments => inner.HasArguments;

            public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
            {
                if (transport.HasPrinted.IsCompleted)
                    await transport.FailAsync("read");
                var read = await inner.ReadAsync(buffer, cancellationToken);
                transport._printed.TrySetResult();
                return read;
            }

            public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
            {
                await transport.FailAsync("write");
                return await inner.WriteAsync(data, cancellationToken);
            }

            public void CloseInput() => inner.CloseInput();

            public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => inner.SendSignalAsync(signal, cancellationToken);

            public async ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken)
            {
                await transport.FailAsync("wait");
                await transport.FailAsync("wait later");
                return await inner.WaitForExitAsync(cancellationToken);
            }

            public ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => inner.ConfirmEndedAsync(wait, cancellationToken);

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
