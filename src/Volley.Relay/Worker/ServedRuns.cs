using NATS.Client.Core;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>
/// The runs that a relay serves. Listens to the controllers of all runs, so that the state of a run is known when its first chunk comes.
/// </summary>
internal sealed class ServedRuns(RelayContext relay) : IAsyncDisposable
{
    private const int MostControllers = 10_000;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceOfUnserved = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SilenceOfServed = TimeSpan.FromHours(25);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ControllerWatch> _controllers = [];
    private readonly Dictionary<string, ServedRun> _runs = [];
    private readonly List<Task> _disposals = [];

    /// <summary>Returns a run for a chunk, which calls <see cref="Leave"/> at its end.</summary>
    public ServedRun Enter(string id)
    {
        lock (_lock)
        {
            if (!_runs.TryGetValue(id, out var run))
                run = _runs[id] = new ServedRun(relay, id, GetController(id) ?? new ControllerWatch(relay.Time));
            run.Users++;
            return run;
        }
    }

    public void Leave(ServedRun run)
    {
        lock (_lock)
            run.Users--;
    }

    /// <summary>Receives messages of controllers until the token fires.</summary>
    /// <param name="subscribed">Is called when messages arrive from now on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ListenAsync(Action subscribed, CancellationToken cancellationToken)
    {
        await using var messages = await relay.Server.Connection.SubscribeCoreAsync(
            RelayNames.AllControls, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: cancellationToken).ConfigureAwait(false);
        subscribed();
        await foreach (var message in messages.Msgs.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            Receive(message.Subject, message.Data.Span);
    }

    /// <summary>Sends beats, checks leases and closes what is over, each second, until the token fires.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Beat, relay.Time);
        var beats = Task.CompletedTask;
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            var runs = All();
            foreach (var run in runs)
            {
                run.CheckLease();
                CloseUnused(run);
            }

            ForgetControllers();
            // A client without a connection waits until it has one, and the leases do not.
            if (beats.IsCompleted)
                beats = Task.WhenAll(runs.Where(IsAlive).Select(run => run.BeatAsync(cancellationToken)));
        }
    }

    /// <summary>Stops the commands of all runs.</summary>
    public void Stop(string message)
    {
        foreach (var run in All())
            run.Stop(message);
    }

    /// <summary>Publishes what is left, at most until the token fires.</summary>
    public Task CompleteAsync(CancellationToken limit) => Task.WhenAll(All().Select(run => run.CompleteAsync(limit)));

    public async ValueTask DisposeAsync()
    {
        foreach (var run in All())
            await run.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_disposals).ConfigureAwait(false);
    }

    private void Receive(string subject, ReadOnlySpan<byte> data)
    {
        if (WireJson.Parse(data, WireJson.Default.ControlMessage) is not { } message || subject != RelayNames.Control(message.Run))
            return;
        ControllerWatch? controller;
        ServedRun? run;
        lock (_lock)
        {
            controller = GetController(message.Run);
            run = _runs.GetValueOrDefault(message.Run);
        }

        if (controller?.TryReceive(message) == true)
            run?.Apply(message);
    }

    private ControllerWatch? GetController(string id)
    {
        if (_controllers.TryGetValue(id, out var controller))
            return controller;
        // Only a program that is no controller makes up more runs.
        return _controllers.Count == MostControllers ? null : _controllers[id] = new ControllerWatch(relay.Time);
    }

    private void CloseUnused(ServedRun run)
    {
        var unused = new List<IAsyncDisposable>();
        lock (_lock)
        {
            if (run.Users > 0)
                return;
            var silence = run.Controller.Idle;
            if (run.IsClosed || silence > (run.HasPublished ? SilenceOfServed : SilenceOfUnserved))
            {
                _runs.Remove(run.Id);
                unused.Add(run);
            }
            else
            {
                unused.AddRange(run.TakeUnused(silence > SilenceOfUnserved));
            }

            _disposals.RemoveAll(disposal => disposal.IsCompleted);
            if (unused.Count > 0)
                _disposals.Add(DisposeAsync(unused));
        }
    }

    private void ForgetControllers()
    {
        lock (_lock)
        {
            foreach (var (id, controller) in _controllers)
            {
                if (controller.Idle > SilenceOfUnserved && !_runs.ContainsKey(id))
                    _controllers.Remove(id);
            }
        }
    }

    private bool IsAlive(ServedRun run)
    {
        lock (_lock)
            return run.Users > 0 || run.Controller.Idle < SilenceOfUnserved;
    }

    private ServedRun[] All()
    {
        lock (_lock)
            return [.. _runs.Values];
    }

    private static async Task DisposeAsync(List<IAsyncDisposable> unused)
    {
        await Task.Yield();
        foreach (var one in unused)
            await one.DisposeAsync().ConfigureAwait(false);
    }
}
