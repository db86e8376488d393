using Volley.Ssh.Sftp;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>
/// An open remote file. Reads and writes name their offset, so any number may be in flight. <see cref="OpenReader"/> and <see cref="OpenWriter"/>
/// transfer it from one end to the other. Thread-safe.
/// </summary>
public sealed class SftpFile : IAsyncDisposable
{
    private readonly SftpClient _client;
    private readonly SftpConnection _connection;
    private readonly byte[] _handle;
    private int _isClosed;

    internal SftpFile(SftpClient client, SftpConnection connection, string path, byte[] handle) =>
        (_client, _connection, Path, _handle) = (client, connection, path, handle);

    /// <summary>The remote path with which the file was opened.</summary>
    public string Path { get; }

    /// <summary>The largest number of bytes in one read request.</summary>
    internal int MaxReadLength => _client.MaxReadLength;

    /// <summary>The largest number of bytes in one write request.</summary>
    internal int MaxWriteLength => _client.MaxWriteLength;

    /// <summary>Reads from an offset with one request.</summary>
    /// <param name="offset">The offset in the file, in bytes, at least 0.</param>
    /// <param name="buffer">The buffer; at most <see cref="SftpClient.MaxReadLength"/> bytes of it are used.</param>
    /// <param name="cancellationToken">Cancels the operation. The buffer is not used any more after that.</param>
    /// <returns>The number of bytes, which may be smaller than the buffer; 0 at the end of the file.</returns>
    /// <exception cref="ArgumentException">The buffer is empty, or the offset negative.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    /// <exception cref="SftpException">The server refused, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (buffer.IsEmpty)
            throw new ArgumentException("the buffer is empty", nameof(buffer));
        buffer = buffer[..Math.Min(buffer.Length, MaxReadLength)];
        var message = Begin(SftpNumber.Read);
        message.WriteUInt64((ulong)offset);
        message.WriteUInt32((uint)buffer.Length);
        var reply = await _connection.SendAsync(new(message.Finish(), default, buffer), cancellationToken).ConfigureAwait(false);
        return SftpReplies.IsEnd(reply) ? 0
            : SftpReplies.Read(_connection, reply, SftpNumber.Data, Path, (ref SshReader _) => reply.Count);
    }

    /// <summary>Writes at an offset.</summary>
    /// <param name="offset">The offset in the file, in bytes, at least 0.</param>
    /// <param name="data">The data, which must not change before the task ends.</param>
    /// <param name="cancellationToken">Cancels the operation. A part of the data may have been written, or may still be.</param>
    /// <returns>A task that ends when the server has accepted all data.</returns>
    /// <inheritdoc cref="ReadAsync"/>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (data.Length <= MaxWriteLength)
        {
            await WriteOnceAsync(offset, data, cancellationToken).ConfigureAwait(false);
            return;
        }
        var writes = new List<Task>();
        for (var position = 0; position < data.Length; position += MaxWriteLength)
        {
            var part = data.Slice(position, Math.Min(data.Length - position, MaxWriteLength));
            writes.Add(WriteOnceAsync(offset + position, part, cancellationToken));
        }
        await Task.WhenAll(writes).ConfigureAwait(false);
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
    public Stream OpenReader(long offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return new SftpReader(this, offset);
    }

    /// <summary>
    /// Returns a stream that writes the file from an offset, with requests in flight behind the writer. A failed write is reported by a later call;
    /// only flushing or disposing the stream confirms all of them.
    /// </summary>
    /// <param name="offset">The first offset, in bytes.</param>
    /// <returns>The stream. Disposing it leaves the file open.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="offset"/> is negative.</exception>
    public Stream OpenWriter(long offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
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
        var message = SftpClient.Begin(SftpNumber.Close);
        message.WriteString(_handle);
        var reply = await _connection.SendAsync(new(message.Finish(), default, default), CancellationToken.None)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        SftpReplies.CheckStatus(_connection, reply, Path);
    }

    /// <summary>Closes the file. Failures are not reported: use <see cref="CloseAsync"/> after writing.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync().ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // Reported by CloseAsync only.
        }
    }

    /// <summary>Reads the next entries of a directory; null at its end.</summary>
    internal async Task<List<SftpEntry>?> ReadDirectoryAsync(CancellationToken cancellationToken)
    {
        var reply = await SendAsync(Begin(SftpNumber.ReadDirectory).Finish(), cancellationToken).ConfigureAwait(false);
        return SftpReplies.IsEnd(reply) ? null : SftpReplies.Read(_connection, reply, SftpNumber.Name, Path, SftpReplies.ReadEntries);
    }

    private async Task WriteOnceAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var message = Begin(SftpNumber.Write);
        message.WriteUInt64((ulong)offset);
        message.WriteUInt32((uint)data.Length);
        var reply = await _connection.SendAsync(new(message.Finish(), data, default), cancellationToken).ConfigureAwait(false);
        SftpReplies.CheckStatus(_connection, reply, Path);
    }

    /// <summary>Begins a request whose first field is the handle.</summary>
    private SshWriter Begin(byte number)
    {
        ThrowIfClosed();
        var message = SftpClient.Begin(number, capacity: 64 + _handle.Length);
        message.WriteString(_handle);
        return message;
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isClosed) != 0, this);

    private Task<SftpReply> SendAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        _connection.SendAsync(new(message, default, default), cancellationToken);

    private async Task SendForStatusAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(message, cancellationToken).ConfigureAwait(false);
        SftpReplies.CheckStatus(_connection, reply, Path);
    }
}
