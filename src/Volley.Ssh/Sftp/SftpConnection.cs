using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Sftp;

/// <summary>
/// The packets of SFTP over a stream (draft-ietf-secsh-filexfer-02 section 3): any number of requests in flight, answered in any order.
/// It has no thread of its own. Thread-safe.
/// </summary>
/// <param name="stream">The stream to the server. The connection disposes it.</param>
internal sealed class SftpConnection(Stream stream) : IAsyncDisposable
{
    /// <summary>The longest packet, as in OpenSSH: 256 KiB after the length.</summary>
    public const int MaxPacket = 256 << 10;

    private const int LengthSize = sizeof(uint);
    private const int IdOffset = 1;
    // Small requests are sent together up to this size.
    private const int BatchSize = 32 << 10;
    private const int MinReceiveBuffer = 64 << 10;
    private const int MaxQuotedText = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, SftpRequest> _pending = [];
    private readonly Queue<SftpRequest> _queue = [];
    private readonly TaskCompletionSource<byte[]> _version = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _receiving = Task.CompletedTask;
    private SftpException? _failure;
    private uint _nextId;
    private bool _isSending;

    /// <summary>Begins the protocol. Returns the fields of the server's VERSION packet.</summary>
    public async Task<byte[]> StartAsync(uint version, CancellationToken cancellationToken)
    {
        var init = new byte[LengthSize + 1 + sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(init, 1 + sizeof(uint));
        init[LengthSize] = SftpNumber.Init;
        BinaryPrimitives.WriteUInt32BigEndian(init.AsSpan(LengthSize + 1), version);
        try
        {
            await stream.WriteAsync(init, cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Lost(e);
        }
        _receiving = ReceiveAsync();
        return await _version.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="request">The request. Its data and destination are used until the task ends.</param>
    /// <param name="cancellationToken">Ends the wait. A request that was sent may still take effect.</param>
    /// <exception cref="SftpException">The connection ended.</exception>
    public async Task<SftpReply> SendAsync(SftpRequest request, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            request.ReturnMessage();
            cancellationToken.ThrowIfCancellationRequested();
        }
        Post(request);
        try
        {
            return await request.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (!request.Task.IsCompleted)
                {
                    request.IsAbandoned = true;
                    throw;
                }
            }
            // The answer came with the cancellation; it may be a handle, which only the caller can close.
            return await request.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Ends the connection because of an invalid packet. Returns the exception to throw.</summary>
    public SftpException Reject(string message, Exception? cause = null)
    {
        var violation = SftpException.Violation(message, cause);
        End(violation);
        return violation;
    }

    public async ValueTask DisposeAsync()
    {
        End(SftpException.Lost(SftpStatus.NoConnection, "the SFTP client is disposed"));
        await stream.DisposeAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    private void Post(SftpRequest request)
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                request.ReturnMessage();
                throw _failure.Copy(null);
            }
            while (_pending.ContainsKey(_nextId))
                _nextId++;
            request.Id = _nextId++;
            _pending.Add(request.Id, request);
            _queue.Enqueue(request);
            if (_isSending)
                return;
            _isSending = true;
        }
        _ = SendAsync();
    }

    private async Task SendAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BatchSize);
        try
        {
            while (TakeBatch(ref buffer) is > 0 and var length)
                await stream.WriteAsync(buffer.AsMemory(0, length)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // After any failure the stream can't be used, and every request must end.
        catch (Exception e)
#pragma warning restore CA1031
        {
            End(Lost(e));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Copies queued requests to the buffer. Returns the number of bytes; 0 ends the sender.</summary>
    private int TakeBatch(ref byte[] buffer)
    {
        var length = 0;
        lock (_lock)
        {
            while (_queue.TryPeek(out var next) && (length == 0 || length + LengthSize + next.Length <= BatchSize))
            {
                _queue.Dequeue();
                if (next.IsAbandoned)
                {
                    _pending.Remove(next.Id);
                    next.ReturnMessage();
                    continue;
                }
                Append(next, ref buffer, ref length);
            }
            _isSending = length > 0;
        }
        return length;
    }

    private static void Append(SftpRequest request, ref byte[] buffer, ref int length)
    {
        var end = length + LengthSize + request.Length;
        if (buffer.Length < end)
        {
            var larger = ArrayPool<byte>.Shared.Rent(end);
            buffer.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        var packet = buffer.AsSpan(length, LengthSize + request.Length);
        BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)request.Length);
        request.Message.Span.CopyTo(packet[LengthSize..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[(LengthSize + IdOffset)..], request.Id);
        request.Data.Span.CopyTo(packet[(LengthSize + request.Message.Length)..]);
        request.IsSent = true;
        request.ReturnMessage();
        length = end;
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[MinReceiveBuffer];
        var filled = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(filled)).ConfigureAwait(false) is > 0 and var count)
            {
                filled += count;
                var used = 0;
                while (TryTakePacket(buffer.AsSpan(used, filled - used), out var packet))
                {
                    Receive(packet);
                    used += LengthSize + packet.Length;
                }
                filled -= used;
                buffer = MakeRoom(buffer, used, filled);
            }
            End(Lost(null));
        }
        catch (SftpException violation)
        {
            End(violation);
        }
        catch (SshException e)
        {
            End(SftpException.Violation(e.Message, e));
        }
#pragma warning disable CA1031 // After any failure the stream can't be used, and every request must end.
        catch (Exception e)
#pragma warning restore CA1031
        {
            End(Lost(e));
        }
    }

