using Volley.Interop.Waiting;
using Volley.Ssh.Connection;
using Volley.Ssh.Forwarding;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>
/// The connection protocol of SSH (RFC 4254), client side: any number of concurrent channels over one packet stream. It has no thread
/// of its own, and a channel that is not read does not block the others. Thread-safe.
/// </summary>
public sealed partial class SshConnection : IAsyncDisposable
{
    private readonly IPacketStream _packets;
    private readonly WindowBudget _budget;
    private readonly KeepAlive? _keepAlive;
    private readonly WriteCork _cork;
    private readonly SendQueue _sending;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, SshChannel> _channels = [];
    private readonly Task _receiving;
    private readonly AsyncCondition _isIdle = new();
    private uint _nextNumber;
    private bool _over;

    /// <summary>Creates the connection and begins to receive. It takes ownership of the packet stream, which must be authenticated.</summary>
    /// <param name="packets">The packet stream.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="time">The clock of the keepalives; the system clock if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The keepalive interval or count is negative.</exception>
    internal SshConnection(IPacketStream packets, SshConnectionOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(packets);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.KeepAliveInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(options.KeepAliveCount);
        _packets = packets;
        SendsGlobalRequests = options.SendsGlobalRequests;
        _onChannelRefused = options.OnChannelRefused;
        _budget = options.WindowBudget ?? new();
        _cork = new WriteCork(packets);
        _turn = new(_cork, options.ResumesInline);
        _sending = new(packets, _cork, End);
        if (options.KeepAliveInterval > TimeSpan.Zero)
        {
            _keepAlive = new(options.KeepAliveInterval, options.KeepAliveCount, time ?? TimeProvider.System, SendKeepAlive, () => packets.ReceivedBytes,
                () => End(new(SshFailure.Unresponsive,
                    $"no answer for {options.KeepAliveCount} times {options.KeepAliveInterval.TotalSeconds:0.###} s")));
        }
        _receiving = ReceiveAsync();
    }

    /// <summary>A task that completes when the connection has ended for any reason. It never faults; <see cref="EndedBy"/> has the cause.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The cause of the connection's end; null while it lives, and after <see cref="DisposeAsync"/>.</summary>
    public SshException? EndedBy { get; private set; }

    /// <summary>The number of channels that are being opened, are open, or are closed by this side but not by the peer.</summary>
    internal int OpenChannels
    {
        get
        {
            lock (_lock)
                return _channels.Count;
        }
    }

    /// <summary>Opens a channel for one command, shell or subsystem (RFC 4254 section 6.1).</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The channel.</returns>
    /// <exception cref="SshException">The peer refused the channel (<see cref="SshFailure.ChannelRefused"/>), or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token fired. If the channel opens later, it is closed at once.</exception>
    public ValueTask<SshChannel> OpenSessionAsync(CancellationToken cancellationToken = default) =>
        OpenAsync(ChannelKind.Session, null, cancellationToken);

