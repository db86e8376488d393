using System.Diagnostics;
using System.Diagnostics.Metrics;
using Volley.Execution.Telemetry;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>What telemetry costs while there is no listener.</summary>
[Collection(nameof(TelemetryListeners))]
public class TelemetryCostTests
{
    private const int Targets = 2000;

    [Fact]
    public void ATargetAllocatesNothingWithoutAListener()
    {
        var target = Executions.Targets(1)[0];
        NodeResult[] results = [new(NodeOutcome.Exited) { ExitCode = 0 }, new(NodeOutcome.Exited) { ExitCode = 1 }, new(NodeOutcome.ConnectFailed)];
        // The first calls initialize the instruments.
        Measure(10);
        Assert.Equal(0, Measure(10_000));

        long Measure(int count)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < count; i++)
            {
                var telemetry = default(NodeTelemetry);
                telemetry.Start(target, TimeProvider.System, TimeProvider.System.GetTimestamp());
                telemetry.Connect();
                telemetry.StartCommand();
                telemetry.End(results[i % results.Length]);
                RunTelemetry.AddUnstarted(results[2]);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task OnlyARunWithAListenerAllocatesForIt()
    {
        var without = await MeasureAsync();
        long with;
        using (var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Volley",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        })
        using (var measurements = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Volley")
                    listener.EnableMeasurementEvents(instrument);
            },
        })
        {
            ActivitySource.AddActivityListener(activities);
            measurements.Start();
            with = await MeasureAsync();
        }

        var after = await MeasureAsync();
        // An activity with its tags has several hundred bytes. Runs differ a little by what threads and pools happen to allocate.
        Assert.True(with - Math.Max(without, after) > 200 * Targets, $"{without:N0} bytes without a listener, {with:N0} with, {after:N0} after it");
        Assert.True(Math.Abs(after - without) < 100 * Targets, $"{without:N0} bytes without a listener, {with:N0} with, {after:N0} after it");
        TestContext.Current.TestOutputHelper?.WriteLine($"{without / Targets:N0} bytes a target without a listener, {with / Targets:N0} with, {after / Targets:N0} after it");
    }

    /// <summary>Returns the least that a run allocated: the first ones compile code and fill pools.</summary>
    private static async Task<long> MeasureAsync()
    {
        var least = long.MaxValue;
        for (var i = 0; i < 8; i++)
            least = Math.Min(least, await MeasureOnceAsync());
        return least;
    }

    private static async Task<long> MeasureOnceAsync()
    {
        var plan = Executions.Plan(Targets);
        var transport = new ScriptedTransport(NodeScript.Prints("done\n"));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await foreach (var _ in new ParallelExecutor(transport).RunAsync(plan))
        {
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
