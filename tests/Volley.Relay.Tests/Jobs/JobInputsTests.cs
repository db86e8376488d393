using System.Security.Cryptography;
using System.Text;
using Volley.Relay.Jobs;
using Volley.Relay.Wire;
using Xunit;

namespace Volley.Relay.Tests.Jobs;

public class JobInputsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InputsAndScriptsArriveAsTheyWere()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        // Several chunks of the object store, and none.
        var (input, script) = (RandomNumberGenerator.GetBytes(700_001), Encoding.UTF8.GetBytes("cat; echo \"$@\"\n"));
        var job = new StepsJob(
            CommandJob.Shell("true"),
            CommandJob.Shell("cat") with { Input = StandardInput.FromStream(new MemoryStream(input)) },
            CommandJob.Script(StandardInput.FromStream(new MemoryStream(script)), ["it's"]),
            CommandJob.Shell("cat") with { Input = StandardInput.FromStream(Stream.Null) });
        var stored = await JobInputs.StoreAsync(server, JobScene.Run, 0, job, Token);
        Assert.Equal([(1, 700_001L), (2, script.LongLength), (3, 0L)], stored.Select(one => (one.Command, one.Length)));
        using var fetched = await FetchAsync(server, job, [.. stored]);
        Assert.Equal(input, await BytesAsync(fetched.Get(1)));
        Assert.Equal(script, await BytesAsync(fetched.Get(2)));
        Assert.Empty(await BytesAsync(fetched.Get(3)));
        // As often as targets want, without a name in the file system.
        Assert.Equal(input, await BytesAsync(fetched.Get(1)));
        Assert.True(fetched.Get(1).IsRepeatable);
        Assert.Throws<RefusedException>(() => fetched.Get(0));
        // A stream is read once.
        await Assert.ThrowsAsync<InvalidOperationException>(() => JobInputs.StoreAsync(server, JobScene.Run, 1, job, Token));
    }

    [Fact]
    public async Task AnInputThatWasNotSignedIsRefused()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        var job = CommandJob.Script(StandardInput.FromStream(new MemoryStream("uptime"u8.ToArray())), []);
        var stored = await JobInputs.StoreAsync(server, JobScene.Run, 0, job, Token);
        var store = await server.Objects().GetObjectStoreAsync(RelayNames.RunBucket(JobScene.Run), Token);
        foreach (var other in new[] { "reboot", "uptime; reboot", "up", "" })
        {
            await store.PutAsync(RelayNames.InputName(0, 0), Encoding.UTF8.GetBytes(other), Token);
            await Assert.ThrowsAsync<RefusedException>(() => FetchAsync(server, job, [.. stored]));
        }

        await store.DeleteAsync(RelayNames.InputName(0, 0), Token);
        await Assert.ThrowsAsync<RefusedException>(() => FetchAsync(server, job, [.. stored]));
    }

    [Fact]
    public async Task AnInputThatCantBeReadOrStoredIsNamed()
    {
        await using var nats = await NatsServer.StartAsync();
        await using var server = await nats.ConnectAsync();
        var broken = CommandJob.Shell("cat") with { Input = StandardInput.FromStream(new BrokenStream()) };
        var failure = await Assert.ThrowsAsync<RelayException>(() => JobInputs.StoreAsync(server, JobScene.Run, 0, broken, Token));
        Assert.Contains("the disk is broken", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<JobInputs> FetchAsync(RelayServer server, Job job, WireInput[] stored)
    {
        var (document, _) = await JobScene.BuildAsync(JobScene.Round(job) with { Inputs = [.. stored] });
        return await JobInputs.FetchAsync(server.Objects(), document, Token);
    }

    private static async Task<byte[]> BytesAsync(StandardInput input)
    {
        using var copy = new MemoryStream();
        await input.CopyToAsync(copy, Token);
        return copy.ToArray();
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("the disk is broken");
    }
}
