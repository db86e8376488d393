using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Volley.Relay.Tests.Server;

public class NatsServerTests
{
    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AKilledServerComesBackWithWhatItHeld()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await RelayServer.ConnectAsync(NatsServer.Options(nats) with { UsesMemory = false }, NullLogger.Instance, Canceled);
        await server.EnsureRunAsync("run1", 1024 * 1024, Canceled);
        var bucket = server.OpenBucket("volley-run-run1");
        await bucket.PutAsync("entry", new byte[] { 1, 2 }, Canceled);
        await nats.KillAsync();
        await nats.RestartAsync();
        Assert.Equal([1, 2], (await bucket.GetAsync("entry", Canceled))!.Value.Value);
    }

    [Fact]
    public async Task AClusterOfThreeLosesNothingWithOneServer()
    {
        var cluster = await NatsServer.StartClusterAsync();
        try
        {
            await using var server = await RelayServer.ConnectAsync(NatsServer.Options(cluster), NullLogger.Instance, Canceled);
            await server.EnsureRunAsync("run1", 1024 * 1024, Canceled);
            var bucket = server.OpenBucket("volley-run-run1");
            await bucket.PutAsync("entry", new byte[] { 1, 2 }, Canceled);
            await cluster[0].KillAsync();
            for (var wait = TimeSpan.FromMilliseconds(100); ; wait += wait)
            {
                try
                {
                    Assert.Equal([1, 2], (await bucket.GetAsync("entry", Canceled))!.Value.Value);
                    return;
                }
                catch (NATS.Client.Core.NatsException) when (wait < TimeSpan.FromSeconds(60))
                {
                    await Task.Delay(wait, Canceled);
                }
                catch (NATS.Client.JetStream.NatsJSApiException) when (wait < TimeSpan.FromSeconds(60))
                {
                    await Task.Delay(wait, Canceled);
                }
            }
        }
        finally
        {
            foreach (var one in cluster)
                await one.DisposeAsync();
        }
    }
}
