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
    private readonly bool _hasStderr;
    private readonly Lock _lock = new();
    private readonly ReceiveBuffer _received = new();
    private readonly Queue<PendingRequest?> _answers = [];
    private readonly AsyncSignal _opening = new();
    private readonly AsyncSignal _readable = new();
    private readonly TaskCompletionSource _exiting;
    private readonly TaskCompletionSource _closing;
    // Completed when the wait is over; null if nothing waits.
    private TaskCompletionSource? _writable;
    private TaskCompletionSource? _windowGiven;
    // A read waits, and _readable has not been set for it.
    private bool _awaitsData;

    private State _state = State.Opening;
    // The failure that ended the channel before both sides had closed it.
    private SshException? _failure;
    private SshExit? _exit;
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

    internal SshChannel(SshConnection connection, uint number, ChannelWindow window, bool hasStderr)
    {
        _connection = connection;
        _window = window;
        _hasStderr = hasStderr;
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

    /// <summary>
    /// Reads from whichever of the two streams has data, in order of arrival; a count of 0 means that both have ended. The token only ends
    /// a wait: data that is already available is returned even if the token has fired. Only reading allows the peer to send more.
    /// </summary>
    /// <param name="buffer">The buffer; not empty.</param>
    /// <param name="cancellationToken">Ends the wait. No data is lost.</param>
    /// <exception cref="InvalidOperationException">Another read waits.</exception>
    /// <exception cref="SshException">
    /// The connection ended before the streams did, and before the command's end was known. All data received before has been read.
    /// </exception>
    public async ValueTask<SshRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            throw new ArgumentException("the buffer has no room", nameof(buffer));
        while (true)
        {
            ValueTask more;
            lock (_lock)
            {
                if (TryRead(buffer.Span, out var read))
                    return read;
                more = _readable.WaitAsync(cancellationToken);
                _awaitsData = true;
            }
            try
            {
                await more.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                lock (_lock)
                {
                    _awaitsData = false;
                    if (TryRead(buffer.Span, out var read))
                        return read;
                }
                throw;
            }
        }
    }

    /// <summary>Writes to the command's standard input, at the pace at which the peer accepts data.</summary>
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
                    throw _failure.Copy();
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
    public ValueTask SendEofAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_state is State.Open && !_sentEof)
            {
                _sentEof = true;
                _connection.Post(Message(MessageNumber.ChannelEof).Finish());
            }
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Waits for the command's exit status. Its last output may still be in transit and can be read as usual. Of several statuses the last
    /// one counts, as in ssh; it is final once the streams have ended.
    /// </summary>
    /// <exception cref="SshException">
    /// The channel or the connection ended before the status arrived, or the server refused the command late
    /// (<see cref="SshFailure.RequestRefused"/>).
    /// </exception>
    public async ValueTask<SshExit> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        await _exiting.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
            return _exit ?? throw (_refusal ?? _failure)?.Copy() ?? Closed();
    }

    /// <summary>Closes the channel and waits until the peer has closed it too. Data received before can still be read.</summary>
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

    internal static SshException Closed() => new(SshFailure.ChannelClosed, "the channel was closed");

    private TaskCompletionSource NewTask() => new(_connection.TaskOptions);

    private bool TryRead(Span<byte> buffer, out SshRead read)
    {
        read = default;
        if (_received.Count > 0)
        {
            read = _received.Take(buffer);
            GiveBack(read.Count);
            return true;
        }
        // A server may disconnect as soon as it has sent the command's status; ssh then exits with that status.
        var hasHungUp = _exit is not null && _failure?.Failure is SshFailure.ConnectionLost or SshFailure.Disconnected;
        if (_peerSentEof || _peerClosed || hasHungUp)
            return true;
        if (_failure is not null)
            throw _failure.Copy();
        return _state is State.Closed;
    }

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

    private void GiveBack(int count)
    {
        if (_state is not State.Open)
        {
            _window.Discard(count);
            return;
        }
        var adjustment = _window.Consume(count, _received.Count == 0);
        if (adjustment == 0)
            return;
        _connection.Post(WindowAdjust(adjustment));
        Wake(ref _windowGiven);
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

    private void Drop() => _window.Discard(_received.Clear());

    private void WakeStreams()
    {
        WakeReader();
        Wake(ref _writable);
        Wake(ref _windowGiven);
    }

    private void WakeReader()
    {
        if (!_awaitsData)
            return;
        _awaitsData = false;
        _connection.Wake(_readable);
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
