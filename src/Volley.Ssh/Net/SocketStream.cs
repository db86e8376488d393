using System.Net.Sockets;

namespace Volley.Ssh.Net;

/// <summary>
/// A connected socket as an asynchronous stream, for one reader and one writer at a time. Callers are resumed on the thread pool, unless the socket
/// was made by a connector that resumes them inline (<see cref="SocketConnector.ResumingInline"/>): then on the thread that watches the sockets, or
/// on the thread that disposes the stream.
/// </summary>
internal abstract class SocketStream : Stream
{
    /// <summary>The number of reads in a row after which a socket yields to others, even if it has more to read.</summary>
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

    /// <summary>The user at the other end of a Unix domain socket, if that is neither this process's user nor root; else null.</summary>
    internal abstract uint? OtherPeer { get; }

    /// <summary>Sets the type of service of outgoing TCP packets. A refusal of the system is ignored.</summary>
    /// <param name="family">The family of the address that the socket is connected to.</param>
    /// <param name="value">The byte in the IP header, 0 to 255.</param>
    internal abstract void SetTypeOfService(AddressFamily family, int value);

    /// <summary>Ends the writing direction (shutdown(2)). Reading continues. Has no effect on a connection that broke.</summary>
    internal abstract void CompleteWrites();

    /// <summary>Reads available bytes, or waits for some. Returns 0 at the end, and after the stream is disposed.</summary>
    /// <exception cref="IOException">The connection broke; the inner exception is a <see cref="SocketException"/>.</exception>
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes all bytes, and waits while the socket accepts none.</summary>
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

    /// <summary>Returns the exception for a failure of an established connection.</summary>
    private protected static IOException Broken(SocketException cause) => new(cause.Message, cause);
}
