using System.Text;
using Volley.Relay.Server;
using Xunit;

namespace Volley.Relay.Tests.Server;

public class BucketTests
{
    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CompareAndSetHasOneWinner()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await server.EnsureRunAsync("run1", 1024 * 1024, Canceled);
        // A second one finds what is there.
        await server.EnsureRunAsync("run1", 1024 * 1024, Canceled);
        var bucket = server.OpenBucket("volley-run-run1");
        Assert.Null(await bucket.GetAsync("target.0.1", Canceled));
        var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => bucket.TryWriteAsync("target.0.1", Bytes($"relay{i}"), 0, Canceled).AsTask()));
        var revision = Assert.Single(attempts, attempt => attempt is not null)!.Value;
        var (value, found) = (await bucket.GetAsync("target.0.1", Canceled))!.Value;
        Assert.Equal(($"relay{Array.IndexOf(attempts, revision)}", revision), (Encoding.UTF8.GetString(value), found));
        Assert.NotNull(await bucket.TryWriteAsync("target.0.1", Bytes("ended"), revision, Canceled));
        Assert.Null(await bucket.TryWriteAsync("target.0.1", Bytes("late"), revision, Canceled));
    }

    [Fact]
    public async Task AllKeysBelowAPrefixAreRead()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        await server.EnsureRunAsync("run1", 1024 * 1024, Canceled);
        var bucket = server.OpenBucket("volley-run-run1");
        Assert.Empty(await ReadAsync(bucket, "target.0"));
        foreach (var key in new[] { "controller", "target.0.0", "target.0.1", "target.1.0" })
            await bucket.PutAsync(key, Bytes(key), Canceled);
        await bucket.PutAsync("target.0.0", Bytes("again"), Canceled);
        Assert.Equal(["target.0.1=target.0.1", "target.0.0=again"], await ReadAsync(bucket, "target.0"));
        Assert.Equal(4, (await ReadAsync(bucket, "")).Count);
    }

    private static async Task<List<string>> ReadAsync(Bucket bucket, string prefix)
    {
        var found = new List<string>();
        await foreach (var (key, value, _) in bucket.ReadAllAsync(prefix, Canceled))
            found.Add($"{key}={Encoding.UTF8.GetString(value.Span)}");
        return found;
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
