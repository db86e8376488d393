using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>Receives and answers the peer's messages.</content>
public sealed partial class SshConnection
{
    /// <summary>The number of received bytes after which waiting continuations run, even if more data is available.</summary>
    private const int MostUnheard = 256 << 10;

    /// <summary>The number of available messages that the constructor receives synchronously.</summary>
    private const int MostAtStart = 4;

    // The signals to set once the available messages have been received.
    private readonly List<TaskCompletionSource> _toWake = [];
    private int _unheard;
    private volatile int _receivingThread;

    /// <summary>Creates a signal for <see cref="Wake"/>.</summary>
    internal TaskCompletionSource NewSignal() => new(SignalOptions);

    /// <summary>The options of signals for <see cref="Wake"/>.</summary>
    internal TaskCreationOptions SignalOptions => _resumesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Sets a signal. Its continuations never run within this call, because the caller may hold locks.</summary>
    internal void Wake(TaskCompletionSource? signal)
    {
        if (signal is null)
            return;
        if (!_resumesInline)
            signal.TrySetResult();
        else if (_receivingThread == Environment.CurrentManagedThreadId)
            _toWake.Add(signal);
        else
            ThreadPool.UnsafeQueueUserWorkItem(static signal => signal.TrySetResult(), signal, preferLocal: false);
    }

    private async Task ReceiveAsync()
    {
        // Without inline continuations nothing runs on the constructor's thread. With them, a peer that has already sent much must not
        // hold up the constructor.
        var atStart = _resumesInline ? MostAtStart : 0;
        try
        {
            while (true)
            {
                if (atStart >= 0 && atStart-- == 0)
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                // Continuations run before the buffered answers are written, so that their messages go out in the same write.
                if (_unheard >= MostUnheard || !_packets.HasMessage)
                    WakeAll();
                var reading = _packets.ReadAsync(CancellationToken.None);
                if (!reading.IsCompleted)
                {
                    atStart = -1;
                    WakeAll();
                }
                var message = await reading.ConfigureAwait(false);
                if (message.IsEmpty)
                    break;
                _keepAlive?.Heard();
                _packets.HoldUntilRead();
                _receivingThread = Environment.CurrentManagedThreadId;
                Receive(message.Span);
                _receivingThread = 0;
                _unheard += message.Length;
            }
            End(new(SshFailure.ConnectionLost, "the connection was closed by the other side"));
        }
        catch (SshException e)
        {
            End(e);
        }
#pragma warning disable CA1031 // After any failure nothing is received any more, and the channels must be told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Has no effect if this side has ended the connection before.
            End(new(SshFailure.ConnectionLost, e.Message, e));
        }
        _receivingThread = 0;
        WakeAll();
    }

    private void WakeAll()
    {
        _unheard = 0;
        // A continuation may end the connection, which adds further signals.
        for (var i = 0; i < _toWake.Count; i++)
            _toWake[i].TrySetResult();
        _toWake.Clear();
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
            // Keepalives are the only sent messages that a peer may not implement.
            case MessageNumber.RequestSuccess or MessageNumber.RequestFailure or MessageNumber.Unimplemented:
                OnAnswer();
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

    private void OnOpen(ref SshReader reader)
    {
        reader.ReadString();
        var message = new SshWriter(MessageNumber.ChannelOpenFailure);
        message.WriteUInt32(reader.ReadUInt32());
        message.WriteUInt32(OpenFailureReason.AdministrativelyProhibited);
        message.WriteText("no channels from this side");
        message.WriteText("");
        Post(message.Finish(), isAnswer: true);
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
