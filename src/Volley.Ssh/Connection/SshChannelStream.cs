namespace Volley.Ssh;

/// <summary>A channel as a stream, such as a TCP connection through the peer. It supports only asynchronous operations.</summary>
public sealed class SshChannelStream : Stream
{
    private readonly SshChannel _channel;

    internal SshChannelStream(SshChannel channel) => _channel = channel;

    /// <summary>True.</summary>
    public override bool CanRead => true;

    /// <summary>False.</summary>
    public override bool CanSeek => false;

    /// <summary>True.</summary>
    public override bool CanWrite => true;

    /// <summary>Not supported.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads the available data, or waits for some. Returns 0 at the end.</summary>
    /// <exception cref="IOException">The connection broke. The inner exception has the details.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        try
        {
            return (await _channel.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)).Count;
        }
        catch (SshException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes at the pace at which the other end accepts data.</summary>
    /// <exception cref="IOException">The other end does not read any more, or the connection broke.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
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
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Tells the other end that nothing more will be written. Reading continues.</summary>
    public ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) => _channel.SendEofAsync(cancellationToken);

    /// <summary>Does nothing, because the stream has no write buffer.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing, because the stream has no write buffer.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Not supported: it would block a thread.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("use ReadAsync");

    /// <summary>Not supported: it would block a thread.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("use WriteAsync");

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Closes the channel.</summary>
    public override async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the channel.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _channel.Dispose();
        base.Dispose(disposing);
    }
}
