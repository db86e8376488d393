using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Sftp;

/// <summary>
/// The packets of SFTP over a stream (draft-ietf-secsh-filexfer-02 section 3): any number of requests in flight, answered in any order.
/// It has no thread of its own. Thread-safe.
/// </summary>
/// <param name="stream">The stream to the server. The connection disposes it.</param>
internal sealed partial class SftpConnection(Stream stream) : IAsyncDisposable
{
    /// <summary>The longest packet, as in OpenSSH: 256 KiB after the length.</summary>
    public const int MaxPacket = 256 << 10;

    private const int LengthSize = sizeof(uint);
    private const int IdOffset = 1;
    private const int MaxFreeCalls = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, SftpRequest> _pending = [];
    private readonly Queue<(SftpRequest Request, OutgoingMessage Packet)> _queue = [];
    private readonly Stack<SftpCall> _freeCalls = [];
    private readonly TaskCompletionSource<byte[]> _version = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SftpException? _failure;
    private bool _isDisposed;
    private uint _nextId;
    private bool _isSending;

    /// <summary>Begins a packet. The connection fills in its length and the request's id.</summary>
    /// <param name="number">The packet type.</param>
    /// <param name="capacity">The expected number of bytes after the id.</param>
    public static SshWriter BeginPacket(byte number, int capacity)
    {
        var packet = SshWriter.WithoutNumber(LengthSize + IdOffset + sizeof(uint) + capacity);
        packet.WriteUInt32(0);
        packet.WriteRaw([number]);
        packet.WriteUInt32(0);
        return packet;
    }

    /// <summary>Begins the protocol. Returns the fields of the server's VERSION packet.</summary>
    public async Task<byte[]> StartAsync(uint version, CancellationToken cancellationToken)
    {
        var init = new byte[LengthSize + 1 + sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(init, 1 + sizeof(uint));
        init[LengthSize] = SftpNumber.Init;
        BinaryPrimitives.WriteUInt32BigEndian(init.AsSpan(LengthSize + 1), version);
        // A server that ends at once may have said why, so reading goes on after a failed write.
        _ = ReceiveAsync();
        try
        {
            await stream.WriteAsync(init, cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            // The reader reports the end.
        }
        return await _version.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="packet">The packet, of which the connection becomes the owner.</param>
    /// <param name="destination">The buffer for the data of the answer. It is not used any more after the end of the task.</param>
    /// <param name="cancellationToken">Ends the wait. A request that was sent may still take effect.</param>
    /// <exception cref="SftpException">The connection ended.</exception>
    public ValueTask<SftpReply> CallAsync(OutgoingMessage packet, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            packet.Return();
            return ValueTask.FromCanceled<SftpReply>(cancellationToken);
        }
        SftpCall? call;
        lock (_lock)
            _freeCalls.TryPop(out call);
        call ??= new(this);
        try
        {
            Post(call, packet, destination);
        }
        catch (SftpException ended)
        {
            return ValueTask.FromException<SftpReply>(ended);
        }
        return call.WaitAsync(cancellationToken);
    }

    /// <summary>Sends a request. Its answer completes it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="packet">The packet, of which the connection becomes the owner.</param>
    /// <param name="destination">The buffer for the data of the answer.</param>
    /// <exception cref="SftpException">The connection ended.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public void Post(SftpRequest request, OutgoingMessage packet, Memory<byte> destination)
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                packet.Return();
                ObjectDisposedException.ThrowIf(_isDisposed, typeof(SftpClient));
                throw _failure.Copy(null);
            }
            while (_pending.ContainsKey(_nextId))
                _nextId++;
            request.Id = _nextId++;
            request.IsSent = false;
            request.Destination = destination;
            var bytes = MemoryMarshal.AsMemory(packet.Memory).Span;
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(packet.Length - LengthSize));
            BinaryPrimitives.WriteUInt32BigEndian(bytes[(LengthSize + IdOffset)..], request.Id);
            _pending.Add(request.Id, request);
            _queue.Enqueue((request, packet));
            if (_isSending)
                return;
            _isSending = true;
        }
        _ = SendAsync();
    }

    /// <summary>Abandons a request: its answer is ignored, and its destination not used any more. Returns false if it is already completed.</summary>
    public bool TryAbandon(SftpRequest request)
    {
        lock (_lock)
        {
            if (!_pending.TryGetValue(request.Id, out var pending) || pending != request || request.IsAbandoned)
                return false;
            request.IsAbandoned = true;
            request.Destination = default;
            return true;
        }
    }

    /// <summary>Keeps a call whose caller has its result for another one.</summary>
    public void Recycle(SftpCall call)
    {
        lock (_lock)
        {
            call.Destination = default;
            if (_freeCalls.Count < MaxFreeCalls)
                _freeCalls.Push(call);
        }
    }

    /// <summary>Ends the connection because of an invalid packet. Returns the exception to throw.</summary>
    public SftpException Reject(string message, Exception? cause = null)
    {
        var violation = SftpException.Violation(message, cause);
        End(violation);
        return violation;
    }

    /// <summary>Ends the connection. A pending read, which some streams do not end when they are disposed, is not waited for.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
            _isDisposed = true;
        End(SftpException.Lost(SftpStatus.NoConnection, "the SFTP client is disposed"));
        return stream.DisposeAsync();
    }

    private void End(SftpException cause)
    {
        SftpRequest[] pending;
        lock (_lock)
        {
            if (_failure is not null)
                return;
            _failure = cause;
            pending = [.. _pending.Values.Where(request => !request.IsAbandoned)];
            _pending.Clear();
            while (_queue.TryDequeue(out var unsent))
                unsent.Packet.Return();
        }
        _version.TrySetException(cause);
        _ = _version.Task.Exception;
        foreach (var request in pending)
            request.Fail(cause);
    }

    private static SftpException Lost(Exception? cause) => SftpException.Lost(
        SftpStatus.ConnectionLost, cause is null ? "the SFTP server ended the connection" : $"the SFTP connection is lost: {cause.Message}", cause);
}
