using CsCheck;
using Volley.Ssh.Connection;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

public class ReceiveBufferTests
{
    private sealed class Model
    {
        public ReceiveBuffer Buffer { get; } = new();

        public Queue<(SshStreamKind Stream, byte Value)> Expected { get; } = [];

        public byte Next { get; set; }
    }

    [Fact]
    public void BytesComeOutAsTheyWentIn() => Gen.Select(Gen.Int[0, 2], Gen.OneOf(Gen.Int[0, 5], Gen.Int[0, 5000])).Array[0, 60]
        .Sample(steps =>
        {
            var model = new Model();
            foreach (var (action, count) in steps)
            {
                if (action == 2)
                    Take(model, Math.Max(1, count));
                else
                    Append(model, (SshStreamKind)action, count);
                Assert.Equal(model.Expected.Count, model.Buffer.Count);
            }
            while (model.Expected.Count > 0)
                Take(model, 1000);
            Assert.Equal(0, model.Buffer.Take(new byte[1]).Count);
        }, iter: 500);

    [Fact]
    public void WhatIsDroppedIsCounted()
    {
        var buffer = new ReceiveBuffer();
        buffer.Append(SshStreamKind.Stdout, new byte[70_000]);
        buffer.Append(SshStreamKind.Stderr, new byte[5]);
        Assert.Equal(10, buffer.Take(new byte[10]).Count);
        Assert.Equal(69_995, buffer.Clear());
        Assert.Equal(0, buffer.Take(new byte[1]).Count);
        buffer.Append(SshStreamKind.Stderr, [7]);
        Assert.Equal(new(SshStreamKind.Stderr, 1), buffer.Take(new byte[9]));
    }

    private static void Append(Model model, SshStreamKind stream, int count)
    {
        var data = new byte[count];
        for (var i = 0; i < count; i++)
        {
            data[i] = model.Next++;
            model.Expected.Enqueue((stream, data[i]));
        }
        model.Buffer.Append(stream, data);
    }

    private static void Take(Model model, int room)
    {
        var target = new byte[room];
        var (stream, count) = model.Buffer.Take(target);
        Assert.Equal(model.Expected.Count > 0, count > 0);
        var same = true;
        for (var i = 0; i < count; i++)
            same &= model.Expected.Dequeue() == (stream, target[i]);
        Assert.True(same);
        // It stops only for want of room, of bytes, or where the other stream goes on.
        Assert.True(count == room || model.Expected.Count == 0 || model.Expected.Peek().Stream != stream);
    }
}
