using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Volley;

namespace Samples;

#region registration
internal static class VolleyServices
{
    /// <summary>Adds one executor for the whole application. The container disposes the transport, and with it the connections.</summary>
    public static IServiceCollection AddVolley(this IServiceCollection services, SshOptions options) => services
        .AddSingleton<ITransport>(provider => new NativeTransport(options, provider.GetRequiredService<ILoggerFactory>().CreateLogger("Volley")))
        .AddSingleton(provider => new ParallelExecutor(provider.GetRequiredService<ITransport>(), provider.GetService<TimeProvider>()));
}
#endregion

#region service
internal sealed class KernelReport(ParallelExecutor executor, ILogger<KernelReport> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var plan = new RunPlan(HostList.Parse("web[1-3]").ToTargets(), CommandJob.Shell("uname -s"));
        foreach (var host in await executor.RunToEndAsync(plan, cancellationToken: stoppingToken))
            logger.LogInformation("{Host}: {Cause}: {Kernel}", host.Target, host.Result.Cause, host.Stdout.Trim());
    }
}
#endregion

internal static class Injection
{
    public static async Task HostAsync(ILoggerProvider? logs = null)
    {
        #region host
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddVolley(new SshOptions { ConfigFile = "ssh_config" });
        builder.Services.AddHostedService<KernelReport>();
        #endregion
        builder.Logging.ClearProviders();
        if (logs is not null)
            builder.Logging.AddProvider(logs);
        using var host = builder.Build();
        await host.StartAsync();
        await host.Services.GetServices<IHostedService>().OfType<KernelReport>().Single().ExecuteTask!;
        await host.StopAsync();
    }
}
