using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Volley.Ssh.Sftp;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>
/// An open remote file. Reads and writes name their offset, so any number may be in flight. <see cref="OpenReader"/> and <see cref="OpenWriter"/>
/// transfer it from one end to the other. Thread-safe.
/// </summary>
public sealed class SftpFile : IAsyncDisposable
{
    // Behind the length, the packet type and the request id.
    private const int HandleOffset = sizeof(uint) + 1 + sizeof(uint);

    private readonly SftpClient _client;
    private readonly SftpConnection _connection;
    private readonly byte[] _handle;
    private readonly FileAccess _access;
    private int _isClosed;

    internal SftpFile(SftpClient client, SftpConnection connection, string path, byte[] handle, FileAccess access) =>
        (_client, _connection, Path, _handle, _access) = (client, connection, path, handle, access);

    /// <summary>The remote path with which the file was opened.</summary>
    public string Path { get; }

    /// <summary>The largest number of bytes in one read request.</summary>
    internal int MaxReadLength => _client.MaxReadLength;

    /// <summary>The largest number of bytes in one write request.</summary>
    internal int MaxWriteLength => _client.MaxWriteLength;

    /// <summary>The number of bytes of a write packet before its data.</summary>
    internal int WriteHeaderLength => HandleOffset + sizeof(uint) + _handle.Length + sizeof(long) + sizeof(uint);

    /// <summary>Reads from an offset with one request.</summary>
    /// <param name="offset">The offset in the file, in bytes, at least 0.</param>
    /// <param name="buffer">The buffer; at most <see cref="SftpClient.MaxReadLength"/> bytes of it are used.</param>
    /// <param name="cancellationToken">Cancels the operation. The buffer is not used any more after that.</param>
    /// <returns>The number of bytes, which may be smaller than the buffer; 0 at the end of the file.</returns>
    /// <exception cref="ArgumentException">The buffer is empty, or the offset negative.</exception>
    /// <exception cref="InvalidOperationException">The file was not opened for the operation.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    /// <exception cref="SftpException">The server refused, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (buffer.IsEmpty)
            throw new ArgumentException("the buffer is empty", nameof(buffer));
        RequireAccess(FileAccess.Read);
        buffer = buffer[..Math.Min(buffer.Length, MaxReadLength)];
        return GetReadCount(await _connection.CallAsync(BeginRead(offset, buffer.Length), buffer, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Writes at an offset.</summary>
    /// <param name="offset">The offset in the file, in bytes, at least 0.</param>
    /// <param name="data">The data, which must not change before the task ends.</param>
    /// <param name="cancellationToken">Cancels the operation. A part of the data may have been written, or may still be.</param>
    /// <returns>A task that ends when the server has accepted all data.</returns>
    /// <inheritdoc cref="ReadAsync"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        RequireAccess(FileAccess.Write);
        if (data.Length > MaxWriteLength)
            await WritePartsAsync(offset, data, cancellationToken).ConfigureAwait(false);
        else if (FindWriteFailure(await SendWriteAsync(offset, data.Span, cancellationToken).ConfigureAwait(false)) is { } failure)
            throw failure;
    }

    /// <summary>Returns the attributes of the file.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The attributes.</returns>
    /// <inheritdoc cref="ReadAsync"/>
    public async Task<SftpAttributes> GetAttributesAsync(CancellationToken cancellationToken = default)
    {
        var reply = await SendAsync(Begin(SftpNumber.HandleStatus).Finish(), cancellationToken).ConfigureAwait(false);
        return SftpReplies.Read(_connection, reply, SftpNumber.Attributes, Path, SftpAttributes.Read);
    }

    /// <summary>Changes attributes of the file.</summary>
    /// <param name="attributes">The new values; what is null stays.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <exception cref="ArgumentException">A size is negative, or one of a pair of attributes is missing.</exception>
    /// <inheritdoc cref="ReadAsync"/>
    public Task SetAttributesAsync(SftpAttributes attributes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        attributes.CheckChange(nameof(attributes));
        var message = Begin(SftpNumber.SetHandleStatus);
        attributes.Write(ref message);
        return SendForStatusAsync(message.Finish(), cancellationToken);
    }

    /// <summary>Waits until the server's system has written the file to the disk (fsync@openssh.com).</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <inheritdoc cref="ReadAsync"/>
    public Task SynchronizeAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        var message = _client.BeginExtended(SftpExtension.Synchronize, Path);
        message.WriteString(_handle);
        return SendForStatusAsync(message.Finish(), cancellationToken);
    }