    /// <summary>Moves the incomplete packet to the start of a buffer that has room for all of it.</summary>
    private static byte[] MakeRoom(byte[] buffer, int start, int count)
    {
        var needed = count < LengthSize ? MinReceiveBuffer
            : Math.Max(MinReceiveBuffer, LengthSize + (int)BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start)));
        var target = buffer.Length >= needed ? buffer : new byte[LengthSize + MaxPacket];
        buffer.AsSpan(start, count).CopyTo(target);
        return target;
    }

    private bool TryTakePacket(ReadOnlySpan<byte> received, out ReadOnlySpan<byte> packet)
    {
        packet = default;
        if (received.Length < LengthSize)
            return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(received);
        if (length is 0 or > MaxPacket)
            throw _version.Task.IsCompleted ? SftpException.Violation($"a packet of {length} bytes") : NotSftp(received);
        if (received.Length - LengthSize < length)
            return false;
        packet = received.Slice(LengthSize, (int)length);
        return true;
    }

    private void Receive(ReadOnlySpan<byte> packet)
    {
        if (!_version.Task.IsCompleted)
        {
            if (packet[0] != SftpNumber.Version)
                throw SftpException.Violation($"packet {packet[0]} in place of the version");
            _version.TrySetResult(packet[1..].ToArray());
            return;
        }
        if (packet.Length < IdOffset + sizeof(uint))
            throw SftpException.Violation($"packet {packet[0]} is cut short");
        var id = BinaryPrimitives.ReadUInt32BigEndian(packet[IdOffset..]);
        var fields = packet[(IdOffset + sizeof(uint))..];
        lock (_lock)
        {
            if (!_pending.TryGetValue(id, out var request) || !request.IsSent)
                throw SftpException.Violation($"an answer to request {id}, which waits for none");
            if (request.IsAbandoned)
                CloseHandle(packet[0], fields);
            else
                request.TrySetResult(GetReply(packet[0], fields, request.Destination));
            // Last, so that an invalid answer ends the request with the connection.
            _pending.Remove(id);
        }
    }

    private static SftpReply GetReply(byte number, ReadOnlySpan<byte> fields, Memory<byte> destination)
    {
        if (number != SftpNumber.Data)
            return new(number, fields.ToArray(), 0);
        var reader = new SshReader(fields, "the data");
        var data = reader.ReadString();
        if (data.IsEmpty || data.Length > destination.Length)
            throw SftpException.Violation($"{data.Length} bytes of data for a request of {destination.Length}");
        data.CopyTo(destination.Span);
        return new(number, [], data.Length);
    }

    /// <summary>Closes a handle whose request was abandoned, since nothing else knows it.</summary>
    private void CloseHandle(byte number, ReadOnlySpan<byte> fields)
    {
        if (number != SftpNumber.Handle)
            return;
        var handle = new SshReader(fields, "a handle").ReadString();
        var message = new SshWriter(SftpNumber.Close);
        message.WriteUInt32(0);
        message.WriteString(handle);
        var close = new SftpRequest(message.Finish(), default, default);
        // Not within this call, which holds the lock and runs in the receiver.
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.Connection.PostQuietly(state.Close), (Connection: this, Close: close), preferLocal: false);
    }

    private void PostQuietly(SftpRequest request)
    {
        try
        {
            Post(request);
        }
        catch (SftpException)
        {
            // The connection has ended, and its handles with it.
        }
    }

    private void End(SftpException cause)
    {
        SftpRequest[] pending;
        lock (_lock)
        {
            if (_failure is not null)
                return;
            _failure = cause;
            pending = [.. _pending.Values];
            _pending.Clear();
            while (_queue.TryDequeue(out var unsent))
                unsent.ReturnMessage();
        }
        _version.TrySetException(cause);
        _ = _version.Task.Exception;
        foreach (var request in pending)
        {
            request.TrySetException(cause.Copy(null));
            _ = request.Task.Exception;
        }
    }

    private static SftpException Lost(Exception? cause) =>
        SftpException.Lost(
            SftpStatus.ConnectionLost, cause is null ? "the SFTP server ended the connection" : $"the SFTP connection is lost: {cause.Message}", cause);

    /// <summary>Returns the exception for text in place of the protocol, which start-up files of the login shell print.</summary>
    private static SftpException NotSftp(ReadOnlySpan<byte> received)
    {
        var text = Encoding.UTF8.GetString(received[..Math.Min(received.Length, MaxQuotedText)]);
        var visible = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)).Trim();
        return SftpException.Violation(
            $"the server sent text in place of it: '{visible}'; start-up files of the login shell must print nothing when they are not interactive");
    }
}