    /// <summary>
    /// Waits until no channel is left, or until the connection has ended. Requests to open channels must be answered, including abandoned
    /// ones, and channels must be closed by both sides. Leaving an OpenSSH control master before that can crash it.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitUntilIdleAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
            return _channels.Count == 0 ? Task.CompletedTask : _isIdle.WaitAsync().WaitAsync(cancellationToken);
    }

    /// <summary>Ends the connection with all its channels, and disposes the packet stream.</summary>
    public async ValueTask DisposeAsync()
    {
        End(null);
        await _closed.Task.ConfigureAwait(false);
        if (_receiving.IsCompleted)
            return;
        await _receiving.ConfigureAwait(false);
        // The receiver may end on the thread that watches the sockets, which the caller could block.
        if (!_turn.ResumesInline)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }

    /// <summary>Opens a connection from the peer to an address (RFC 4254 section 7.2, and section 2.4 of OpenSSH's PROTOCOL).</summary>
    /// <param name="destination">The address. The peer resolves its name.</param>
    /// <param name="cancellationToken">Ends the wait. If the channel opens later, it is closed at once.</param>
    /// <exception cref="SshException">The peer refused the channel (<see cref="SshFailure.ChannelRefused"/>), or the connection ended.</exception>
    internal ValueTask<SshChannel> OpenDirectAsync(ForwardAddress destination, CancellationToken cancellationToken) =>
        OpenAsync(new(destination.IsUnix ? "direct-streamlocal@openssh.com" : "direct-tcpip", $"a connection to {destination}"), destination,
            cancellationToken);

    /// <summary>
    /// Delays the writing of messages until <see cref="ReleaseWrites"/>, so that several go out in one write. The caller must not wait meanwhile.
    /// </summary>
    internal void HoldWrites() => _cork.Hold();

    /// <summary>Starts to write the messages that were delayed.</summary>
    internal void ReleaseWrites() => _cork.Release();

    internal void Post(OutgoingMessage message, bool isAnswer = false, OutgoingMessage? follower = null) =>
        _sending.Post(message, isAnswer, follower);

    internal Task WaitForRoomAsync(CancellationToken cancellationToken) => _sending.WaitForRoomAsync(cancellationToken);

    /// <summary>Removes a channel that both sides have closed or the peer has refused.</summary>
    internal void Forget(uint number)
    {
        lock (_lock)
        {
            _channels.Remove(number);
            if (_channels.Count == 0)
                _isIdle.PulseAll();
        }
    }

    private async ValueTask<SshChannel> OpenAsync(ChannelKind kind, ForwardAddress? destination, CancellationToken cancellationToken)
    {
        destination?.CheckLength();
        var window = await _budget.TakeFirstAsync(cancellationToken).ConfigureAwait(false);
        SshChannel channel;
        lock (_lock)
        {
            if (_over)
            {
                _budget.Release(window);
                throw EndedBy is { } cause ? new SshException(cause) : SshChannel.ClosedFailure();
            }
            channel = AddChannel(window, kind);
        }
        var message = Open(kind, channel, window, room: destination?.Name.Length ?? 0);
        if (destination is { } to)
        {
            message.WriteText(to.Name);
            if (!to.IsUnix)
                message.WriteUInt32((uint)to.Port);
            // The origin of a TCP connection, which servers only log; reserved fields of a Unix domain socket.
            message.WriteText(to.IsUnix ? "" : "127.0.0.1");
            message.WriteUInt32(0);
        }
        Post(message.Finish());
        await channel.WaitForOpenAsync(cancellationToken).ConfigureAwait(false);
        return channel;
    }

    /// <summary>Adds a channel that is being opened. Requires the lock.</summary>
    private SshChannel AddChannel(int window, ChannelKind kind)
    {
        // Numbers repeat after 2^32 channels; one of the first may still be open then.
        while (_channels.ContainsKey(_nextNumber))
            _nextNumber++;
        var channel = new SshChannel(this, _nextNumber++, new(window, _budget), kind);
        _channels.Add(channel.Number, channel);
        return channel;
    }

    /// <summary>Returns the beginning of a request to open a channel (RFC 4254 section 5.1).</summary>
    private static SshWriter Open(ChannelKind kind, SshChannel channel, int window, int room = 0)
    {
        var message = new SshWriter(MessageNumber.ChannelOpen, 64 + room);
        message.WriteText(kind.Type);
        message.WriteUInt32(channel.Number);
        message.WriteUInt32((uint)window);
        message.WriteUInt32(SshChannel.MaxPacket);
        return message;
    }

    private void End(SshException? cause)
    {
        SshChannel[] channels;
        IncomingChannels[] listeners;
        lock (_lock)
        {
            if (_over)
                return;
            _over = true;
            EndedBy = cause;
            channels = [.. _channels.Values];
            _channels.Clear();
            listeners = [.. _listeners];
            _listeners.Clear();
            _isIdle.PulseAll();
        }
        _keepAlive?.Dispose();
        cause ??= new(SshFailure.ChannelClosed, "the connection was closed");
        foreach (var channel in channels)
            channel.OnConnectionEnd(cause);
        foreach (var listener in listeners)
            listener.Close(cause);
        EndGlobalRequests();
        // Last, because a writer that waits for room must find its channel ended. Otherwise it would take dropped data for sent.
        _sending.Close();
        _ended.SetResult();
        _ = CloseAsync();
    }

    private async Task CloseAsync()
    {
        // Disposing also ends a pending read and write.
        await _packets.DisposeAsync().ConfigureAwait(false);
        await _sending.WaitUntilIdleAsync().ConfigureAwait(false);
        _closed.SetResult();
    }
}
