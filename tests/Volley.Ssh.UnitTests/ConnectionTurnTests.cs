using System.Threading.Channels;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>When a connection wakes those who wait for what it receives, and when it reads on.</summary>
public sealed class ConnectionTurnTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task WhatIsSaidBecauseOfAMessageComesBeforeTheNextRead()
    {
        var stream = new Turns();
        await using var connection = new SshConnection(stream, new() { ResumesInline = true });
        var opening = connection.OpenSessionAsync().AsTask();
        stream.Send(Wire.Confirmation(0, 100, 1 << 20, 32 << 10));
        var channel = await opening.WaitAsync(Limit);
        var leaving = LeaveAsync();
        stream.Send(
            Wire.Message(MessageNumber.ChannelRequest, 0u, "exit-status", false, 0u),
            Wire.Message(MessageNumber.ChannelEof, 0u),
            Wire.Message(MessageNumber.ChannelClose, 0u));
        await leaving.WaitAsync(Limit);
        Assert.EndsWith($"read hold read hold read hold write{MessageNumber.ChannelClose} dispose", stream.Log.Split(" read ended")[0], StringComparison.Ordinal);

        async Task LeaveAsync()
        {
            await channel.WaitForExitAsync();
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task WhoIsWokenBehindAMessageWithoutAMeaningIsWokenToo()
    {
        // The stream promises another message, but it is one that the connection never sees.
        var stream = new Turns { Promises = true };
        await using var connection = new SshConnection(stream, new() { ResumesInline = true });
        var opening = connection.OpenSessionAsync().AsTask();
        stream.Send(Wire.Confirmation(0, 100, 1 << 20, 32 << 10));
        await opening.WaitAsync(Limit);
    }

    /// <summary>Brings messages together, and remembers what is done to it, in order.</summary>
    private sealed class Turns : IPacketStream
    {
        private readonly Channel<byte[][]> _incoming = Channel.CreateUnbounded<byte[][]>();
        private readonly Queue<byte[]> _atHand = [];
        private readonly List<string> _log = [];

        public bool Promises { get; init; }

        public bool HasMessage => Promises || _atHand.Count > 0;

        public string Log
        {
            get
            {
                lock (_log)
                    return string.Join(' ', _log);
            }
        }

        public void Send(params byte[][] messages) => Assert.True(_incoming.Writer.TryWrite(messages));

        public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
        {
            Note("read");
            if (_atHand.Count == 0 && await _incoming.Reader.WaitToReadAsync(cancellationToken) && _incoming.Reader.TryRead(out var messages))
            {
                foreach (var message in messages)
                    _atHand.Enqueue(message);
            }
            if (_atHand.TryDequeue(out var next))
                return next;
            Note("ended");
            return default;
        }

        public void HoldUntilRead() => Note("hold");

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
            Note($"write{message.Span[0]}");
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            Note("dispose");
            _incoming.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        private void Note(string what)
        {
            lock (_log)
                _log.Add(what);
        }
    }
}
