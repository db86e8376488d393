namespace Volley.Ssh;

/// <summary>
/// Whole SSH messages in both directions, whatever carries them: RFC 4253's encrypted transport, or the socket of an
/// OpenSSH control master. A message begins with its number (RFC 4250 section 4.1.2).
/// </summary>
public interface IPacketStream : IAsyncDisposable
{
    /// <summary>Reads the next message. One reader at a time.</summary>
    /// <returns>The message, valid until the next read; empty at the end of the stream.</returns>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Writes one message, whole. Calls from several threads are put in order.</summary>
    /// <exception cref="SshException">The stream is broken.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);
}
