namespace Volley.Ssh.Packets;

/// <summary>The packets of an encrypted transport (RFC 4253). <see cref="SshTransport.ConnectAsync"/> makes it.</summary>
public sealed class EncryptedPackets : IPacketStream
{
    internal EncryptedPackets()
    {
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
