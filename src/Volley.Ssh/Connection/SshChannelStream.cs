using System.Globalization;

namespace Volley.Ssh;

/// <summary>
/// A channel as a stream: a connection through the server, or one of the streams of an <see cref="SshProcess"/>. The synchronous methods block
/// their thread, and nothing else. One read and one write may be pending at a time.
/// </summary>
public sealed class SshChannelStream : Stream
{
    private readonly SshChannel _channel;
    private readonly Part _part;
    private int _readTimeout = Timeout.Infinite;
    private int _writeTimeout = Timeout.Infinite;
    private volatile bool _isDisposed;

    internal SshChannelStream(SshChannel channel, Part part = Part.Connection) => (_channel, _part) = (channel, part);

    /// <summary>The part of a channel that a stream gives access to.</summary>
    internal enum Part
    {
        /// <summary>Both directions. Disposing the stream closes the channel.</summary>
        Connection,

        /// <summary>Standard input. Disposing the stream ends it.</summary>
        Input,

        /// <summary>Standard output. Disposing the stream drops further output.</summary>
        Output,

        /// <summary>Standard error. Disposing the stream drops further output.</summary>
        Error,
    }

    /// <summary>Whether the stream can be read: not after it is disposed, and not if it is a standard input.</summary>
    public override bool CanRead => _part is not Part.Input && !_isDisposed;

    /// <summary>False.</summary>
    public override bool CanSeek => false;

    /// <summary>Whether the stream can be written to: not after it is disposed, and not if it is a standard output or error.</summary>
    public override bool CanWrite => _part is Part.Connection or Part.Input && !_isDisposed;

    /// <summary>True: synchronous reads and writes can have a time limit.</summary>
    public override bool CanTimeout => true;

    /// <summary>
    /// The time limit of synchronous reads in milliseconds; infinite by default. After it, <see cref="Read(byte[], int, int)"/> throws an
    /// <see cref="IOException"/> with a <see cref="TimeoutException"/>. No data is lost.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public override int ReadTimeout
    {
        get => _readTimeout;
        set => _readTimeout = CheckTimeout(value);
    }

    /// <summary>
    /// The time limit of synchronous writes in milliseconds; infinite by default. After it, <see cref="Write(byte[], int, int)"/> throws an
    /// <see cref="IOException"/> with a <see cref="TimeoutException"/>. A part of the data may have been written.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public override int WriteTimeout
    {
        get => _writeTimeout;
        set => _writeTimeout = CheckTimeout(value);
    }

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads the available data, or waits for some. Returns 0 at the end.</summary>
    /// <param name="buffer">The buffer for the data.</param>
    /// <param name="cancellationToken">Ends the wait. No data is lost.</param>
    /// <returns>The number of bytes; 0 at the end.</returns>
    /// <exception cref="IOException">The connection broke. The inner exception is an <see cref="SshException"/>.</exception>
    /// <exception cref="NotSupportedException">The stream is a standard input.</exception>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        SshStreamKind? stream = _part switch
        {
            Part.Connection => null,
            Part.Output => SshStreamKind.Stdout,
            Part.Error => SshStreamKind.Stderr,
            _ => throw new NotSupportedException("a standard input can't be read"),
        };
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (buffer.IsEmpty)
            return 0;
        try
        {
            return (await _channel.ReadAsync(stream, buffer, cancellationToken).ConfigureAwait(false)).Count;
        }
        catch (SshException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    /// <param name="buffer">The buffer for the data.</param>
    /// <param name="offset">The position in the buffer.</param>
    /// <param name="count">The largest number of bytes to read.</param>
    /// <param name="cancellationToken">Ends the wait. No data is lost.</param>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes at the pace at which the other end accepts data.</summary>
    /// <param name="buffer">The data.</param>
    /// <param name="cancellationToken">Ends the wait. A part of the data may have been written.</param>
    /// <returns>A task that completes when the data has been sent.</returns>
    /// <exception cref="IOException">The other end does not read any more, or the connection broke.</exception>
    /// <exception cref="NotSupportedException">The stream is a standard output or error.</exception>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_part is not (Part.Connection or Part.Input))
            throw new NotSupportedException("a standard output can't be written to");
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            if (!await _channel.WriteAsync(buffer, cancellationToken).ConfigureAwait(false))
                throw new IOException("the other end does not read any more");
        }
        catch (SshException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// <param name="buffer">The buffer that has the data.</param>
    /// <param name="offset">The position of the data in the buffer.</param>
    /// <param name="count">The number of bytes.</param>
    /// <param name="cancellationToken">Ends the wait. A part of the data may have been written.</param>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Tells the other end that nothing more will be written. Reading continues.</summary>
    /// <param name="cancellationToken">Ignored, because the call does not wait.</param>
    /// <returns>A completed task.</returns>
    public ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) => _channel.SendEofAsync(cancellationToken);

