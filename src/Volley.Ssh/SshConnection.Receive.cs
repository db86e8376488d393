using Volley.Ssh.Messages;

namespace Volley.Ssh;

/// <content>What the peer sends, and the answer to each of it.</content>
public sealed partial class SshConnection
{
    /// <summary>After so many bytes those who wait for something of them go on, even if more is at hand.</summary>
    private const int MostUnheard = 256 << 10;

    /// <summary>So many messages that are at hand at the start are received in the time of whoever makes the connection.</summary>
    private const int MostAtStart = 4;

    // Whose waiting has an end once what is at hand has been received.
    private readonly List<TaskCompletionSource> _toWake = [];
    private int _unheard;
    private volatile int _receivingThread;

    /// <summary>A signal for <see cref="Wake"/>.</summary>
    internal TaskCompletionSource NewSignal() => new(SignalOptions);

    /// <summary>How signals for <see cref="Wake"/> are to be made.</summary>
    internal TaskCreationOptions SignalOptions => _resumesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Sets a signal. Whoever waits for it never goes on in the caller's own time, who may hold locks.</summary>
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
        // Nothing goes on in the time of somebody who has not asked for that, and whoever makes the connection is not held
        // up by a peer that has much to say already.
        var atStart = _resumesInline ? MostAtStart : 0;
        try
        {
            while (true)
            {
                if (atStart >= 0 && atStart-- == 0)
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                // What those who are woken send may go in one write with what was answered to what is at hand, so they come first.
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
#pragma warning disable CA1031 // Whatever it is, nobody receives any more, and the channels must hear of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // After an end of our own, which came first, this changes nothing.
            End(new(SshFailure.ConnectionLost, e.Message, e));
        }
        _receivingThread = 0;
        WakeAll();
    }

    private void WakeAll()
    {
        _unheard = 0;
        // Whoever is woken may end the connection, and that may wake others.
        for (var i = 0; i < _toWake.Count; i++)
            _toWake[i].TrySetResult();
        _toWake.Clear();
    }

    private void Receive(ReadOnlySpan<byte> message)
    {
        var reader = new MessageReader(message);
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
                Find(message[0], reader.UInt32())?.Receive(message[0], ref reader);
                break;
            // Keepalives are the only messages of ours that a peer may not know.
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
        // As in ssh: some may have been under way when the channel ended, and none does harm.
        if (message is MessageNumber.ChannelWindowAdjust or MessageNumber.ChannelSuccess or MessageNumber.ChannelFailure or MessageNumber.ChannelRequest)
            return null;
        throw SshException.Violation($"message {message} for channel {number}, which is not open");
    }

    private void OnGlobalRequest(ref MessageReader reader)
    {
        // Such as hostkeys-00@openssh.com, of which nothing is learned here.
        reader.Bytes();
        if (reader.Boolean())
            Post(new MessageWriter(MessageNumber.RequestFailure).Finish(), isAnswer: true);
    }

    private void OnOpen(ref MessageReader reader)
    {
        reader.Bytes();
        var message = new MessageWriter(MessageNumber.ChannelOpenFailure);
        message.UInt32(reader.UInt32());
        message.UInt32(OpenFailureReason.AdministrativelyProhibited);
        message.Text("no channels from this side");
        message.Text("");
        Post(message.Finish(), isAnswer: true);
    }

    private void OnUnknown()
    {
        if (_packets.LastSequenceNumber is not { } sequenceNumber)
            return;
        var message = new MessageWriter(MessageNumber.Unimplemented);
        message.UInt32(sequenceNumber);
        Post(message.Finish(), isAnswer: true);
    }

    private static SshException Disconnected(ref MessageReader reader)
    {
        var reason = reader.UInt32();
        var text = reader.Text();
        return new(SshFailure.Disconnected, $"disconnected by the server: {(text.Length > 0 ? text : $"reason {reason}")}")
        {
            ReasonCode = reason,
        };
    }
}
