using System.Text;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

/// <summary>The streams of a channel read one by one, and the synchronous methods of a stream.</summary>
public class SeparateStreamTests
{
    [Fact]
    public async Task EachStreamHasItsOwnBytes()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var output = new SshChannelStream(channel, SshChannelStream.Part.Output);
        var error = new SshChannelStream(channel, SshChannelStream.Part.Error);
        // The first data is there before the streams are read separately.
        peer.Send(Wire.Data(number, "a"), Wire.Error(number, "1"), Wire.Data(number, "b"), Wire.Error(number, "2"));
        await peer.ExpectQuietAsync();
        var reading = new StreamReader(error).ReadToEndAsync();
        peer.Send(Wire.Data(number, "c"), Wire.Error(number, "3"), Wire.Eof(number));
        Assert.Equal("123", await reading);
        Assert.Equal("abc", await new StreamReader(output).ReadToEndAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await channel.ReadAsync(new byte[1]));
        Assert.True(output.CanRead);
        Assert.False(output.CanWrite);
        await Assert.ThrowsAsync<NotSupportedException>(async () => await output.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task ADisposedStreamDoesNotFillTheWindow()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var window = (int)peer.OfferedWindow;
        peer.Send(Wire.Error(number, new string('x', window / 2)));
        await peer.ExpectQuietAsync();
        await new SshChannelStream(channel, SshChannelStream.Part.Error).DisposeAsync();
        await peer.ExpectAsync(MessageNumber.ChannelWindowAdjust);
        // The window has doubled.
        peer.Send(Wire.Error(number, new string('x', window)));
        await peer.ExpectAsync(MessageNumber.ChannelWindowAdjust);
        peer.Send(Wire.Data(number, "out"), Wire.Eof(number));
        Assert.Equal("out", await new StreamReader(new SshChannelStream(channel, SshChannelStream.Part.Output)).ReadToEndAsync());
    }

    [Fact]
    public async Task DisposingTheInputEndsIt()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var input = new SshChannelStream(channel, SshChannelStream.Part.Input);
        await Assert.ThrowsAsync<NotSupportedException>(async () => _ = await input.ReadAsync(new byte[1]));
        input.Write("text"u8);
        await peer.ExpectAsync(Wire.Data(100 + number, "text"));
        await input.DisposeAsync();
        await peer.ExpectAsync(Wire.Eof(100 + number));
        await input.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => input.Write("more"u8));
        await peer.ExpectQuietAsync();
    }

    [Fact]
    public async Task SynchronousMethodsBlockOnlyTheirThread()
    {
        await using var peer = new ScriptedPeer();
        var streams = new List<(SshChannelStream Stream, uint Number)>();
        for (var i = 0; i < 32; i++)
        {
            var (channel, number) = await peer.OpenAsync(window: 1);
            streams.Add((new(channel), number));
        }
        // Each blocks a thread of the pool in a read, then in a write that waits for the window.
        var blocked = streams.ConvertAll(one => Task.Run(() =>
        {
            var buffer = new byte[10];
            var count = one.Stream.Read(buffer, 0, buffer.Length);
            one.Stream.Write(buffer, 0, count);
            return Encoding.ASCII.GetString(buffer, 0, count);
        }));
        peer.Send([.. streams.Select(one => Wire.Data(one.Number, "in"))]);
        for (var i = 0; i < streams.Count; i++)
            await peer.ExpectAsync(MessageNumber.ChannelData);
        peer.Send([.. streams.Select(one => Wire.Adjust(one.Number, 1))]);
        Assert.All(await Task.WhenAll(blocked).WaitAsync(TimeSpan.FromSeconds(60)), text => Assert.Equal("in", text));
    }

    [Fact]
    public async Task SynchronousMethodsWorkInASingleThreadedContext()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var stream = new SshChannelStream(channel);
        var thread = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            // Continuations that are posted here would never run.
            SynchronizationContext.SetSynchronizationContext(new BlockedContext());
            using var reader = new StreamReader(stream);
            thread.SetResult(reader.ReadToEnd());
        }).Start();
        peer.Send(Wire.Data(number, "te"));
        await peer.ExpectQuietAsync();
        peer.Send(Wire.Data(number, "xt"), Wire.Eof(number));
        Assert.Equal("text", await thread.Task.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task SynchronousMethodsHaveTimeLimits()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync(window: 0);
        var stream = new SshChannelStream(channel) { ReadTimeout = 1, WriteTimeout = 1 };
        Assert.True(stream.CanTimeout);
        Assert.IsType<TimeoutException>(Assert.Throws<IOException>(() => stream.Read(new byte[1], 0, 1)).InnerException);
        Assert.IsType<TimeoutException>(Assert.Throws<IOException>(() => stream.Write(new byte[1], 0, 1)).InnerException);
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.ReadTimeout = 0);
        // Nothing is lost.
        peer.Send(Wire.Data(number, "late"));
        await peer.ExpectQuietAsync();
        stream.ReadTimeout = Timeout.Infinite;
        Assert.Equal('l', stream.ReadByte());
    }

    private sealed class BlockedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
