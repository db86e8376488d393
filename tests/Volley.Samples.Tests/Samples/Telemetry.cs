using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Volley;

namespace Samples;

internal static class Telemetry
{
    public static async Task ConsoleAsync()
    {
        #region telemetry
        using var traces = Sdk.CreateTracerProviderBuilder().AddSource("Volley").AddConsoleExporter().Build();
        using var metrics = Sdk.CreateMeterProviderBuilder().AddMeter("Volley").AddConsoleExporter().Build();

        await using var transport = new ExecTransport();
        var plan = new RunPlan(HostList.Parse("web[1-2]").ToTargets(), CommandJob.Shell("echo done"));
        await new ParallelExecutor(transport).RunToEndAsync(plan);
        #endregion
    }
}
