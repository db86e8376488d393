using System.Text;
using Volley.Ssh.Messages;

namespace Volley.Ssh;

/// <content>What we ask of the peer on this channel (RFC 4254 section 6). Requests are sent by the call itself, in the order of the calls, so that several may be under way at once.</content>
public sealed partial class SshChannel
{
    /// <summary>Asks for a terminal; before the command.</summary>
    /// <param name="terminal">The terminal's type, as in TERM.</param>
    /// <param name="size">Its size.</param>
    /// <param name="modes">Encoded terminal modes (RFC 4254 section 8); empty leaves them to the server.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <exception cref="SshException">The server refused (<see cref="SshFailure.RequestRefused"/>), or the channel ended.</exception>
    public ValueTask RequestPtyAsync(
        string terminal, PtySize size, ReadOnlyMemory<byte> modes = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        var message = Request("pty-req", wantsReply: true, terminal.Length + modes.Length + 64);
        message.Text(terminal);
        Write(ref message, size);
        // A list of no modes is the end of the list.
        message.Bytes(modes.IsEmpty ? [0] : modes.Span);
        return RequireAsync(message.Finish(), "a terminal", cancellationToken);
    }

    /// <summary>Sets a variable of the command's environment, if the server allows it; it does not say.</summary>
    public ValueTask RequestEnvironmentAsync(string name, string value, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        var message = Request("env", wantsReply: false, name.Length + value.Length + 64);
        message.Text(name);
        message.Text(value);
        return Tell(message.Finish());
    }

    /// <summary>
    /// Starts a command, which the user's remote shell interprets. It has started once the server says so, or once it shows: by output, the
    /// end of the output, or the command's end.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="withoutInput">Whether its standard input is at its end at once, which is told with the same write: nothing can be written then.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <exception cref="SshException">The server refused (<see cref="SshFailure.RequestRefused"/>), or the channel ended.</exception>
    public ValueTask ExecAsync(string command, bool withoutInput = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        var message = Request("exec", wantsReply: true, Encoding.UTF8.GetMaxByteCount(command.Length) + 64);
        message.Text(command);
        return RequireAsync(message.Finish(), "the command", cancellationToken, isStart: true, withoutInput);
    }

    /// <summary>Starts the user's shell.</summary>
    /// <inheritdoc cref="RequestPtyAsync"/>
    public ValueTask ShellAsync(CancellationToken cancellationToken = default) =>
        RequireAsync(Request("shell", wantsReply: true).Finish(), "a shell", cancellationToken, isStart: true);

