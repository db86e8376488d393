using Volley.Interop.Waiting;
using Volley.Ssh.Connection;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>Receives and answers the peer's messages.</content>
public sealed partial class SshConnection
{
    /// <summary>The number of received bytes after which a turn ends, even if more messages are available.</summary>
    private const int MaxTurnBytes = 256 << 10;

    /// <summary>The number of available messages that the constructor receives synchronously.</summary>
    private const int MaxAtStart = 4;

    private readonly ReceiveTurn _turn;

    /// <summary>Ends the wait of a caller. It never continues within this call, because this side may hold locks.</summary>
    internal void Wake(AsyncSignal signal)
    {
        if (!_turn.TryAdd(static signal => ((AsyncSignal)signal).Set(inline: true), signal))
            signal.Set();
    }

    /// <summary>Completes a task, whose continuations never run within this call.</summary>
    /// <param name="done">Its options must be <see cref="TaskOptions"/>.</param>
    internal void Wake(TaskCompletionSource done)
    {
        if (_turn.TryAdd(static done => ((TaskCompletionSource)done).TrySetResult(), done))
            return;
        if (_turn.ResumesInline)
            ThreadPool.UnsafeQueueUserWorkItem(static done => done.TrySetResult(), done, preferLocal: false);
        else
            done.TrySetResult();
    }

    /// <summary>The options of tasks for <see cref="Wake(TaskCompletionSource)"/>.</summary>
    internal TaskCreationOptions TaskOptions =>
        _turn.ResumesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    private async Task ReceiveAsync()
    {
        SshException cause;
        try
        {
            // A peer that has already sent much must not hold up the constructor.
            if (_packets.TryRead(out var first) && Receive(first, MaxAtStart) == MaxAtStart)
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            while (await _packets.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { IsEmpty: false } message)
                Receive(message, int.MaxValue);
            cause = new(SshFailure.ConnectionLost, "the connection was closed by the other side");
        }
        catch (SshException e)
        {
            cause = e;
        }
#pragma warning disable CA1031 // After any failure nothing is received any more, and the channels must be told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            cause = new(SshFailure.ConnectionLost, e.Message, e);
        }
        _turn.Open();
        // Has no effect if this side has ended the connection before.
        End(cause);
        _turn.Close();
    }

    /// <summary>Receives a message, and those that have arrived with it, as one turn. Returns the number of messages.</summary>
    private int Receive(ReadOnlyMemory<byte> message, int maxMessages)
    {
        var count = 0;
        var bytes = 0;
        _keepAlive?.Heard();
        _turn.Open();
        do
        {
            Receive(message.Span);
            count++;
            bytes += message.Length;
        }
        while (bytes < MaxTurnBytes && count < maxMessages && _packets.TryRead(out message));
        _turn.Close();
        return count;
    }

    private void Receive(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        switch (message[0])
        {
            case MessageNumber.Disconnect:
                throw Disconnected(ref reader);
            case MessageNumber.GlobalRequest:
                OnGlobalRequest(ref reader);
                break;
            case MessageNumber.ChannelOpen:
                OnOpen(ref reader);
                break;
            case >= MessageNumber.ChannelOpenConfirmation and <= MessageNumber.ChannelFailure:
                Find(message[0], reader.ReadUInt32())?.Receive(message[0], ref reader);
                break;
            // Global requests are the only sent messages that a peer may not implement.
            case MessageNumber.RequestSuccess or MessageNumber.RequestFailure or MessageNumber.Unimplemented:
                OnAnswer(message[0], ref reader);
                break;
            case MessageNumber.Ignore or MessageNumber.Debug:
                break;
            default:
                OnUnknown();
                break;
        }
    }

    private SshChannel? Find(byte message, uint number)
    {
        lock (_lock)
        {
            if (_channels.TryGetValue(number, out var channel))
                return channel;
        }
        // As in ssh: such messages may have been in transit when the channel ended, and do no harm.
        if (message is MessageNumber.ChannelWindowAdjust or MessageNumber.ChannelSuccess or MessageNumber.ChannelFailure or MessageNumber.ChannelRequest)
            return null;
        throw SshException.Violation($"message {message} for channel {number}, which is not open");
    }

    private void OnGlobalRequest(ref SshReader reader)
    {
        // Skips the name, such as hostkeys-00@openssh.com. No global request is supported.
        reader.ReadString();
        if (reader.ReadBoolean())
            Post(new SshWriter(MessageNumber.RequestFailure).Finish(), isAnswer: true);
    }

    private void OnUnknown()
    {
        if (_packets.LastSequenceNumber is not { } sequenceNumber)
            return;
        var message = new SshWriter(MessageNumber.Unimplemented);
        message.WriteUInt32(sequenceNumber);
        Post(message.Finish(), isAnswer: true);
    }

    private static SshException Disconnected(ref SshReader reader)
    {
        var reason = reader.ReadUInt32();
        var text = reader.ReadDisplayText();
        return new(SshFailure.Disconnected, $"disconnected by the server: {(text.Length > 0 ? text : $"reason {reason}")}")
        {
            ReasonCode = reason,
        };
    }
}
