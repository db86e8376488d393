using System.Net.Sockets;

namespace Volley.Ssh.Sockets;

/// <summary>
/// A connected socket as a stream: asynchronous only, one reader and one writer at a time. What awaits it may run in the thread
/// that watches sockets, or in the thread that disposes of it, and must not block there.
/// </summary>
public abstract class SocketStream : Stream
{
    /// <summary>Reads in a row after which a socket gives way to others, even if there is more to read.</summary>
    internal const int ReadsInARow = 16;

    private protected SocketStream()
    {
    }

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

    /// <summary>The user at the other end of a socket in the file system, if that is neither this process's user nor root; else null.</summary>
    internal abstract uint? OtherPeer { get; }

    /// <summary>Asks for a type of service for what is sent over TCP; a system that refuses does without.</summary>
    /// <param name="family">The family of the address that it is connected to.</param>
    /// <param name="value">The byte in the IP header, 0 to 255.</param>
    internal abstract void SetTypeOfService(AddressFamily family, int value);

    /// <summary>Reads the bytes that have come, or waits for some; returns 0 at the end, and once the stream is disposed.</summary>
    /// <exception cref="IOException">The connection broke; the inner exception is a <see cref="SocketException"/>.</exception>
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes all bytes, as fast as the other end takes them.</summary>
    /// <exception cref="IOException">The connection broke; the inner exception is a <see cref="SocketException"/>.</exception>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Not supported: asynchronous only.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Not supported: asynchronous only.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Does nothing: writes are not buffered.</summary>
    public override void Flush()
    {
    }

    /// <summary>Wraps the failure of a connection that was made.</summary>
    private protected static IOException Broken(SocketException cause) => new(cause.Message, cause);
}
