using CsCheck;
using Volley.Ssh.Connection;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

public class ConnectionPropertyTests
{
    private static readonly string[] Requests = ["exit-status", "exit-signal", "eow@openssh.com", "keepalive@openssh.com", ""];

    private static readonly Gen<byte[]> AnyMessage = Gen.OneOf(
        Gen.Byte.Array[1, 60],
        // Numbers that mean something, with channels that exist.
        Gen.Select(Gen.Byte[80, 101], Gen.UInt[0, 2], Gen.Byte.Array[0, 40])
            .Select((number, channel, rest) => (byte[])[number, .. Wire.UInt32(channel), .. rest]),
        Gen.Select(Gen.Int[0, Requests.Length - 1], Gen.UInt[0, 2], Gen.Bool, Gen.Byte.Array[0, 30])
            .Select((type, channel, wants, rest) =>
                (byte[])[.. Wire.Message(MessageNumber.ChannelRequest, channel, Requests[type], wants), .. rest]),
        Gen.Select(Gen.UInt[0, 2], Gen.Byte.Array[0, 3000]).Select(Wire.Data));

    [Fact]
    public async Task AnyMessagesEndInATypedWayOrNotAtAll() => await AnyMessage.Array[1, 20].SampleAsync(async messages =>
    {
        await using var peer = new ScriptedPeer { SequenceNumber = 1 };
        var (channel, _) = await peer.OpenAsync();
        var (other, _) = await peer.OpenAsync();
        var waiting = peer.Connection.OpenSessionAsync().AsTask();
        var reading = DrainAsync(channel);
        var exit = other.WaitForExitAsync().AsTask();
        peer.Send(messages);
        peer.EndStream();
        await peer.Connection.Ended;
        var end = Assert.IsType<SshException>(peer.Connection.EndedBy);
        Assert.True(end.Failure is SshFailure.ConnectionLost or SshFailure.ProtocolViolation or SshFailure.Disconnected, end.ToString());
        // A bug of ours would be what the loss came from.
        Assert.Null(end.InnerException);
        await reading;
        await TypedAsync(waiting);
        await TypedAsync(exit);
    }, iter: 1_000, threads: 1);

    [Fact]
    public async Task InterleavedChannelsKeepTheirBytes() => await Gen.Select(
            Gen.Int[1, 6], Gen.Select(Gen.Int[0, 5], Gen.Bool, Gen.Int[0, 20_000]).Array[0, 100], Gen.Int[1, 40_000])
        .SampleAsync(async (count, sends, bufferSize) =>
        {
            var budget = new WindowBudget(1 << 20);
            await using var peer = new ScriptedPeer(new() { WindowBudget = budget });
            var channels = new List<(SshChannel Channel, uint Number)>();
            var granted = new Dictionary<uint, long>();
            for (var i = 0; i < count; i++)
            {
                channels.Add(await peer.OpenAsync());
                granted.Add(channels[i].Number, peer.OfferedWindow);
            }
            var readers = channels.Select(each => ReadAllAsync(each.Channel, bufferSize)).ToList();
            var expected = channels.Select(_ => (Out: new List<byte>(), Err: new List<byte>())).ToList();
            byte next = 0;
            foreach (var (at, isError, length) in sends)
            {
                var (_, number) = channels[at % count];
                var data = new byte[length];
                Array.Fill(data, next++);
                // A peer that keeps to its window, as this connection grants it.
                while (granted[number] < length)
                {
                    var adjustment = await peer.ExpectAsync(MessageNumber.ChannelWindowAdjust);
                    granted[Wire.UInt32(adjustment, 1) - 100] += Wire.UInt32(adjustment, 5);
                }
                granted[number] -= length;
                peer.Send(isError ? Wire.Message(MessageNumber.ChannelExtendedData, number, 1u, data) : Wire.Data(number, data));
                (isError ? expected[at % count].Err : expected[at % count].Out).AddRange(data);
                Assert.True(budget.Granted <= budget.Limit);
            }
            foreach (var (_, number) in channels)
                peer.Send(Wire.Eof(number));
            for (var i = 0; i < count; i++)
            {
                var (output, error) = await readers[i];
                Assert.True(expected[i].Out.SequenceEqual(output));
                Assert.True(expected[i].Err.SequenceEqual(error));
            }
            Assert.False(peer.Connection.Ended.IsCompleted);
            Assert.Equal(0, budget.Granted);
        }, iter: 100, threads: 1);

    [Fact]
    public async Task WrittenBytesArriveWithinTheWindow() => await Gen.Select(
            Gen.UInt[0, 5_000], Gen.UInt[1, 3_000], Gen.UInt[1, 5_000].Array[0, 50], Gen.Byte.Array[0, 30_000])
        .SampleAsync(async (window, maxPacket, adjustments, data) =>
        {
            await using var peer = new ScriptedPeer();
            var (channel, number) = await peer.OpenAsync(window, maxPacket);
            var writing = channel.WriteAsync(data).AsTask();
            var allowed = (long)window;
            var came = new List<byte>();
            foreach (var adjustment in adjustments.Append(30_000u))
            {
                allowed += adjustment;
                peer.Send(Wire.Adjust(number, adjustment));
                while (came.Count < Math.Min(allowed, data.Length))
                {
                    var part = Wire.DataOf(await peer.ReceiveAsync());
                    Assert.InRange(part.Length, 1, (int)maxPacket);
                    came.AddRange(part);
                    Assert.True(came.Count <= allowed);
                }
            }
            Assert.True(await writing);
            Assert.True(came.SequenceEqual(data));
        }, iter: 200, threads: 1);

    private static async Task DrainAsync(SshChannel channel)
    {
        try
        {
            while ((await channel.ReadAsync(new byte[4096])).Count > 0) ;
        }
        catch (SshException)
        {
            // As the connection ended.
        }
    }

    private static async Task<(List<byte> Out, List<byte> Err)> ReadAllAsync(SshChannel channel, int bufferSize)
    {
        var buffer = new byte[bufferSize];
        var (output, error) = (new List<byte>(), new List<byte>());
        while (await channel.ReadAsync(buffer) is { Count: > 0 } read)
            (read.Stream is SshStreamKind.Stdout ? output : error).AddRange(buffer.AsSpan(0, read.Count));
        return (output, error);
    }

    private static async Task TypedAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (SshException)
        {
            // That is what is wanted.
        }
    }
}
