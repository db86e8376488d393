using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>Threads of the caller and of its logger, which may block, and must not hold up other connections.</summary>
public class NativeThreadTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly CommandJob Says = CommandJob.Shell("echo in");
    private static readonly Target[] Hosts = [.. Enumerable.Range(0, 12).Select(i => new Target(Fleet.Address(21_100 + i)))];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ABlockedSingleThreadDoesNotDeadlock()
    {
        var (results, one, posts) = await SingleThread.BlockAsync(context =>
        {
            var transport = new NativeTransport(new SshOptions { ConfigFile = fleet.SshConfig });
            var executor = new ParallelExecutor(transport);
            var results = executor.RunToEndAsync(new RunPlan(Hosts, Says), cancellationToken: Stop).GetAwaiter().GetResult();
            var session = transport.ConnectAsync(Hosts[0], Stop).AsTask().GetAwaiter().GetResult();
            session.PingAsync(Stop).AsTask().GetAwaiter().GetResult();
            session.DisposeAsync().AsTask().GetAwaiter().GetResult();
            var one = executor.RunToEndAsync(Hosts[1], Says, Stop).GetAwaiter().GetResult();
            transport.DisposeAsync().AsTask().GetAwaiter().GetResult();
            return (results, one, context.Posts);
        }).WaitAsync(Limit, Stop);
        Assert.All([.. results, one], result => Assert.Equal("in\n", result.Stdout));
        Assert.Equal(0, posts);
    }

    [Fact]
    public async Task ACallerThatBlocksDelaysNoOtherConnection()
    {
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = fleet.SshConfig });
        using var isOver = new ManualResetEventSlim();
        var blocked = new[] { ConnectAsync(), ReadAsync(leaves: true), ReadAsync(leaves: false) };
        var results = await new ParallelExecutor(transport).RunToEndAsync(new RunPlan(Hosts, Says), cancellationToken: Stop).WaitAsync(Limit, Stop);
        isOver.Set();
        await Task.WhenAll(blocked).WaitAsync(Limit, Stop);
        Assert.All(results, result => Assert.Equal("in\n", result.Stdout));

        async Task ConnectAsync()
        {
            await using var session = await transport.ConnectAsync(Hosts[0], Stop).ConfigureAwait(false);
            isOver.Wait(Stop);
        }

        async Task ReadAsync(bool leaves)
        {
            await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(new RunPlan(Hosts[..3], Says), cancellationToken: Stop).ConfigureAwait(false))
            {
                if (leaves)
                    break;
                isOver.Wait(Stop);
            }

            isOver.Wait(Stop);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ALoggerIsCalledOnTheThreadPoolAndMayBlock(bool isAuto)
    {
        using var logger = new BlockingLogger(Hosts[0].Label);
        var options = new SshOptions { ConfigFile = fleet.SshConfig };
        await using ITransport inner = isAuto ? new AutoTransport(options, logger) : new NativeTransport(options, logger);
        await using var transport = new PacedTransport(inner, logger: logger);
        var executor = new ParallelExecutor(transport);
        var blocked = executor.RunToEndAsync(Hosts[0], Says, Stop);
        // The second run takes the open connections, which is logged at another place.
        for (var round = 0; round < 2; round++)
        {
            var results = await executor.RunToEndAsync(new RunPlan(Hosts[1..], Says), cancellationToken: Stop).WaitAsync(Limit, Stop);
            Assert.All(results, result => Assert.Equal("in\n", result.Stdout));
        }

        Assert.False(blocked.IsCompleted);
        logger.Release();
        Assert.Equal("in\n", (await blocked.WaitAsync(Limit, Stop)).Stdout);
        Assert.NotEmpty(logger.Messages);
        Assert.Empty(logger.OtherThreads);
    }

    /// <summary>Blocks while it gets messages about one host.</summary>
    private sealed class BlockingLogger(string host) : ILogger, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public ConcurrentQueue<string> Messages { get; } = [];

        /// <summary>Messages that did not come on the thread pool.</summary>
        public ConcurrentQueue<string> OtherThreads { get; } = [];

        public void Release() => _released.Set();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception);
            Messages.Enqueue(message);
            if (!Thread.CurrentThread.IsThreadPoolThread)
                OtherThreads.Enqueue($"{Thread.CurrentThread.Name}: {message}");
            if (message.StartsWith($"{host}:", StringComparison.Ordinal))
                _released.Wait(Limit);
        }

        public void Dispose() => _released.Dispose();
    }
}