    /// <summary>Starts a subsystem, such as sftp.</summary>
    /// <inheritdoc cref="RequestPtyAsync"/>
    public ValueTask SubsystemAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var message = Request("subsystem", wantsReply: true, name.Length + 64);
        message.Text(name);
        return RequireAsync(message.Finish(), $"the subsystem {name}", cancellationToken, isStart: true);
    }

    /// <summary>Sends a signal to the command; nothing happens once the channel is over. Servers do not say what became of it.</summary>
    /// <param name="name">A name of RFC 4254 section 6.10, without "SIG": TERM, KILL, INT, HUP.</param>
    /// <param name="cancellationToken">Not needed, for this does not wait.</param>
    public ValueTask SendSignalAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var message = Request("signal", wantsReply: false);
        message.Text(name);
        return Tell(message.Finish());
    }

    /// <summary>Tells the command's terminal its new size; nothing happens once the channel is over.</summary>
    public ValueTask ChangeWindowAsync(PtySize size, CancellationToken cancellationToken = default)
    {
        var message = Request("window-change", wantsReply: false);
        Write(ref message, size);
        return Tell(message.Finish());
    }

    /// <summary>
    /// Sends a keepalive and waits for its answer, whatever it is. Without a limit of the token's, it waits as long as the connection lives.
    /// </summary>
    /// <returns>False if the channel or the connection ended instead.</returns>
    public async ValueTask<bool> CheckAliveAsync(CancellationToken cancellationToken = default)
    {
        if (_connection.SendsGlobalRequests)
        {
            lock (_lock)
            {
                if (_state is not State.Open)
                    return false;
            }
            return await _connection.CheckAliveAsync(cancellationToken).ConfigureAwait(false);
        }
        var answer = await AskAsync(KeepAliveRequest(), new(_connection.SignalOptions), cancellationToken).ConfigureAwait(false);
        return answer is not Answer.None;
    }

    /// <summary>
    /// Waits until all that the command itself has printed is here, to be called after its end: servers tell the end while
    /// output is still on its way, and where something that the command left behind holds the streams, no end of theirs follows.
    /// </summary>
    /// <remarks>
    /// A server that has answered twice, and sent nothing in between although it was allowed to, had nothing to send: sshd
    /// looks at all streams between any two messages that it receives one after the other. A server that goes on and on has
    /// sent more by then than any pipe, buffer or window holds, or so many answers, each of which brought something, that what
    /// the command left in its pipe must have been among it.
    /// </remarks>
    /// <returns>
    /// Whether the server sent nothing meanwhile. Then it had nothing to send since the last message that it sent before the call.
    /// </returns>
    public async ValueTask<bool> SettleAsync(CancellationToken cancellationToken = default)
    {
        const int QuietAnswers = 2;
        const int MostAnswers = 256;
        const long MostBytes = 8 << 20;
        var first = Total();
        for (int quiet = 0, answers = 0; quiet < QuietAnswers && answers < MostAnswers;)
        {
            long before;
            Task? room = null;
            lock (_lock)
            {
                before = _total;
                if (_peerSentEof || _state is not State.Open || before - first > MostBytes)
                    break;
                if (_window.Open == 0)
                    room = (_windowGiven ??= NewSignal()).Task;
            }
            if (room is not null)
            {
                await room.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            if (!await CheckAliveAsync(cancellationToken).ConfigureAwait(false))
                break;
            answers++;
            quiet = Total() == before ? quiet + 1 : 0;
        }
        return Total() == first;
    }

    /// <summary>
    /// Asks as <see cref="CheckAliveAsync"/> does, but leaves the answer to be heard; false if the channel is not open, or if
    /// another request waits for its answer: where the peer never answers that one, its answer to a keepalive would be taken for it.
    /// </summary>
    internal bool TryAsk()
    {
        var message = KeepAliveRequest();
        lock (_lock)
        {
            if (_state is State.Open && _unanswered == 0)
            {
                _answers.Enqueue(null);
                _connection.Post(message);
                return true;
            }
        }
        message.Return();
        return false;
    }

    /// <summary>Returns the number of bytes that came on both streams.</summary>
    private long Total()
    {
        lock (_lock)
            return _total;
    }

    private OutgoingMessage KeepAliveRequest() => Request(SshConnection.KeepAliveRequest, wantsReply: true).Finish();

    private static void Write(ref MessageWriter message, PtySize size)
    {
        message.UInt32((uint)Math.Max(0, size.Columns));
        message.UInt32((uint)Math.Max(0, size.Rows));
        // In pixels: not known.
        message.UInt32(0);
        message.UInt32(0);
    }

    private MessageWriter Request(string type, bool wantsReply, int room = 64)
    {
        var message = Message(MessageNumber.ChannelRequest, room);
        message.Text(type);
        message.Boolean(wantsReply);
        return message;
    }

    private ValueTask Tell(OutgoingMessage message)
    {
        lock (_lock)
        {
            if (_state is State.Open)
            {
                _connection.Post(message);
                return ValueTask.CompletedTask;
            }
        }
        message.Return();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<Answer> AskAsync(OutgoingMessage message, AnswerSignal answer, CancellationToken cancellationToken, bool endsInput = false)
    {
        bool isAsked;
        lock (_lock)
        {
            isAsked = _state is State.Open;
            if (isAsked)
            {
                // Answers name no request: on one channel they come in the order of the requests (RFC 4254 section 4).
                _answers.Enqueue(answer);
                _unanswered += answer.What is null ? 0 : 1;
                if (answer.IsStart)
                    _starting = answer;
                OutgoingMessage? eof = endsInput && !_sentEof ? Message(MessageNumber.ChannelEof).Finish() : null;
                _sentEof |= endsInput;
                _connection.Post(message, isAnswer: false, eof);
            }
        }
        if (!isAsked)
        {
            message.Return();
            return Answer.None;
        }
        await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return answer.Answer;
    }

    private async ValueTask RequireAsync(
        OutgoingMessage message, string what, CancellationToken cancellationToken, bool isStart = false, bool endsInput = false)
    {
        var signal = new AnswerSignal(_connection.SignalOptions) { What = what, IsStart = isStart };
        switch (await AskAsync(message, signal, cancellationToken, endsInput).ConfigureAwait(false))
        {
            case Answer.Failure:
                throw Refused(signal);
            case Answer.None:
                lock (_lock)
                    throw _failure?.Again() ?? Closed();
        }
    }

    private static SshException Refused(AnswerSignal signal) => new(SshFailure.RequestRefused, $"the server refused {signal.What}");
}
