using Volley.Interop.Waiting;
using Volley.Ssh.Connection;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>
/// One channel of a connection (RFC 4254 section 5): a command with its streams, signals and exit status. One read and one write may
/// be pending at a time; all other members may be called at any time from any thread.
/// </summary>
public sealed partial class SshChannel : IAsyncDisposable
{
    /// <summary>The largest amount of data in one message: 32 KiB, as in OpenSSH.</summary>
    internal const int MaxPacket = 32 << 10;

    private readonly SshConnection _connection;
    private readonly ChannelWindow _window;
    private readonly ChannelKind _kind;
    private readonly Lock _lock = new();
    private readonly Queue<PendingRequest?> _answers = [];
    private readonly AsyncSignal _opening = new();
    private readonly TaskCompletionSource _exiting;
    private readonly TaskCompletionSource _closing;
    // Completed when the wait is over; null if nothing waits.
    private TaskCompletionSource? _writable;
    private TaskCompletionSource? _windowGiven;

    private State _state = State.Opening;
    // The failure that ended the channel before both sides had closed it.
    private SshException? _failure;
    private SshExitStatus? _exit;
    private bool _peerSentEof;
    private bool _peerClosed;
    private bool _peerReads = true;
    private bool _sentEof;
    // The number of requests other than keepalives that the peer has not answered.
    private int _unanswered;
    // The request that starts the command, until the command is known to run.
    private PendingRequest? _starting;
    // A refusal of that request that arrived after the command had seemed to run.
    private SshException? _refusal;
    private bool _disposed;
    private uint _peerNumber;
    private uint _peerWindow;
    private int _peerMaxPacket;
    private long _total;

    internal SshChannel(SshConnection connection, uint number, ChannelWindow window, ChannelKind kind)
    {
        _connection = connection;
        _window = window;
        _kind = kind;
        (_exiting, _closing) = (new(connection.TaskOptions), new(connection.TaskOptions));
        Number = number;
    }

    private enum State
    {
        /// <summary>The peer has not answered the request to open the channel.</summary>
        Opening,

        /// <summary>As Opening, but no caller waits for the answer.</summary>
        Abandoned,
        Open,

        /// <summary>This side has sent CLOSE, or the connection has ended: nothing is sent any more.</summary>
        Closed,
    }

    private enum Answer
    {
        Success,
        Failure,
        None,
    }

    /// <summary>
    /// Whether output may be missing: the connection ended before the streams did, or the peer sent more than its window, which is
    /// dropped as in ssh.
    /// </summary>
    public bool HasLostOutput { get; private set; }

    internal uint Number { get; }

    /// <summary>A task that completes when both sides have closed the channel, or the connection has ended. It never faults.</summary>
    internal Task Closed => _closing.Task;

    /// <summary>Whether the peer has not answered the request to open the channel.</summary>
    internal bool IsOpening
    {
        get
        {
            lock (_lock)
                return _state is State.Opening or State.Abandoned;
        }
    }

    /// <summary>Whether a request other than a keepalive waits for its answer.</summary>
    internal bool IsAsking
    {
        get
        {
            lock (_lock)
                return _unanswered > 0;
        }
    }

    /// <summary>Writes to the command's standard input, at the pace at which the peer accepts data.</summary>
    /// <param name="data">The data, which must not change before the task ends.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False once the peer does not read any more: it sent eow@openssh.com, or the channel is closed.</returns>
    /// <exception cref="InvalidOperationException">The input was ended by <see cref="SendEofAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The token fired. A part of the data may have been written.</exception>
    /// <exception cref="SshException">The connection ended.</exception>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task? window = null;
            lock (_lock)
            {
                if (_failure is not null)
                    throw new SshException(_failure);
                if (_state is State.Closed || !_peerReads)
                    return false;
                if (_sentEof)
                    throw new InvalidOperationException("the input has ended");
                if (data.IsEmpty)
                    return true;
                if (_peerWindow == 0)
                    window = (_writable ??= NewTask()).Task;
            }
            cancellationToken.ThrowIfCancellationRequested();
            if (window is not null)
            {
                await window.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            await _connection.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
            data = data[SendData(data.Span)..];
        }
    }

    /// <summary>Closes the command's standard input. Its output can still be read.</summary>
    /// <param name="cancellationToken">Ignored, because the call does not wait.</param>
    public ValueTask SendEofAsync(CancellationToken cancellationToken = default)
    {
        SendEof();
        return ValueTask.CompletedTask;
    }

    internal void SendEof()
    {
        lock (_lock)
        {
            if (_state is State.Open && !_sentEof)
            {
                _sentEof = true;
                _connection.Post(Message(MessageNumber.ChannelEof).Finish());
            }
        }
    }

    /// <summary>
    /// Waits for the command's exit status. Its last output may still be in transit and can be read as usual. Of several statuses the last
    /// one counts, as in ssh; it is final once the streams have ended.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The exit status.</returns>
    /// <exception cref="SshException">
    /// The channel or the connection ended before the status arrived, or the server refused the command late
    /// (<see cref="SshFailure.RequestRefused"/>).
    /// </exception>
    public async ValueTask<SshExitStatus> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        await _exiting.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
            return _exit ?? throw EndFailure(_refusal ?? _failure);
    }

    /// <summary>Closes the channel and waits until the peer has closed it too. Data received before can still be read.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask CloseAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
            Close();
        await _closing.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the channel and drops unread data. Does not wait for the peer.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Close();
            Drop();
        }
    }

    internal static SshException ClosedFailure() => new(SshFailure.ChannelClosed, "the channel was closed");

    /// <summary>Returns the exception for a call that the channel's end has ended.</summary>
    private static SshException EndFailure(SshException? cause) => cause is null ? ClosedFailure() : new(cause);

    private TaskCompletionSource NewTask() => new(_connection.TaskOptions);

    /// <summary>Sends as much as the peer accepts at the moment. Returns the number of bytes.</summary>
    private int SendData(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_state is not State.Open || _sentEof || !_peerReads)
                return 0;
            var count = (int)Math.Min((uint)Math.Min(data.Length, _peerMaxPacket), _peerWindow);
            if (count == 0)
                return 0;
            _peerWindow -= (uint)count;
            var message = Message(MessageNumber.ChannelData, count + 16);
            message.WriteString(data[..count]);
            _connection.Post(message.Finish());
            return count;
        }
    }

    private void Close()
    {
        if (_state is State.Open)
            _connection.Post(Message(MessageNumber.ChannelClose).Finish());
        if (_state is State.Open or State.Closed)
        {
            _state = State.Closed;
            WakeStreams();
        }
    }

    private void WakeStreams()
    {
        WakeReaders();
        Wake(ref _writable);
        Wake(ref _windowGiven);
    }

    private void Wake(ref TaskCompletionSource? wait)
    {
        if (wait is null)
            return;
        _connection.Wake(wait);
        wait = null;
    }

    private OutgoingMessage WindowAdjust(uint count)
    {
        var message = Message(MessageNumber.ChannelWindowAdjust);
        message.WriteUInt32(count);
        return message.Finish();
    }

    private SshWriter Message(byte number, int room = 16)
    {
        var message = new SshWriter(number, room);
        message.WriteUInt32(_peerNumber);
        return message;
    }
}
