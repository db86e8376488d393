using System.Text;
using Volley.Interop.Waiting;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>
/// The requests to the peer on this channel (RFC 4254 section 6). A call sends its request synchronously, in the order of the calls,
/// so several requests may be pending at once.
/// </content>
public sealed partial class SshChannel
{
    private const string CommandName = "the command";

    /// <summary>Requests a terminal. Call it before starting the command.</summary>
    /// <param name="terminal">The terminal type, as in TERM.</param>
    /// <param name="columns">The number of characters per line; 0 if it is unknown.</param>
    /// <param name="rows">The number of lines; 0 if it is unknown.</param>
    /// <param name="modes">Encoded terminal modes (RFC 4254 section 8); empty for the server's defaults.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <exception cref="ArgumentNullException"><paramref name="terminal"/> is null.</exception>
    /// <exception cref="SshException">The server refused the request (<see cref="SshFailure.RequestRefused"/>), or the channel ended.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of characters or lines is negative.</exception>
    public ValueTask RequestPtyAsync(
        string terminal, int columns, int rows, ReadOnlyMemory<byte> modes = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        CheckSize(columns, rows);
        var message = Request("pty-req", wantsReply: true, terminal.Length + modes.Length + 64);
        message.WriteText(terminal);
        WriteSize(ref message, columns, rows);
        // An empty list of modes consists of its terminator.
        message.WriteString(modes.IsEmpty ? [0] : modes.Span);
        return RequireAsync(message.Finish(), "a terminal", cancellationToken);
    }

    /// <summary>Sets a variable of the command's environment, if the server allows it. The server does not report whether it does.</summary>
    /// <param name="name">The name of the variable.</param>
    /// <param name="value">Its value.</param>
    /// <param name="cancellationToken">Ignored, because the call does not wait.</param>
    public ValueTask RequestEnvironmentAsync(string name, string value, CancellationToken cancellationToken = default)
    {
        RequestEnvironment(name, value);
        return ValueTask.CompletedTask;
    }

    internal void RequestEnvironment(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        var message = Request("env", wantsReply: false, name.Length + value.Length + 64);
        message.WriteText(name);
        message.WriteText(value);
        Tell(message.Finish());
    }

    /// <summary>
    /// Starts a command, which the user's remote shell interprets. It has started once the server confirms it, or once its output, the end
    /// of its output, or its end arrives.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="withoutInput">Whether the command gets no input. Then EOF is sent in the same write, and nothing can be written.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <exception cref="ArgumentException"><paramref name="command"/> is null, or longer than <see cref="SshClient.MaxCommandBytes"/>.</exception>
    /// <exception cref="SshException">The server refused the request (<see cref="SshFailure.RequestRefused"/>), or the channel ended.</exception>
    public ValueTask ExecAsync(string command, bool withoutInput = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        return RequireAsync(ExecRequest(command), CommandName, cancellationToken, isStart: true, withoutInput);
    }

    /// <summary>Starts the user's shell.</summary>
    /// <inheritdoc cref="RequestPtyAsync"/>
    internal ValueTask ShellAsync(CancellationToken cancellationToken = default) =>
        RequireAsync(Request("shell", wantsReply: true).Finish(), "a shell", cancellationToken, isStart: true);

