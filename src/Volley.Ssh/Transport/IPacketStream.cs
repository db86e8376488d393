namespace Volley.Ssh.Transport;

/// <summary>
/// A stream of whole SSH messages in both directions: the encrypted transport of RFC 4253, or the socket of an OpenSSH control master.
/// A message begins with its number (RFC 4250 section 4.1.2). One caller reads and one caller writes at a time; the other members may be
/// called from any thread. Disposing the stream ends pending reads and writes; a transport with SSH_MSG_DISCONNECT sends it then.
/// </summary>
#pragma warning disable CA1711 // It is a stream of packets, and can't be mistaken for a System.IO.Stream.
internal interface IPacketStream : IAsyncDisposable
#pragma warning restore CA1711
{
    /// <summary>
    /// The sequence number of the message that was read last, for SSH_MSG_UNIMPLEMENTED (RFC 4253 section 11.4). It is null if there are
    /// no such numbers, as with a control master: then unknown messages are not answered.
    /// </summary>
    uint? LastSequenceNumber { get; }

    /// <summary>The number of bytes received from the peer so far, including incomplete messages and those not passed on to the reader.</summary>
    long ReceivedBytes { get; }

    /// <summary>Takes the next message if it has arrived completely. Never waits.</summary>
    /// <param name="message">The message, valid until the next read.</param>
    /// <returns>False if no message has arrived, or the stream has ended: <see cref="ReadAsync"/> tells which.</returns>
    /// <exception cref="SshException">The stream is broken.</exception>
    bool TryRead(out ReadOnlyMemory<byte> message);

    /// <summary>Reads the next message. Before it waits for one, it starts to write the buffered messages.</summary>
    /// <returns>The message, valid until the next read; empty at the end of the stream.</returns>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Adds one whole message to the write buffer, and waits while the buffer is full. A full buffer is written; what is in a buffer that is
    /// not full is written by <see cref="Flush"/>. If the token fires, the stream can't be used any more.
    /// </summary>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>Starts to write the buffered messages. Does not wait for the write, whose failure the next call reports.</summary>
    void Flush();
}
