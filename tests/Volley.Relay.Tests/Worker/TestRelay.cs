using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests.Worker;

/// <summary>A relay that runs in the test's process, over scripted transports.</summary>
internal sealed class TestRelay : IAsyncDisposable, ILogger
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("volley-relay-");
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly RelayServer _server;
    private readonly ITransport _transport;
    private readonly Task _running;

    private TestRelay(RelayServer server, ITransport transport, Func<RelayWorkerOptions, RelayWorkerOptions>? change)
    {
        _server = server;
        _transport = transport;
        var options = new RelayWorkerOptions { Name = "r", Group = "g", IsInsecure = true, StateDirectory = _directory.FullName, Version = "1" };
        Worker = new RelayWorker(server, change?.Invoke(options) ?? options, OpenAsync, this);
        _running = Worker.RunAsync(_drain.Token, _stop.Token);
    }

    public RelayWorker Worker { get; }

    public ScriptedTransport Transport => (ScriptedTransport)_transport;

    /// <summary>The passwords with which transports were opened.</summary>
    public ConcurrentQueue<string?> Passwords { get; } = [];

    /// <summary>What the relay has logged.</summary>
    public ConcurrentQueue<string> Log { get; } = [];

    public Task Ended => _running;

    public string AuditLog => File.ReadAllText(Path.Combine(_directory.FullName, "audit-r.jsonl"));

    public static async Task<TestRelay> StartAsync(NatsServer nats, NodeScript script, Func<RelayWorkerOptions, RelayWorkerOptions>? change = null) =>
        await StartAsync(await nats.ConnectAsync(), script, change);

    public static Task<TestRelay> StartAsync(RelayServer server, NodeScript script, Func<RelayWorkerOptions, RelayWorkerOptions>? change = null) =>
        StartAsync(server, new ScriptedTransport(script), change);

    public static async Task<TestRelay> StartAsync(RelayServer server, ITransport transport, Func<RelayWorkerOptions, RelayWorkerOptions>? change = null)
    {
        var relay = new TestRelay(server, transport, change);
        await WrittenController.WaitAsync(() => relay._running.IsCompleted || relay.Log.Any(line => line.Contains(" serves ", StringComparison.Ordinal)));
        if (relay._running.IsCompleted)
            await relay._running;
        return relay;
    }

    public void Drain() => _drain.Cancel();

    public void Stop() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.DisposeAsync();
        _drain.Dispose();
        _stop.Dispose();
        _directory.Delete(recursive: true);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Log.Enqueue(formatter(state, exception) + exception);
        TestContext.Current.TestOutputHelper?.WriteLine(formatter(state, exception) + exception);
    }

    private ValueTask<ITransport> OpenAsync(RelayConnectionSettings settings, string? password, CancellationToken cancellationToken)
    {
        Passwords.Enqueue(password);
        return ValueTask.FromResult(_transport);
    }
}
