using Volley.Ssh.Transport;

namespace Volley.Ssh.UnitTests;

/// <summary>What tests do with a packet stream.</summary>
internal static class PacketStreams
{
    /// <summary>Writes a message at once.</summary>
    public static async Task SendAsync(this IPacketStream packets, byte[] message, CancellationToken cancellationToken)
    {
        await packets.WriteAsync(message, cancellationToken);
        packets.Flush();
    }
}