    /// <summary>Copies a part of this file to another one within the server (copy-data).</summary>
    /// <param name="offset">The offset in this file, in bytes.</param>
    /// <param name="length">The number of bytes; 0 for all up to the end.</param>
    /// <param name="target">The file to write, of the same client.</param>
    /// <param name="targetOffset">The offset in the target, in bytes.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <inheritdoc cref="ReadAsync"/>
    public Task CopyToAsync(long offset, long length, SftpFile target, long targetOffset, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfNegative(targetOffset);
        if (target._connection != _connection)
            throw new ArgumentException("the file belongs to another client", nameof(target));
        ThrowIfClosed();
        target.ThrowIfClosed();
        var message = _client.BeginExtended(SftpExtension.CopyData, Path);
        message.WriteString(_handle);
        message.WriteUInt64((ulong)offset);
        message.WriteUInt64((ulong)length);
        message.WriteString(target._handle);
        message.WriteUInt64((ulong)targetOffset);
        return SendForStatusAsync(message.Finish(), cancellationToken);
    }

    /// <summary>Returns a stream that reads the file from an offset to its end, with requests in flight ahead of the reader.</summary>
    /// <param name="offset">The first offset, in bytes.</param>
    /// <returns>The stream. Disposing it leaves the file open.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="offset"/> is negative.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    /// <exception cref="InvalidOperationException">The file was not opened to read.</exception>
    public Stream OpenReader(long offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        RequireAccess(FileAccess.Read);
        return new SftpReader(this, offset);
    }

    /// <summary>
    /// Returns a stream that writes the file from an offset, with requests in flight behind the writer. A failed write is reported by a later call;
    /// only flushing or disposing the stream confirms all of them.
    /// </summary>
    /// <param name="offset">The first offset, in bytes.</param>
    /// <returns>The stream. Disposing it leaves the file open.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="offset"/> is negative.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    /// <exception cref="InvalidOperationException">The file was not opened to write.</exception>
    public Stream OpenWriter(long offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        RequireAccess(FileAccess.Write);
        return new SftpWriter(this, offset);
    }