    /// <summary>Starts a subsystem, such as sftp.</summary>
    /// <inheritdoc cref="RequestPtyAsync"/>
    public ValueTask SubsystemAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var message = Request("subsystem", wantsReply: true, name.Length + 64);
        message.WriteText(name);
        return RequireAsync(message.Finish(), $"the subsystem {name}", cancellationToken, isStart: true);
    }

    /// <summary>Sends a signal to the command. Has no effect once the channel is closed. Servers do not report the result.</summary>
    /// <param name="name">A signal name of RFC 4254 section 6.10, without "SIG": TERM, KILL, INT, HUP.</param>
    /// <param name="cancellationToken">Ignored, because the call does not wait.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null or empty.</exception>
    public ValueTask SendSignalAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var message = Request("signal", wantsReply: false);
        message.WriteText(name);
        Tell(message.Finish());
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends the new size of the command's terminal. Has no effect once the channel is closed.</summary>
    /// <param name="columns">The number of characters per line; 0 if it is unknown.</param>
    /// <param name="rows">The number of lines; 0 if it is unknown.</param>
    /// <param name="cancellationToken">Ignored, because the call does not wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public ValueTask ChangeWindowAsync(int columns, int rows, CancellationToken cancellationToken = default)
    {
        CheckSize(columns, rows);
        var message = Request("window-change", wantsReply: false);
        WriteSize(ref message, columns, rows);
        Tell(message.Finish());
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Sends a keepalive and waits for its answer, whatever it is. Without a limit by the token it waits as long as the connection lives.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if the channel or the connection ended instead.</returns>
    internal async ValueTask<bool> CheckAliveAsync(CancellationToken cancellationToken = default)
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
        var answer = await AskAsync(KeepAliveRequest(), new() { Ended = new() }, cancellationToken).ConfigureAwait(false);
        return answer is not Answer.None;
    }

    /// <summary>
    /// Waits until everything that the command itself printed has arrived. Call it after the command's end. Servers report the end while
    /// output is still in transit, and the streams do not end while another process holds them open.
    /// </summary>
    /// <remarks>
    /// A server that has answered twice, and sent nothing in between although its window was open, had nothing to send: sshd checks all streams
    /// between two consecutive messages that it receives. A server that never pauses ends the wait after a number of bytes or of answers. The bytes
    /// are more than any pipe, buffer or window holds. That number of answers, each with data before it, implies that the data of the command's pipe
    /// has arrived.
    /// </remarks>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// Whether the server sent nothing during the wait. Then it had nothing to send since its last message before the call.
    /// </returns>
    public async ValueTask<bool> SettleAsync(CancellationToken cancellationToken = default)
    {
        const int QuietAnswers = 2;
        const int MaxAnswers = 256;
        const long MaxBytes = 8 << 20;
        var first = Total();
        for (int quiet = 0, answers = 0; quiet < QuietAnswers && answers < MaxAnswers;)
        {
            long before;
            Task? room = null;
            lock (_lock)
            {
                before = _total;
                if (_peerSentEof || _state is not State.Open || before - first > MaxBytes)
                    break;
                if (_window.Open == 0)
                    room = (_windowGiven ??= NewTask()).Task;
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
    /// Starts a command without waiting for the answer. A refusal closes the channel, and <see cref="WaitForExitAsync"/> reports it.
    /// </summary>
    internal void Exec(string command, bool withoutInput) =>
        Ask(ExecRequest(command), new() { What = CommandName, IsStart = true }, withoutInput);

    /// <summary>
    /// Requests that programs of the session can use an agent of this side. The connection must expect the channels to the agent
    /// (<see cref="SshClient.ForwardAgent"/>), unless a control master accepts them.
    /// </summary>
    /// <param name="cancellationToken">Abandons the wait for the answer.</param>
    /// <returns>A task that completes when the server has agreed.</returns>
    /// <exception cref="SshException">The server refused (<see cref="SshFailure.RequestRefused"/>), or the connection ended.</exception>
    public ValueTask RequestAgentAsync(CancellationToken cancellationToken = default) =>
        RequireAsync(Request("auth-agent-req@openssh.com", wantsReply: true).Finish(), "agent forwarding", cancellationToken);

    /// <summary>
    /// Sends a keepalive without waiting for the answer. Returns false if the channel is not open, or if another request waits for its
    /// answer: if the peer never answers that request, its answer to the keepalive would be taken for it.
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

    /// <summary>Returns the number of bytes received on both streams.</summary>
    private long Total()
    {
        lock (_lock)
            return _total;
    }

    private OutgoingMessage KeepAliveRequest() => Request(SshConnection.KeepAliveRequest, wantsReply: true).Finish();

    private static void CheckSize(int columns, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
    }

    private static void WriteSize(ref SshWriter message, int columns, int rows)
    {
        message.WriteUInt32((uint)columns);
        message.WriteUInt32((uint)rows);
        // The size in pixels is unknown.
        message.WriteUInt32(0);
        message.WriteUInt32(0);
    }

    private SshWriter Request(string type, bool wantsReply, int room = 64)
    {
        var message = Message(MessageNumber.ChannelRequest, room);
        message.WriteText(type);
        message.WriteBoolean(wantsReply);
        return message;
    }

    private void Tell(OutgoingMessage message)
    {
        lock (_lock)
        {
            if (_state is State.Open)
            {
                _connection.Post(message);
                return;
            }
        }
        message.Return();
    }

    private OutgoingMessage ExecRequest(string command)
    {
        var message = Request("exec", wantsReply: true, Encoding.UTF8.GetMaxByteCount(command.Length) + 64);
        message.WriteText(command);
        return message.Finish();
    }

    /// <summary>Sends a request. Returns false if the channel is not open.</summary>
    private bool Ask(OutgoingMessage message, PendingRequest request, bool endsInput = false)
    {
        lock (_lock)
        {
            if (_state is State.Open)
            {
                // Answers name no request. On one channel they arrive in the order of the requests (RFC 4254 section 4).
                _answers.Enqueue(request);
                _unanswered += request.What is null ? 0 : 1;
                if (request.IsStart)
                    _starting = request;
                OutgoingMessage? eof = endsInput && !_sentEof ? Message(MessageNumber.ChannelEof).Finish() : null;
                _sentEof |= endsInput;
                _connection.Post(message, isAnswer: false, eof);
                return true;
            }
        }
        message.Return();
        return false;
    }

    private async ValueTask<Answer> AskAsync(OutgoingMessage message, PendingRequest request, CancellationToken cancellationToken, bool endsInput = false)
    {
        if (!Ask(message, request, endsInput))
            return Answer.None;
        await request.Ended!.WaitAsync(cancellationToken).ConfigureAwait(false);
        return request.Answer;
    }

    private async ValueTask RequireAsync(
        OutgoingMessage message, string what, CancellationToken cancellationToken, bool isStart = false, bool endsInput = false)
    {
        var request = new PendingRequest { Ended = new(), What = what, IsStart = isStart };
        switch (await AskAsync(message, request, cancellationToken, endsInput).ConfigureAwait(false))
        {
            case Answer.Failure:
                throw Refused(request);
            case Answer.None:
                lock (_lock)
                    throw EndFailure(_failure);
        }
    }

    private static SshException Refused(PendingRequest request) => new(SshFailure.RequestRefused, $"the server refused {request.What}");

    /// <summary>A request whose answer a caller waits for.</summary>
    private sealed class PendingRequest
    {
        /// <summary>Set when the answer has arrived, or the channel has ended; null if no caller waits.</summary>
        public AsyncSignal? Ended { get; init; }

        public Answer Answer { get; set; }

        /// <summary>A description of the requested object for messages; null for a keepalive, for which any answer will do.</summary>
        public string? What { get; init; }

        /// <summary>Whether the request starts the command, shell or subsystem.</summary>
        public bool IsStart { get; init; }

        /// <summary>Whether what the request starts was known to run before the answer.</summary>
        public bool HasStarted { get; set; }
    }
}