    /// <summary>Does nothing, because the stream has no write buffer.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing, because the stream has no write buffer.</summary>
    /// <param name="cancellationToken">Ignored.</param>
    /// <returns>A completed task.</returns>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Reads the available data, or blocks the thread until there is some or <see cref="ReadTimeout"/> has elapsed.</summary>
    /// <param name="buffer">The buffer for the data.</param>
    /// <param name="offset">The position in the buffer.</param>
    /// <param name="count">The largest number of bytes to read.</param>
    /// <returns>The number of bytes; 0 at the end.</returns>
    /// <exception cref="IOException">The connection broke, or the time limit has elapsed.</exception>
    /// <exception cref="NotSupportedException">The stream is a standard input.</exception>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Wait(token => ReadAsync(buffer.AsMemory(offset, count), token), _readTimeout);
    }

    /// <summary>Writes the data. Blocks the thread until it has been sent, or <see cref="WriteTimeout"/> has elapsed.</summary>
    /// <param name="buffer">The buffer that has the data.</param>
    /// <param name="offset">The position of the data in the buffer.</param>
    /// <param name="count">The number of bytes.</param>
    /// <exception cref="IOException">The other end does not read any more, the connection broke, or the time limit has elapsed.</exception>
    /// <exception cref="NotSupportedException">The stream is a standard output or error.</exception>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Wait(
            async token =>
            {
                await WriteAsync(buffer.AsMemory(offset, count), token).ConfigureAwait(false);
                return count;
            },
            _writeTimeout);
    }

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Not supported.</summary>
    /// <param name="offset">Ignored.</param>
    /// <param name="origin">Ignored.</param>
    /// <returns>Nothing.</returns>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    /// <param name="value">Ignored.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Closes a connection; ends a standard input; drops further output of a standard output or error. Does not wait.</summary>
    /// <param name="disposing">Whether the method is not called by a finalizer.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            switch (_part)
            {
                case Part.Connection:
                    _channel.Dispose();
                    break;
                case Part.Input:
                    _channel.SendEof();
                    break;
                default:
                    _channel.DropOutput(_part is Part.Output ? SshStreamKind.Stdout : SshStreamKind.Stderr);
                    break;
            }
        }
        base.Dispose(disposing);
    }

    /// <summary>Blocks the thread until an operation has completed. Its continuations run on the thread pool.</summary>
    private static int Wait(Func<CancellationToken, ValueTask<int>> operation, int timeout)
    {
        using var limit = timeout == Timeout.Infinite ? null : new CancellationTokenSource(timeout);
        try
        {
            var pending = operation(limit?.Token ?? CancellationToken.None);
#pragma warning disable RS0030 // The synchronous methods of a stream block by definition.
            return pending.IsCompleted ? pending.GetAwaiter().GetResult() : pending.AsTask().GetAwaiter().GetResult();
#pragma warning restore RS0030
        }
        catch (OperationCanceledException) when (limit is not null)
        {
            var message = string.Create(CultureInfo.InvariantCulture, $"no progress in {timeout} ms");
            throw new IOException(message, new TimeoutException(message));
        }
    }

    private static int CheckTimeout(int value)
    {
        if (value != Timeout.Infinite)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
        return value;
    }
}
