using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>Handles the peer's messages on this channel. The receiver calls these methods in the order of the messages.</content>
public sealed partial class SshChannel
{
    /// <summary>Waits for the peer's answer to the request to open the channel.</summary>
    internal async ValueTask WaitForOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (_state is State.Opening)
                    _state = State.Abandoned;
                else
                    Close();
            }
            throw;
        }
        lock (_lock)
        {
            if (_failure is not null)
                throw new SshException(_failure);
        }
    }

    internal void Receive(byte number, ref SshReader reader)
    {
        lock (_lock)
        {
            var isAnswerToOpen = number is MessageNumber.ChannelOpenConfirmation or MessageNumber.ChannelOpenFailure;
            var isOpening = _state is State.Opening or State.Abandoned;
            if (isAnswerToOpen && !isOpening)
                throw SshException.Violation($"message {number} for channel {Number} at the wrong time");
            // Messages before the answer are ignored, as ssh ignores data before it.
            if (isOpening && !isAnswerToOpen)
                return;
            switch (number)
            {
                case MessageNumber.ChannelOpenConfirmation:
                    OnOpen(ref reader);
                    break;
                case MessageNumber.ChannelOpenFailure:
                    OnRefusal(ref reader);
                    break;
                case MessageNumber.ChannelWindowAdjust:
                    OnWindowAdjust(reader.ReadUInt32());
                    break;
                case MessageNumber.ChannelData:
                    OnData(SshStreamKind.Stdout, reader.ReadString(), isKnown: true);
                    break;
                case MessageNumber.ChannelExtendedData:
                    OnExtendedData(reader.ReadUInt32(), reader.ReadString());
                    break;
                case MessageNumber.ChannelEof:
                    OnEof();
                    break;
                case MessageNumber.ChannelClose:
                    OnClose();
                    break;
                case MessageNumber.ChannelRequest:
                    OnRequest(ref reader);
                    break;
                // As in OpenSSH, an unexpected answer is ignored.
                case MessageNumber.ChannelSuccess when _answers.TryDequeue(out var answer):
                    OnAnswer(answer, Answer.Success);
                    break;
                case MessageNumber.ChannelFailure when _answers.TryDequeue(out var answer):
                    OnAnswer(answer, Answer.Failure);
                    break;
            }
        }
    }

    /// <summary>Opens a channel that the peer requested. Nothing else may have happened on it.</summary>
    internal OutgoingMessage Accept(uint peerNumber, uint peerWindow, uint peerMaxPacket)
    {
        lock (_lock)
        {
            Open(peerNumber, peerWindow, peerMaxPacket);
            var message = Message(MessageNumber.ChannelOpenConfirmation);
            message.WriteUInt32(Number);
            message.WriteUInt32((uint)_window.Open);
            message.WriteUInt32(MaxPacket);
            return message.Finish();
        }
    }

    /// <summary>Abandons the request to open the channel: if the peer confirms it, the channel is closed.</summary>
    internal void Abandon()
    {
        lock (_lock)
            _state = State.Abandoned;
    }

    /// <summary>Ends the channel with its connection. Waiting calls fail; received data can still be read.</summary>
    internal void OnConnectionEnd(SshException cause)
    {
        lock (_lock)
            Finish(cause);
    }

    private void OnOpen(ref SshReader reader)
    {
        var abandoned = _state is State.Abandoned;
        Open(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        if (abandoned)
            Close();
        _connection.Wake(_opening);
    }

    private void Open(uint peerNumber, uint peerWindow, uint peerMaxPacket)
    {
        (_peerNumber, _peerWindow, _peerMaxPacket) = (peerNumber, peerWindow, (int)Math.Min(peerMaxPacket, MaxPacket));
        // No data can be sent if messages have no room for it.
        _peerReads = _peerMaxPacket > 0;
        _state = State.Open;
    }

    private void OnRefusal(ref SshReader reader)
    {
        var reason = reader.ReadUInt32();
        var (text, words) = (reader.ReadDisplayText(), OpenFailureReason.Words(reason));
        _connection.Forget(Number);
        Finish(new(SshFailure.ChannelRefused,
            $"the server refused {_kind.Description}: {(text.Length == 0 || text == words ? words : $"{text} ({words})")}")
        {
            ReasonCode = reason,
        });
    }

    private void OnWindowAdjust(uint count)
    {
        if (count > uint.MaxValue - _peerWindow)
            throw SshException.Violation("a window of more than 2^32 - 1 bytes");
        _peerWindow += count;
        if (count > 0)
            Wake(ref _writable);
    }

    private void OnExtendedData(uint type, ReadOnlySpan<byte> data)
    {
        // As in OpenSSH, which tolerates plain data after EOF, but not extended data.
        if (_peerSentEof)
            throw SshException.Violation("extended data after the end");
        OnData(SshStreamKind.Stderr, data, isKnown: type == 1 && _kind.HasStderr);
    }

    private void OnData(SshStreamKind stream, ReadOnlySpan<byte> data, bool isKnown)
    {
        OnStarted();
        if (_peerSentEof)
        {
            // Dropped as in ssh, which returns the window, so that the peer reaches its end.
            if (_state is State.Open)
                _connection.Post(WindowAdjust((uint)data.Length), isAnswer: true);
            return;
        }
        if (!_window.TryReceive(data.Length))
        {
            HasLostOutput = true;
            return;
        }
        _total += data.Length;
        // Data after this side's CLOSE is not read.
        if (!isKnown || _state is State.Closed)
        {
            GiveBack(data.Length);
            return;
        }
        Store(stream, data);
    }

    private void OnEof()
    {
        OnStarted();
        _peerSentEof = true;
        _window.End();
        if (!_collects || _exit is not null)
            WakeReaders();
        Wake(ref _windowGiven);
    }

    private void OnClose()
    {
        _peerClosed = true;
        Close();
        _connection.Forget(Number);
        Finish(null);
    }

    private void OnRequest(ref SshReader reader)
    {
        var type = reader.ReadString();
        var wantsReply = reader.ReadBoolean();
        var known = true;
        if (type.SequenceEqual("exit-status"u8))
            OnExit(new() { ExitCode = unchecked((int)reader.ReadUInt32()) });
        else if (type.SequenceEqual("exit-signal"u8))
            OnExitSignal(ref reader);
        else if (type.SequenceEqual("eow@openssh.com"u8))
            OnEndOfWriting();
        else
            known = type.SequenceEqual("xon-xoff"u8);
        if (wantsReply && _state is State.Open)
            _connection.Post(Message(known ? MessageNumber.ChannelSuccess : MessageNumber.ChannelFailure).Finish(), isAnswer: true);
    }

    /// <summary>Handles exit-signal. ssh ignores the request entirely, so a malformed one must not end the connection.</summary>
    private void OnExitSignal(ref SshReader reader)
    {
        if (!reader.TryReadDisplayText(out var signal))
            return;
        var hasDumped = !reader.IsAtEnd && reader.ReadBoolean();
        reader.TryReadDisplayText(out var message);
        OnExit(new() { Signal = signal, CoreDumped = hasDumped, Message = message });
    }

    private void OnExit(SshExitStatus exit)
    {
        OnStarted();
        // As in ssh, the last status counts, and a status takes precedence over a signal.
        _exit = exit.ExitCode is null ? _exit ?? exit : exit;
        _connection.Wake(_exiting);
        if (_collects && _peerSentEof)
            WakeReaders();
    }

    /// <summary>
    /// Marks the command as started, because the peer has shown that it runs. Some servers answer the start request only after the
    /// command's end, and some never; ssh does not wait for the answer.
    /// </summary>
    private void OnStarted()
    {
        if (_starting is not { } starting)
            return;
        starting.HasStarted = true;
        Answered(starting, Answer.Success);
    }

    /// <summary>Handles the notice that the command's standard input is closed at its end (OpenSSH's PROTOCOL, section 2.1).</summary>
    private void OnEndOfWriting()
    {
        _peerReads = false;
        Wake(ref _writable);
    }

    private void OnAnswer(PendingRequest? request, Answer answer)
    {
        if (request is not { HasStarted: true })
        {
            Answered(request, answer);
            if (answer is Answer.Failure && request is { Ended: null, IsStart: true })
                OnLateRefusal(Refused(request));
        }
        // A late refusal counts only if no keepalive waits behind it: otherwise this may be the answer to the keepalive.
        else if (answer is Answer.Failure && _answers.Count == 0 && _exit is null)
            OnLateRefusal(Refused(request));
    }

    private void OnLateRefusal(SshException refusal)
    {
        _refusal = refusal;
        _connection.Wake(_exiting);
        Close();
    }

    private void Answered(PendingRequest? request, Answer answer)
    {
        if (request is null)
            return;
        if (request == _starting)
            _starting = null;
        _unanswered -= request.What is null ? 0 : 1;
        request.Answer = answer;
        if (request.Ended is { } ended)
            _connection.Wake(ended);
    }

    private void Finish(SshException? failure)
    {
        if (_state is not State.Closed)
        {
            _failure = failure;
            HasLostOutput |= failure is not null && !_peerSentEof;
        }
        _state = State.Closed;
        _window.End();
        if (_disposed)
            Drop();
        WakeStreams();
        while (_answers.TryDequeue(out var answer))
        {
            if (answer is not { HasStarted: true })
                Answered(answer, Answer.None);
        }
        _connection.Wake(_opening);
        _connection.Wake(_exiting);
        _connection.Wake(_closing);
    }
}