    /// <summary>Closes the file. A failure that the server reports only then, as file servers do for a full disk, is thrown.</summary>
    /// <param name="cancellationToken">Cancels the wait; the file is closed all the same.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <exception cref="SftpException">The server reports a failure, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;
        var message = SftpConnection.BeginPacket(SftpNumber.Close, sizeof(uint) + _handle.Length);
        message.WriteString(_handle);
        var reply = await _connection.CallAsync(message.Finish(), default, CancellationToken.None)
            .AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        SftpReplies.CheckStatus(_connection, reply, Path);
    }

    /// <summary>Closes the file. Failures are not reported: use <see cref="CloseAsync"/> after writing.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SftpException or ObjectDisposedException)
        {
            // Reported by CloseAsync only; a client that is disposed has ended the connection.
        }
    }

    /// <summary>Sends a read request. Its answer completes the request.</summary>
    /// <exception cref="SftpException">The connection ended.</exception>
    internal void PostRead(SftpRequest request, long offset, Memory<byte> destination) =>
        _connection.Post(request, BeginRead(offset, destination.Length), destination);

    /// <summary>Sends a write request. Its answer completes the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="array">The data after <see cref="WriteHeaderLength"/> bytes, in an array that was rented. It is given back after sending.</param>
    /// <param name="count">The number of bytes of data.</param>
    /// <param name="offset">The offset in the file.</param>
    /// <exception cref="SftpException">The connection ended.</exception>
    internal void PostWrite(SftpRequest request, byte[] array, int count, long offset)
    {
        ThrowIfClosed();
        _connection.Post(request, FinishWrite(array, count, offset), default);
    }

    internal void TryAbandon(SftpRequest request) => _connection.TryAbandon(request);

    /// <summary>Returns the number of bytes that an answer to a read request has copied to its buffer; 0 at the end of the file.</summary>
    /// <exception cref="SftpException">The server refused, or the answer is invalid.</exception>
    internal int GetReadCount(SftpReply reply)
    {
        if (reply.Number == SftpNumber.Data)
            return reply.Count;
        return SftpReplies.IsEnd(reply) ? 0 : SftpReplies.Read(_connection, reply, SftpNumber.Data, Path, static (ref SshReader _) => 0);
    }

    /// <summary>Returns the failure that an answer to a write request states; null if the server has accepted the data.</summary>
    internal SftpException? FindWriteFailure(SftpReply reply) => SftpReplies.FindFailure(_connection, reply, Path);

    /// <summary>Reads the next entries of a directory; null at its end.</summary>
    internal async Task<List<SftpEntry>?> ReadDirectoryAsync(CancellationToken cancellationToken)
    {
        var reply = await SendAsync(Begin(SftpNumber.ReadDirectory).Finish(), cancellationToken).ConfigureAwait(false);
        return SftpReplies.IsEnd(reply) ? null : SftpReplies.Read(
            _connection, reply, SftpNumber.Name, Path, (ref SshReader fields) => SftpReplies.ReadEntries(ref fields, Path));
    }

    private ValueTask<SftpReply> SendWriteAsync(long offset, ReadOnlySpan<byte> data, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        var array = ArrayPool<byte>.Shared.Rent(WriteHeaderLength + data.Length);
        data.CopyTo(array.AsSpan(WriteHeaderLength));
        return _connection.CallAsync(FinishWrite(array, data.Length, offset), default, cancellationToken);
    }

    private async Task WritePartsAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var writes = new List<Task<SftpReply>>();
        for (var position = 0; position < data.Length; position += MaxWriteLength)
        {
            var part = data.Slice(position, Math.Min(data.Length - position, MaxWriteLength));
            writes.Add(SendWriteAsync(offset + position, part.Span, cancellationToken).AsTask());
        }
        foreach (var reply in await Task.WhenAll(writes).ConfigureAwait(false))
        {
            if (FindWriteFailure(reply) is { } failure)
                throw failure;
        }
    }

    private OutgoingMessage BeginRead(long offset, int length)
    {
        var packet = Begin(SftpNumber.Read);
        packet.WriteUInt64((ulong)offset);
        packet.WriteUInt32((uint)length);
        return packet.Finish();
    }

    /// <summary>Writes the fields before the data of a write request.</summary>
    private OutgoingMessage FinishWrite(byte[] array, int count, long offset)
    {
        var header = array.AsSpan(0, WriteHeaderLength);
        header[sizeof(uint)] = SftpNumber.Write;
        BinaryPrimitives.WriteUInt32BigEndian(header[HandleOffset..], (uint)_handle.Length);
        _handle.CopyTo(header[(HandleOffset + sizeof(uint))..]);
        BinaryPrimitives.WriteInt64BigEndian(header[^(sizeof(long) + sizeof(uint))..], offset);
        BinaryPrimitives.WriteUInt32BigEndian(header[^sizeof(uint)..], (uint)count);
        return new(array, WriteHeaderLength + count);
    }

    /// <summary>Begins a request whose first field is the handle.</summary>
    private SshWriter Begin(byte number)
    {
        ThrowIfClosed();
        var message = SftpConnection.BeginPacket(number, capacity: 64 + _handle.Length);
        message.WriteString(_handle);
        return message;
    }

    /// <summary>Checks that the file was opened to read, or to write. The error of a server would only say that an operation failed.</summary>
    /// <exception cref="InvalidOperationException">It was not.</exception>
    private void RequireAccess(FileAccess access)
    {
        ThrowIfClosed();
        if ((_access & access) == 0)
            throw new InvalidOperationException(
                $"{Path} was opened with {nameof(FileAccess)}.{_access}; open it with {nameof(FileAccess)}.{access} or {nameof(FileAccess.ReadWrite)}");
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isClosed) != 0, this);

    private ValueTask<SftpReply> SendAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        _connection.CallAsync(message, default, cancellationToken);

    private async Task SendForStatusAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(message, cancellationToken).ConfigureAwait(false);
        SftpReplies.CheckStatus(_connection, reply, Path);
    }
}
