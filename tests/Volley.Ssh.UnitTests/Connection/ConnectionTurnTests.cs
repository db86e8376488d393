using System.Threading.Channels;
using Volley.Ssh.Connection;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

/// <summary>In which order, and where, callers continue after messages that arrive together, and what is written at once because of them.</summary>
public sealed class ConnectionTurnTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly SshConnectionOptions Inline = new() { ResumesInline = true };

    [Fact]
    public async Task WhatMessagesCauseIsWrittenAtOnce()
    {
        var stream = new BatchStream();
        await using var connection = new SshConnection(stream, Inline);
        var channel = await OpenAsync(connection, stream, 0);
        var leaving = LeaveAsync();
        stream.Send(Wire.ExitStatus(0, 0), Wire.Eof(0), Wire.Close(0));
        await leaving.WaitAsync(Limit);
        Assert.Equal([[MessageNumber.ChannelOpen], [MessageNumber.ChannelClose, BatchStream.End]], stream.Writes);

        async Task LeaveAsync()
        {
            await channel.WaitForExitAsync();
            await connection.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnswersToMessagesThatArriveTogetherAreWrittenAtOnce(bool resumesInline)
    {
        var stream = new BatchStream();
        await using var connection = new SshConnection(stream, new() { ResumesInline = resumesInline });
        var question = Wire.Message(MessageNumber.GlobalRequest, "ping@test", true);
        stream.Send(question, question, question);
        await stream.WaitForWriteAsync(1);
        Assert.Equal([[MessageNumber.RequestFailure, MessageNumber.RequestFailure, MessageNumber.RequestFailure]], stream.Writes);
    }

    [Fact]
    public async Task CallersContinueInTheOrderOfTheMessagesOnceAllAreReceived()
    {
        var stream = new BatchStream();
        await using var connection = new SshConnection(stream, Inline);
        SshChannel[] channels = [await OpenAsync(connection, stream, 0), await OpenAsync(connection, stream, 1), await OpenAsync(connection, stream, 2)];
        var order = new List<(int Channel, int Bytes)>();
        Task[] reading = [ReadAsync(1), ReadAsync(2), ReadAsync(0)];
        stream.Send(Wire.Data(2, "a"), Wire.Data(0, "b"), Wire.Data(1, "c"), Wire.Data(2, "d"));
        await Task.WhenAll(reading).WaitAsync(Limit);
        Assert.Equal([(2, 2), (0, 1), (1, 1)], order);

        async Task ReadAsync(int number)
        {
            var read = await channels[number].ReadAsync(new byte[10]);
            // Without a lock: they continue one after the other.
            order.Add((number, read.Count));
        }
    }

    [Fact]
    public async Task AMessageOfAnotherThreadIsWrittenWithTheTurnAtTheLatest()
    {
        var stream = new BatchStream();
        await using var connection = new SshConnection(stream, Inline);
        var first = await OpenAsync(connection, stream, 0);
        var second = await OpenAsync(connection, stream, 1);
        using var isInTurn = new ManualResetEventSlim();
        using var mayEnd = new ManualResetEventSlim();
        var reading = ReadAsync();
        stream.Send(Wire.Data(0, "x"));
        Assert.True(isInTurn.Wait(Limit));
        // The other thread never waits for the turn.
        await Task.Run(() => second.SendSignalAsync("TERM").AsTask()).WaitAsync(Limit);
        mayEnd.Set();
        await reading.WaitAsync(Limit);
        await stream.WaitForWriteAsync(3);
        Assert.Equal([MessageNumber.ChannelRequest, MessageNumber.ChannelEof], stream.Writes[2]);
        // Outside of a turn it is written at once.
        await second.SendEofAsync();
        Assert.Equal([MessageNumber.ChannelEof], stream.Writes[3]);

        async Task ReadAsync()
        {
            await first.ReadAsync(new byte[10]);
            isInTurn.Set();
            Assert.True(mayEnd.Wait(Limit));
            await first.SendEofAsync();
        }
    }

    [Fact]
    public async Task MuchThatIsSentInATurnIsNotHeldBack()
    {
        var stream = new BatchStream { FullAt = 100 };
        await using var connection = new SshConnection(stream, Inline);
        var channel = await OpenAsync(connection, stream, 0);
        var writes = 0;
        var reading = ReadAsync();
        stream.Send(Wire.Data(0, "x"));
        await reading.WaitAsync(Limit);
        Assert.Equal(2, writes);

        async Task ReadAsync()
        {
            await channel.ReadAsync(new byte[10]);
            Assert.True(await channel.WriteAsync(new byte[200]));
            writes = stream.Writes.Count;
        }
    }

    [Fact]
    public async Task ACallerThatDoesNotResumeInlineContinuesOnTheThreadPool()
    {
        var stream = new BatchStream();
        await using var connection = new SshConnection(stream);
        var opening = connection.OpenSessionAsync().AsTask();
        stream.Send(Wire.Confirmation(0));
        var channel = await opening.WaitAsync(Limit);
        using var isBlocking = new ManualResetEventSlim();
        using var mayEnd = new ManualResetEventSlim();
        var reading = ReadAsync();
        stream.Send(Wire.Data(0, "x"));
        Assert.True(isBlocking.Wait(Limit));
        // A caller that blocks holds nothing up.
        stream.Send(Wire.ExitStatus(0, 3));
        Assert.Equal(3, (await channel.WaitForExitAsync().AsTask().WaitAsync(Limit)).ExitCode);
        mayEnd.Set();
        await reading.WaitAsync(Limit);

        async Task ReadAsync()
        {
            await channel.ReadAsync(new byte[10]);
            isBlocking.Set();
            Assert.True(mayEnd.Wait(Limit));
        }
    }

    [Fact]
    public async Task ACallerMayCallWhateverItLikesWithinATurn()
    {
        var stream = new BatchStream();
        await using var connection = new SshConnection(stream, Inline);
        var channel = await OpenAsync(connection, stream, 0);
        var isDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = ReadAsync();
        var exiting = channel.WaitForExitAsync().AsTask();
        stream.Send(Wire.Data(0, "x"));
        await isDone.Task.WaitAsync(Limit);
        await Assert.ThrowsAsync<SshException>(() => exiting.WaitAsync(Limit));
        await reading.WaitAsync(Limit);

        async Task ReadAsync()
        {
            await channel.ReadAsync(new byte[10]);
            await channel.SendSignalAsync("TERM");
            _ = connection.OpenSessionAsync().AsTask().ContinueWith(static task => task.Exception, TaskScheduler.Default);
            await channel.DisposeAsync();
            await connection.DisposeAsync();
            isDone.SetResult();
        }
    }

    private static async Task<SshChannel> OpenAsync(SshConnection connection, BatchStream stream, uint number)
    {
        var opening = connection.OpenSessionAsync().AsTask();
        stream.Send(Wire.Confirmation(number));
        return await opening.ContinueWith(static task => task.Result, TaskScheduler.Default).WaitAsync(Limit);
    }

    /// <summary>Brings messages together, and remembers which ones are written at once.</summary>
    private sealed class BatchStream : IPacketStream
    {
        /// <summary>Stands for what is written when the stream is disposed.</summary>
        public const byte End = 0;

        private readonly Channel<byte[][]> _incoming = Channel.CreateUnbounded<byte[][]>();
        private readonly Queue<byte[]> _available = [];
        private readonly Lock _lock = new();
        private readonly List<byte[]> _writes = [];
        private readonly List<byte> _buffered = [];
        private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _bytes;

        public int FullAt { get; init; } = int.MaxValue;

        public uint? LastSequenceNumber => null;

        public long ReceivedBytes => 0;

        /// <summary>The numbers of the messages of each write.</summary>
        public IReadOnlyList<byte[]> Writes
        {
            get
            {
                lock (_lock)
                    return [.. _writes];
            }
        }

        public void Send(params byte[][] messages) => Assert.True(_incoming.Writer.TryWrite(messages));

        public async Task WaitForWriteAsync(int count)
        {
            while (true)
            {
                Task written;
                lock (_lock)
                {
                    if (_writes.Count >= count)
                        return;
                    written = _written.Task;
                }
                await written.WaitAsync(Limit);
            }
        }

        public bool TryRead(out ReadOnlyMemory<byte> message)
        {
            var has = _available.TryDequeue(out var next);
            message = next;
            return has;
        }

        public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
        {
            Flush();
            if (_available.Count == 0 && await _incoming.Reader.WaitToReadAsync(cancellationToken) && _incoming.Reader.TryRead(out var messages))
            {
                foreach (var message in messages)
                    _available.Enqueue(message);
            }
            return _available.TryDequeue(out var next) ? next : default;
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
            bool isFull;
            lock (_lock)
            {
                _buffered.Add(message.Span[0]);
                _bytes += message.Length;
                isFull = _bytes >= FullAt;
            }
            if (isFull)
                Flush();
            return ValueTask.CompletedTask;
        }

        public void Flush()
        {
            lock (_lock)
            {
                if (_buffered.Count == 0)
                    return;
                _writes.Add([.. _buffered]);
                _buffered.Clear();
                _bytes = 0;
                _written.SetResult();
                _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public ValueTask DisposeAsync()
        {
            lock (_lock)
                _buffered.Add(End);
            Flush();
            _incoming.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }
}
