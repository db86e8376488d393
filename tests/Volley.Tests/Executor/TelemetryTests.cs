using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>The activities and measurements that the engine reports to listeners.</summary>
[Collection(nameof(TelemetryListeners))]
public class TelemetryTests
{
    private const string Secret = "top-secret";

    [Fact]
    public async Task ARunAndItsTargetsAreActivitiesBelowTheCallers()
    {
        using var activities = new Activities();
        using var caller = activities.StartCaller();
        var plan = Executions.Plan(3, CommandJob.Program("deploy", "--password", Secret)) with { CommandTimeout = TimeSpan.FromMinutes(1) };
        Activity? inTransport = null;
        var transport = new ScriptedTransport(target => target.Index switch
        {
            0 => NodeScript.Prints(Secret) with
            {
                Connect = (_, _) =>
                {
                    inTransport = Activity.Current;
                    return Task.CompletedTask;
                },
            },
            1 => NodeScript.Prints(Secret, 3),
            _ => NodeScript.FailsToConnect(new TransportException(NodeOutcome.AuthenticationFailed, $"denied: {Secret}")),
        });
        await Executions.RunAsync(transport, plan, onEvent: _ =>
        {
            Assert.Same(caller, Activity.Current);
            return Task.CompletedTask;
        });
        Assert.Same(caller, Activity.Current);

        var run = Assert.Single(activities.Below(caller));
        Assert.Equal(("volley.run", ActivityKind.Internal, ActivityStatusCode.Error), (run.OperationName, run.Kind, run.Status));
        Assert.Equal(("command", 3, 2, "failed_targets"), (run.GetTagItem("volley.job"), run.GetTagItem("volley.targets"), run.GetTagItem("volley.failed_targets"), run.GetTagItem("error.type")));
        var targets = activities.Below(run).OrderBy(activity => (int)activity.GetTagItem("volley.rank")!).ToList();
        Assert.All(targets, target => Assert.Equal(("volley.target", ActivityKind.Client), (target.OperationName, target.Kind)));
        Assert.Equal(["h0", "h1", "h2"], targets.Select(target => target.GetTagItem("server.address")));
        Assert.Equal(["exited", "exited", "authentication_failed"], targets.Select(target => target.GetTagItem("volley.outcome")));
        Assert.Equal([0, 3, null], targets.Select(target => (int?)target.GetTagItem("process.exit.code")));
        Assert.Equal([null, "nonzero_exit", "authentication_failed"], targets.Select(target => target.GetTagItem("error.type")));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error, ActivityStatusCode.Error], targets.Select(target => target.Status));
        Assert.Same(targets[0], inTransport);
        Assert.All([run, .. targets], activity =>
        {
            Assert.DoesNotContain(activity.TagObjects, tag => $"{tag.Value}".Contains(Secret, StringComparison.Ordinal));
            Assert.Null(activity.StatusDescription);
            Assert.Empty(activity.Events);
            Assert.Empty(activity.Baggage);
        });
    }

    [Fact]
    public async Task AStoppedRunEndsItsActivities()
    {
        using var activities = new Activities();
        using var caller = activities.StartCaller();
        var transport = new ScriptedTransport(NodeScript.Runs());
        using var control = new RunControl();
        var running = Executions.RunAsync(transport, Executions.Plan(3) with { MaxConcurrency = 2 }, control);
        await transport.StartsAsync(2);
        control.Stop(StopReason.Terminate);
        await running;
        var run = Assert.Single(activities.Below(caller));
        Assert.Equal(("terminate", 3), (run.GetTagItem("volley.stop_reason"), run.GetTagItem("volley.failed_targets")));
        // The third never left the queue.
        Assert.Equal(2, activities.Below(run).Count);
        Assert.All(activities.Below(run), target => Assert.Equal(("canceled", "terminate"), (target.GetTagItem("volley.outcome"), target.GetTagItem("volley.stop_reason"))));
    }

    [Fact]
    public async Task AReaderThatLeavesEndsTheActivityOfTheRun()
    {
        using var activities = new Activities();
        using var caller = activities.StartCaller();
        await foreach (var _ in new ParallelExecutor(new ScriptedTransport(NodeScript.Runs())).RunAsync(Executions.Plan(2)))
            break;
        Assert.Same(caller, Activity.Current);
        Assert.Equal("reader_left", Assert.Single(activities.Below(caller)).GetTagItem("volley.stop_reason"));
    }

    [Fact]
    public async Task APortIsATag()
    {
        using var activities = new Activities();
        using var caller = activities.StartCaller();
        await Executions.RunAsync(new ScriptedTransport(new NodeScript()), new RunPlan(HostList.Parse("root@[::1]:2222").ToTargets(), new PingJob()));
        var run = Assert.Single(activities.Below(caller));
        var target = Assert.Single(activities.Below(run));
        Assert.Equal(("ping", "::1", 2222), (run.GetTagItem("volley.job"), target.GetTagItem("server.address"), target.GetTagItem("server.port")));
        Assert.DoesNotContain(target.TagObjects, tag => $"{tag.Value}".Contains("root", StringComparison.Ordinal));
    }

    [Fact]
    public async Task InstrumentsMeasureARun()
    {
        var time = new TestClock();
        using var measurements = new Measurements();
        var before = measurements.ActiveTargets();
        var connected = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var transport = new ScriptedTransport(target => target.Index switch
        {
            0 => NodeScript.Connects(connected.Task) with
            {
                Command = async process =>
                {
                    await process.PrintAsync("12345");
                    await process.PrintAsync("123", StreamKind.Stderr);
                    await ended.Task;
                    process.Exit(7);
                },
            },
            _ => NodeScript.FailsToConnect(new TransportException(NodeOutcome.NameNotResolved, "no such host")),
        });
        var running = Executions.RunAsync(transport, Executions.Plan(2) with { ConnectTimeout = TimeSpan.FromHours(1) }, time: time);
        await transport.ConnectsAsync(2);
        await measurements.UntilAsync("volley.targets", 1);
        Assert.Equal(1, measurements.ActiveTargets() - before);
        time.Advance(TimeSpan.FromSeconds(3));
        connected.SetResult();
        await transport.StartsAsync(1);
        await measurements.UntilAsync("volley.output", 2);
        time.Advance(TimeSpan.FromSeconds(40));
        ended.SetResult();
        await running;

        Assert.Equal(["5 log.iostream=stdout", "3 log.iostream=stderr"], measurements["volley.output"]);
        Assert.Contains("3", measurements["volley.connect.duration"]);
        Assert.Contains("0 error.type=name_not_resolved", measurements["volley.connect.duration"]);
        Assert.Equal(["40 volley.outcome=exited error.type=nonzero_exit"], measurements["volley.command.duration"]);
        Assert.Equal(
            ["1 volley.outcome=exited error.type=nonzero_exit", "1 volley.outcome=name_not_resolved error.type=name_not_resolved"],
            measurements["volley.targets"].Order());
        Assert.Equal(["1 volley.job=command"], measurements["volley.runs"]);
        Assert.Equal(before, measurements.ActiveTargets());
        Assert.Equal([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30], measurements.BucketsOf("volley.connect.duration"));
        Assert.Equal([0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600], measurements.BucketsOf("volley.command.duration"));
    }

    [Fact]
    public async Task TargetsThatNeverStartAreCounted()
    {
        using var measurements = new Measurements();
        using var control = new RunControl();
        control.Stop(StopReason.Requested);
        await Executions.RunAsync(new ScriptedTransport(new NodeScript()), Executions.Plan(3), control);
        Assert.Equal(3, measurements["volley.targets"].Sum(text => int.Parse(text.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.All(measurements["volley.targets"], text => Assert.EndsWith(" volley.outcome=not_started error.type=not_started", text, StringComparison.Ordinal));
        Assert.Equal(["1 volley.job=command volley.stop_reason=requested"], measurements["volley.runs"]);
        Assert.Empty(measurements["volley.connect.duration"]);
    }

    /// <summary>The activities of this test.</summary>
    private sealed class Activities : IDisposable
    {
        private readonly ActivitySource _source = new($"{nameof(TelemetryTests)}.{Guid.NewGuid()}");
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly ActivityListener _listener;

        public Activities()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Volley" || source == _source,
                Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _ended.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Activity StartCaller() => _source.StartActivity("caller")!;

        public IReadOnlyList<Activity> Below(Activity parent) => [.. _ended.Where(activity => activity.ParentSpanId == parent.SpanId && activity.TraceId == parent.TraceId)];

        public void Dispose()
        {
            _listener.Dispose();
            _source.Dispose();
        }
    }

    /// <summary>The measurements while it exists.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _texts = new();
        private readonly ConcurrentDictionary<string, Instrument> _instruments = new();
        private readonly SemaphoreSlim _added = new(0);
        private long _active;

        public Measurements()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != "Volley")
                    return;
                _instruments[instrument.Name] = instrument;
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                if (instrument.IsObservable)
                    _active = value;
                else
                    Add(instrument, value, tags);
            });
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public string[] this[string instrument] => _texts.TryGetValue(instrument, out var texts) ? [.. texts] : [];

        public IReadOnlyList<double>? BucketsOf(string instrument) => ((Histogram<double>)_instruments[instrument]).Advice?.HistogramBucketBoundaries;

        public long ActiveTargets()
        {
            _listener.RecordObservableInstruments();
            return _active;
        }

        public async Task UntilAsync(string instrument, int count)
        {
            while (this[instrument].Length < count)
                await _added.WaitAsync(Executions.Limit, TestContext.Current.CancellationToken);
        }

        public void Dispose()
        {
            _listener.Dispose();
            _added.Dispose();
        }

        private void Add(Instrument instrument, object value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            _texts.GetOrAdd(instrument.Name, _ => new())
                .Enqueue(string.Join(' ', [FormattableString.Invariant($"{value}"), .. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")]));
            _added.Release();
        }
    }
}
