using Volley.Ssh.Messages;

namespace Volley.Ssh;

/// <summary>
/// The connection protocol of SSH (RFC 4254), our side of it: any number of channels at once over one packet stream.
/// It has no thread of its own, and a channel that nobody reads holds up no other. Safe for use from several threads.
/// </summary>
public sealed partial class SshConnection : IAsyncDisposable
{
    private readonly IPacketStream _packets;
    private readonly WindowBudget _budget;
    private readonly KeepAlive? _keepAlive;
    private readonly SendQueue _sending;
    private readonly bool _resumesInline;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, SshChannel> _channels = [];
    private readonly Task _receiving;
    private TaskCompletionSource? _idle;
    private uint _nextNumber;
    private bool _over;

    /// <summary>Begins to receive at once: the packet stream must be authenticated, and belongs to the connection from here on.</summary>
    /// <param name="packets">What carries the messages.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="time">The clock of the keepalive; null for the system's.</param>
    public SshConnection(IPacketStream packets, SshConnectionOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(packets);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.KeepAliveInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(options.KeepAliveCount);
        _packets = packets;
        SendsGlobalRequests = options.SendsGlobalRequests;
        _budget = options.WindowBudget ?? new();
        _resumesInline = options.ResumesInline;
        _sending = new(packets, End);
        if (options.KeepAliveInterval > TimeSpan.Zero)
        {
            _keepAlive = new(options.KeepAliveInterval, options.KeepAliveCount, time ?? TimeProvider.System, SendKeepAlive, () => packets.ReceivedBytes,
                () => End(new(SshFailure.Unresponsive,
                    $"no answer for {options.KeepAliveCount} times {options.KeepAliveInterval.TotalSeconds:0.###} s")));
        }
        _receiving = ReceiveAsync();
    }

    /// <summary>Completes when the connection is over, whatever ended it; never faults. <see cref="EndedBy"/> says why.</summary>
    public Task Ended => _ended.Task;

    /// <summary>What ended the connection; null while it lives, and after our own <see cref="DisposeAsync"/>.</summary>
    public SshException? EndedBy { get; private set; }

    /// <summary>How many channels there are: being opened, open, or closed by us and not yet by the peer.</summary>
    public int OpenChannels
    {
        get
        {
            lock (_lock)
                return _channels.Count;
        }
    }

    /// <summary>
    /// Whether the peer has refused a channel so far. An OpenSSH control master never forgets one, and ends when the
    /// connection that asked for it does.
    /// </summary>
    public bool HasRefusals { get; private set; }

    /// <summary>Opens a channel for one command, shell or subsystem (RFC 4254 section 6.1).</summary>
    /// <exception cref="SshException">The peer refused (<see cref="SshFailure.ChannelRefused"/>), or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token fired; a channel that opens later is closed at once.</exception>
    public ValueTask<SshChannel> OpenSessionAsync(CancellationToken cancellationToken = default) =>
        OpenAsync("session", null, cancellationToken);

    /// <summary>Opens a TCP connection from the peer to somewhere else, as a stream (RFC 4254 section 7.2).</summary>
    /// <param name="host">A name or an address, as the peer understands it.</param>
    /// <param name="port">From 1 to 65535.</param>
    /// <param name="cancellationToken">Ends the wait; a channel that opens later is closed at once.</param>
    /// <inheritdoc cref="OpenSessionAsync"/>
    public async ValueTask<SshChannelStream> OpenDirectTcpIpAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        return new(await OpenAsync("direct-tcpip", (host, port), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Waits until no channel is left: every open is answered, those included that nobody waits for any more, and every
    /// channel is closed by both sides; or until the connection has ended. An OpenSSH control master that shall live on
    /// must not be left before.
    /// </summary>
    public Task WaitUntilIdleAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_channels.Count == 0)
                return Task.CompletedTask;
            _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends the connection and all its channels, and releases the packet stream.</summary>
    public async ValueTask DisposeAsync()
    {
        End(null);
        await _closed.Task.ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    internal void Post(OutgoingMessage message, bool isAnswer = false, OutgoingMessage? follower = null) =>
        _sending.Post(message, isAnswer, follower);

    internal Task WaitForRoomAsync(CancellationToken cancellationToken) => _sending.WaitForRoomAsync(cancellationToken);

    /// <summary>Both sides have closed the channel, or the peer refused it: its number means nothing any more.</summary>
    internal void Forget(uint number, bool isRefused)
    {
        lock (_lock)
        {
            HasRefusals |= isRefused;
            _channels.Remove(number);
            if (_channels.Count > 0 || _idle is null)
                return;
            _idle.TrySetResult();
            _idle = null;
        }
    }

    private async ValueTask<SshChannel> OpenAsync(string type, (string Host, int Port)? destination, CancellationToken cancellationToken)
    {
        var window = await _budget.TakeFirstAsync(cancellationToken).ConfigureAwait(false);
        SshChannel channel;
        lock (_lock)
        {
            if (_over)
            {
                _budget.Release(window);
                throw EndedBy?.Again() ?? SshChannel.Closed();
            }
            channel = AddChannel(window, hasStderr: destination is null);
        }
        var message = Open(type, channel, window, room: destination?.Host.Length ?? 0);
        if (destination is { } to)
        {
            message.Text(to.Host);
            message.UInt32((uint)to.Port);
            // Where the connection came from; servers only log it.
            message.Text("127.0.0.1");
            message.UInt32(0);
        }
        Post(message.Finish());
        await channel.WaitForOpenAsync(cancellationToken).ConfigureAwait(false);
        return channel;
    }

    /// <summary>Adds a channel that is being opened. Under the lock.</summary>
    private SshChannel AddChannel(int window, bool hasStderr)
    {
        // Numbers come again only after four thousand million channels; one of the first may still be open then.
        while (_channels.ContainsKey(_nextNumber))
            _nextNumber++;
        var channel = new SshChannel(this, _nextNumber++, new(window, _budget), hasStderr);
        _channels.Add(channel.Number, channel);
        return channel;
    }

    /// <summary>The beginning of the request to open a channel (RFC 4254 section 5.1).</summary>
    private static MessageWriter Open(string type, SshChannel channel, int window, int room = 0)
    {
        var message = new MessageWriter(MessageNumber.ChannelOpen, 64 + room);
        message.Text(type);
        message.UInt32(channel.Number);
        message.UInt32((uint)window);
        message.UInt32(SshChannel.MaxPacket);
        return message;
    }

    private void End(SshException? cause)
    {
        SshChannel[] channels;
        lock (_lock)
        {
            if (_over)
                return;
            _over = true;
            EndedBy = cause;
            channels = [.. _channels.Values];
            _channels.Clear();
            _idle?.TrySetResult();
        }
        _keepAlive?.Dispose();
        cause ??= new(SshFailure.ChannelClosed, "the connection was closed");
        foreach (var channel in channels)
            channel.OnConnectionEnd(cause);
        EndQuestions();
        // Afterwards: who waits for room must find the channel ended, or would take what is dropped for sent.
        _sending.Close();
        _ended.SetResult();
        _ = CloseAsync();
    }

    private async Task CloseAsync()
    {
        // This ends a read and a write that wait, too.
        await _packets.DisposeAsync().ConfigureAwait(false);
        await _sending.Idle.ConfigureAwait(false);
        _closed.SetResult();
    }
}
