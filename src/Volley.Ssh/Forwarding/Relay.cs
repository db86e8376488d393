using System.Buffers;
using Volley.Ssh.Net;

namespace Volley.Ssh.Forwarding;

/// <summary>
/// Copies the data of a channel to a socket and back, each at the pace of its reader. The end of one direction is passed on, and the other continues.
/// </summary>
internal static class Relay
{
    /// <summary>Copies until both directions have ended, or the channel is closed; then closes both ends.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="cancellationToken">Ends both directions.</param>
    /// <exception cref="IOException">The socket broke.</exception>
    /// <exception cref="SshException">The connection ended.</exception>
    public static async Task RunAsync(SshChannel channel, SocketStream socket, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var toSocket = ToSocketAsync(channel, socket, ending.Token);
        var toChannel = ToChannelAsync(socket, channel, ending.Token);
        try
        {
            var first = await Task.WhenAny(toSocket, toChannel).ConfigureAwait(false);
            await first.ConfigureAwait(false);
            // A peer that has closed the channel reads nothing more.
            await Task.WhenAny(first == toSocket ? toChannel : toSocket, channel.Closed).ConfigureAwait(false);
            // What it sent before is still written to the socket.
            await toSocket.ConfigureAwait(false);
            if (toChannel.IsCompleted)
                await toChannel.ConfigureAwait(false);
        }
        finally
        {
            channel.Dispose();
            await ending.CancelAsync().ConfigureAwait(false);
            await socket.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll(toSocket, toChannel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ToSocketAsync(SshChannel channel, SocketStream socket, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(SshChannel.MaxPacket);
        while (await channel.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
            await socket.WriteAsync(buffer.AsMemory(0, read.Count), cancellationToken).ConfigureAwait(false);
        // Not after a failure, because the stream may still use the array.
        ArrayPool<byte>.Shared.Return(buffer);
        socket.CompleteWrites();
    }

    private static async Task ToChannelAsync(SocketStream socket, SshChannel channel, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(SshChannel.MaxPacket);
        while (await socket.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            if (!await channel.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false))
                break;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        await channel.SendEofAsync(cancellationToken).ConfigureAwait(false);
    }
}
