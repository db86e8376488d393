namespace Volley.Ssh;

/// <summary>
/// Whole SSH messages in both directions, whatever carries them: RFC 4253's encrypted transport, or the socket of an
/// OpenSSH control master. A message begins with its number (RFC 4250 section 4.1.2). Disposing it ends a read and a
/// write that wait; a transport that says goodbye (SSH_MSG_DISCONNECT) does so then.
/// </summary>
#pragma warning disable CA1711 // It is a stream of packets; nobody will take it for a System.IO.Stream.
public interface IPacketStream : IAsyncDisposable
#pragma warning restore CA1711
{
    /// <summary>
    /// The sequence number of the message that was read last, which SSH_MSG_UNIMPLEMENTED names (RFC 4253 section 11.4);
    /// null where there is none to name, as behind a control master: then nothing is answered.
    /// </summary>
    uint? LastSequenceNumber => null;

    /// <summary>
    /// How many bytes have come from the peer so far, those included that are no whole message yet or are of no concern to the reader;
    /// always 0 where that is not known.
    /// </summary>
    long ReceivedBytes => 0;

    /// <summary>Whether the next read need not wait: a message has come already. For the reader; false if that is not known.</summary>
    bool HasMessage => false;

    /// <summary>Reads the next message. One reader at a time.</summary>
    /// <returns>The message, valid until the next read; empty at the end of the stream.</returns>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Lets what the calling thread writes wait for the next read, which it will come to without waiting for anything, so that
    /// answers to several messages, and what is said because of them, can be written at once. For the reader.
    /// </summary>
    void HoldUntilRead()
    {
    }

    /// <summary>Writes one message, whole. One writer at a time; once the token has fired, the stream is of no use any more.</summary>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>Writes one message, whole; one that others follow at once may be held back, to be written with them.</summary>
    /// <param name="message">The message.</param>
    /// <param name="moreFollow">Whether another message is written next, without anything being waited for.</param>
    /// <param name="cancellationToken">Once it has fired, the stream is of no use any more.</param>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, bool moreFollow, CancellationToken cancellationToken) => WriteAsync(message, cancellationToken);
}
