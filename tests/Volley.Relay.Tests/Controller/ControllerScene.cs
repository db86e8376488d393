using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Volley.Relay.Tests.Controller;

/// <summary>A server, relays in this process, and a controller.</summary>
internal sealed class ControllerScene : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly List<IAsyncDisposable> _owned = [];

    private ControllerScene(NatsServer nats, RelayServer server) => (Nats, Server) = (nats, server);

    public NatsServer Nats { get; }

    /// <summary>The connection of the controller.</summary>
    public RelayServer Server { get; private set; }

    public static async Task<ControllerScene> StartAsync()
    {
        var nats = await NatsServer.StartAsync();
        var server = await nats.ConnectAsync();
        await server.EnsureSharedAsync(TestContext.Current.CancellationToken);
        return new ControllerScene(nats, server);
    }

    /// <summary>Starts a relay whose targets are those of a transport.</summary>
    public async Task<LiveRelay> AddRelayAsync(ITransport transport, string name = "r1", string group = "web", int capacity = 64)
    {
        var relay = await LiveRelay.StartAsync(Server, NatsServer.Options(Nats), transport, name, group, capacity);
        _owned.Add(relay);
        return relay;
    }

    /// <summary>Starts a relay that does only what the test has it do.</summary>
    public async Task<FakeRelay> AddFakeAsync(string name = "fake", string group = "web")
    {
        var relay = await FakeRelay.StartAsync(await Nats.ConnectAsync(), name, group);
        _owned.Add(relay);
        return relay;
    }

    public static RelayRunOptions Options(string run = "run1") => new()
    {
        RunId = run,
        Queue = _ => RelayQueues.ForGroup("web"),
        Connections = new RelayConnectionSettings { Transport = "exec" },
        Controller = "tester@here",
        Title = "uptime",
        Entry = new byte[] { 1, 2, 3 },
        Lease = TimeSpan.FromSeconds(30),
    };

    public async Task<RelayExecutor> OpenAsync(RelayRunOptions? options = null)
    {
        var executor = await RelayExecutor.OpenAsync(
            Server, options ?? Options(), NullLogger.Instance, cancellationToken: TestContext.Current.CancellationToken).WaitAsync(Limit);
        _owned.Add(executor);
        return executor;
    }

    public static RunPlan Plan(int targets, Job? job = null) =>
        new(Enumerable.Range(0, targets).Select(i => new Target($"h{i}")), job ?? CommandJob.Shell("true"));

    /// <summary>Runs a plan to its end.</summary>
    public static async Task<RelayExecution> RunAsync(
        IExecutor executor, RunPlan plan, RunControl? control = null, Func<NodeEvent, ValueTask>? onEvent = null)
    {
        var events = new List<NodeEvent>();
        await ReadAsync().WaitAsync(Limit, TestContext.Current.CancellationToken);
        return new RelayExecution(plan, events);

        async Task ReadAsync()
        {
            await foreach (var nodeEvent in executor.RunAsync(plan, control))
            {
                events.Add(nodeEvent);
                if (onEvent is not null)
                    await onEvent(nodeEvent);
            }
        }
    }

    /// <summary>A transport that runs a shell command here for each target.</summary>
    public static ExecTransport Exec() => new((_, command) => command.Arguments);

    public async ValueTask DisposeAsync()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
            await _owned[i].DisposeAsync();
        await Server.DisposeAsync();
        await Nats.DisposeAsync();
    }
}

/// <summary>A run that has ended.</summary>
internal sealed record RelayExecution(RunPlan Plan, IReadOnlyList<NodeEvent> Events)
{
    public ImmutableArray<NodeResult> Results => [.. Plan.Targets.Select(target => Events.OfType<NodeFinished>().Single(end => end.Target.Index == target.Index).Result)];

    public IEnumerable<NodeOutcome> Outcomes => Results.Select(result => result.Outcome);

    public string Text(int rank) => Encoding.UTF8.GetString(
        [.. Events.OfType<NodeOutput>().Where(output => output.Target.Index == rank).SelectMany(output => output.Data.ToArray())]);
}

/// <summary>A relay that runs in this process, with a connection of its own.</summary>
internal sealed class LiveRelay : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly RelayServer _server;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("volley-relay-");
    private readonly Task _run;

    private LiveRelay(RelayServer server, ITransport transport, string name, string group, int capacity)
    {
        _server = server;
        var options = new RelayWorkerOptions
        {
            Name = name,
            Group = group,
            Capacity = capacity,
            IsInsecure = true,
            AllowsExec = true,
            StateDirectory = _directory.FullName,
        };
        Worker = new RelayWorker(server, options, (_, _, _) => ValueTask.FromResult<ITransport>(new Kept(transport)), NullLogger.Instance);
        _run = Worker.RunAsync(CancellationToken.None, _stop.Token);
    }

    public RelayWorker Worker { get; }

    public static async Task<LiveRelay> StartAsync(
        RelayServer watcher, RelayServerOptions options, ITransport transport, string name, string group, int capacity)
    {
        var server = await RelayServer.ConnectAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);
        var relay = new LiveRelay(server, transport, name, group, capacity);
        for (var waits = 0; ; waits++)
        {
            if ((await RelayDirectory.ListAsync(watcher, TestContext.Current.CancellationToken)).Any(found => found.Id == relay.Worker.Id))
                return relay;
            if (relay._run.IsCompleted || waits > 1000)
                await relay._run.WaitAsync(TimeSpan.FromSeconds(1));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(ControllerScene.Limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    /// <summary>A transport that outlives the round.</summary>
    private sealed class Kept(ITransport transport) : ITransport
    {
        public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => transport.ConnectAsync(target, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
