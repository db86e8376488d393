using Volley.Testing;
using Volley.Transports.Inline;
using Xunit;

namespace Volley.Tests.Transports;

/// <summary>Where the callers of a transport continue that completes their calls on a thread of its own.</summary>
public sealed class InlineTransportTests
{
    private static readonly Target Target = new("h");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CallersContinueOnTheThreadPool()
    {
        var transport = new OwnThreadTransport();
        var connecting = PoolResumption.ConnectAsync(transport, Target, Stop).AsTask();
        Assert.True((await transport.ThreadAfterAsync(connecting)).IsThreadPoolThread);
        var session = await connecting;
        Assert.True((await transport.ThreadAfterAsync(session.PingAsync(Stop).AsTask())).IsThreadPoolThread);
        transport.Failure = new TransportException(NodeOutcome.ConnectFailed, "refused");
        Assert.Same(transport.Failure, await Assert.ThrowsAsync<TransportException>(() => transport.ThreadAfterAsync(session.PingAsync(Stop).AsTask())));
        Assert.Same(transport.Failure, await Assert.ThrowsAsync<TransportException>(
            () => transport.ThreadAfterAsync(PoolResumption.ConnectAsync(transport, Target, Stop).AsTask())));
    }

    [Fact]
    public async Task TheExecutorContinuesInline()
    {
        var transport = new OwnThreadTransport();
        var connecting = InlineTransport.From(transport).ConnectAsync(Target, Stop).AsTask();
        Assert.Equal(OwnThreadTransport.Name, (await transport.ThreadAfterAsync(connecting)).Name);
        Assert.Equal(OwnThreadTransport.Name, (await transport.ThreadAfterAsync((await connecting).PingAsync(Stop).AsTask())).Name);
    }

    [Fact]
    public async Task PacingKeepsInlineResumption()
    {
        var transport = new OwnThreadTransport();
        var paced = new PacedTransport(transport);
        Assert.Equal(OwnThreadTransport.Name, (await transport.ThreadAfterAsync(InlineTransport.From(paced).ConnectAsync(Target, Stop).AsTask())).Name);
        Assert.True((await transport.ThreadAfterAsync(paced.ConnectAsync(Target, Stop).AsTask())).IsThreadPoolThread);
    }

    [Fact]
    public void AnotherTransportIsUsedAsItIs()
    {
        var transport = new ScriptedTransport(new NodeScript());
        Assert.Same(transport, InlineTransport.From(transport));
    }

    /// <summary>Completes its calls on a thread of its own, like one that watches sockets.</summary>
    private sealed class OwnThreadTransport : IInlineTransport, ISession
    {
        public const string Name = "own";

        private TaskCompletionSource<ISession> _call = new();

        public Exception? Failure { get; set; }

        public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
            PoolResumption.ConnectAsync(this, target, cancellationToken);

        public ValueTask<ISession> ConnectInlineAsync(Target target, CancellationToken cancellationToken) => new(BeginCall());

        public ValueTask PingAsync(CancellationToken cancellationToken) => new(BeginCall());

        public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void ThrowIfDisposed()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        /// <summary>Completes the pending call, and returns the thread on which its caller continues.</summary>
        public async Task<Thread> ThreadAfterAsync(Task caller)
        {
            var continuing = ContinueAsync();
            new Thread(Complete) { Name = Name, IsBackground = true }.Start();
            return await continuing;

            async Task<Thread> ContinueAsync()
            {
                await caller.ConfigureAwait(false);
                return Thread.CurrentThread;
            }
        }

        private void Complete()
        {
            if (Failure is null)
                _call.SetResult(this);
            else
                _call.SetException(Failure);
        }

        private Task<ISession> BeginCall()
        {
            _call = new TaskCompletionSource<ISession>();
            return _call.Task;
        }
    }
}
