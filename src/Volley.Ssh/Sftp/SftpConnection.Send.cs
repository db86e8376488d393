using System.Buffers;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Sftp;

/// <content>Sending: small packets together, large ones from their own arrays.</content>
internal sealed partial class SftpConnection
{
    private const int BatchSize = 32 << 10;
    private const int LargePacket = 8 << 10;

    private async Task SendAsync()
    {
        var batch = ArrayPool<byte>.Shared.Rent(BatchSize);
        try
        {
            while (TryTake(batch, out var length, out var large))
            {
                if (length > 0)
                    await stream.WriteAsync(batch.AsMemory(0, length)).ConfigureAwait(false);
                if (large is not { } packet)
                    continue;
                await stream.WriteAsync(packet.Memory).ConfigureAwait(false);
                packet.Return();
            }
        }
#pragma warning disable CA1031 // After any failure the stream can't be used, and every request must end.
        catch (Exception e)
#pragma warning restore CA1031
        {
            End(Lost(e));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(batch);
        }
    }

    /// <summary>Copies small packets to the batch, up to the next large one. Returns false if there is nothing to send, which ends the sender.</summary>
    private bool TryTake(byte[] batch, out int length, out OutgoingMessage? large)
    {
        (length, large) = (0, null);
        lock (_lock)
        {
            while (_queue.TryPeek(out var next) && (next.Packet.Length > LargePacket || length + next.Packet.Length <= BatchSize))
            {
                _queue.Dequeue();
                if (next.Request.IsAbandoned)
                {
                    _pending.Remove(next.Request.Id);
                    next.Packet.Return();
                    continue;
                }
                next.Request.IsSent = true;
                if (next.Packet.Length > LargePacket)
                {
                    large = next.Packet;
                    break;
                }
                next.Packet.Memory.Span.CopyTo(batch.AsSpan(length));
                length += next.Packet.Length;
                next.Packet.Return();
            }
            return _isSending = length > 0 || large is not null;
        }
    }
}
