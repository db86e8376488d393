namespace Volley.Ssh;

/// <summary>
/// A stream of whole SSH messages in both directions: the encrypted transport of RFC 4253, or the socket of an OpenSSH control master.
/// A message begins with its number (RFC 4250 section 4.1.2). Disposing the stream ends pending reads and writes; a transport with
/// SSH_MSG_DISCONNECT sends it then.
/// </summary>
#pragma warning disable CA1711 // It is a stream of packets, and can't be mistaken for a System.IO.Stream.
public interface IPacketStream : IAsyncDisposable
#pragma warning restore CA1711
{
    /// <summary>
    /// The sequence number of the message that was read last, for SSH_MSG_UNIMPLEMENTED (RFC 4253 section 11.4). It is null if there are
    /// no such numbers, as with a control master: then unknown messages are not answered.
    /// </summary>
    uint? LastSequenceNumber => null;

    /// <summary>
    /// The number of bytes received from the peer so far, including incomplete messages and those not passed on to the reader; always 0
    /// if unknown.
    /// </summary>
    long ReceivedBytes => 0;

    /// <summary>Whether a message has arrived, so that the next read completes at once; false if unknown. Only the reader may use it.</summary>
    bool HasMessage => false;

    /// <summary>Reads the next message. Only one read may be pending.</summary>
    /// <returns>The message, valid until the next read; empty at the end of the stream.</returns>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Buffers what the calling thread writes until its next read, so that answers to several messages, and further messages that they
    /// cause, are written at once. Only the reader may call this, and it must not wait for anything before that read.
    /// </summary>
    void HoldUntilRead()
    {
    }

    /// <summary>Writes one whole message. Only one write may be pending. If the token fires, the stream can't be used any more.</summary>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>Writes one whole message. A message that others follow may be buffered and written with them.</summary>
    /// <param name="message">The message.</param>
    /// <param name="moreFollow">Whether another message is written next, without waiting for anything.</param>
    /// <param name="cancellationToken">Cancels the write; then the stream can't be used any more.</param>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, bool moreFollow, CancellationToken cancellationToken) => WriteAsync(message, cancellationToken);
}
