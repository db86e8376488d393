using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Sftp;

/// <content>Receiving: data is copied to the buffer of its request, other answers are kept as they are.</content>
internal sealed partial class SftpConnection
{
    private const int MinReceiveBuffer = 64 << 10;
    private const int MaxQuotedText = 200;

    private static readonly byte[] OkFields = new byte[sizeof(uint)];

    private async Task ReceiveAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MinReceiveBuffer);
        var filled = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(filled)).ConfigureAwait(false) is > 0 and var count)
            {
                filled += count;
                var used = 0;
                while (TryTakePacket(buffer.AsSpan(used, filled - used), out var packet))
                {
                    Receive(packet);
                    used += LengthSize + packet.Length;
                }
                filled -= used;
                buffer = MakeRoom(buffer, used, filled);
            }
            End(_version.Task.IsCompleted || filled == 0 ? Lost(null) : NotSftp(buffer.AsSpan(0, filled)));
        }
        catch (SftpException violation)
        {
            End(violation);
        }
        catch (SshException e)
        {
            End(SftpException.Violation(e.Message, e));
        }
#pragma warning disable CA1031 // After any failure the stream can't be used, and every request must end.
        catch (Exception e)
#pragma warning restore CA1031
        {
            End(Lost(e));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Moves the incomplete packet to the start of a buffer that has room for all of it.</summary>
    private static byte[] MakeRoom(byte[] buffer, int start, int count)
    {
        var needed = count < LengthSize ? MinReceiveBuffer
            : Math.Max(MinReceiveBuffer, LengthSize + (int)BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start)));
        if (buffer.Length >= needed)
        {
            buffer.AsSpan(start, count).CopyTo(buffer);
            return buffer;
        }
        var larger = ArrayPool<byte>.Shared.Rent(LengthSize + MaxPacket);
        buffer.AsSpan(start, count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private bool TryTakePacket(ReadOnlySpan<byte> received, out ReadOnlySpan<byte> packet)
    {
        packet = default;
        if (received.Length < LengthSize)
            return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(received);
        if (length is 0 or > MaxPacket)
            throw _version.Task.IsCompleted ? SftpException.Violation($"a packet of {length} bytes") : NotSftp(received);
        if (received.Length - LengthSize < length)
            return false;
        packet = received.Slice(LengthSize, (int)length);
        return true;
    }

    private void Receive(ReadOnlySpan<byte> packet)
    {
        if (!_version.Task.IsCompleted)
        {
            if (packet[0] != SftpNumber.Version)
                throw SftpException.Violation($"packet {packet[0]} in place of the version");
            _version.TrySetResult(packet[1..].ToArray());
            return;
        }
        if (packet.Length < IdOffset + sizeof(uint))
            throw SftpException.Violation($"packet {packet[0]} is cut short");
        var id = BinaryPrimitives.ReadUInt32BigEndian(packet[IdOffset..]);
        var fields = packet[(IdOffset + sizeof(uint))..];
        SftpRequest? request;
        SftpReply reply;
        lock (_lock)
        {
            if (!_pending.TryGetValue(id, out request) || !request.IsSent)
                throw SftpException.Violation($"an answer to request {id}, which waits for none");
            // An invalid answer leaves the request pending, so that it ends with the connection.
            reply = request.IsAbandoned ? default : GetReply(packet[0], fields, request.Destination);
            _pending.Remove(id);
        }
        if (request.IsAbandoned)
            CloseHandle(packet[0], fields);
        else
            request.Complete(reply);
    }

    private static SftpReply GetReply(byte number, ReadOnlySpan<byte> fields, Memory<byte> destination)
    {
        if (number == SftpNumber.StatusReply && fields.StartsWith(OkFields))
            return new(number, OkFields, 0);
        if (number != SftpNumber.Data)
            return new(number, fields.ToArray(), 0);
        var reader = new SshReader(fields, "the data");
        var data = reader.ReadString();
        if (data.IsEmpty || data.Length > destination.Length)
            throw SftpException.Violation($"{data.Length} bytes of data for a request of {destination.Length}");
        data.CopyTo(destination.Span);
        return new(number, [], data.Length);
    }

    /// <summary>Closes a handle whose request was abandoned, since nothing else knows it.</summary>
    private void CloseHandle(byte number, ReadOnlySpan<byte> fields)
    {
        if (number != SftpNumber.Handle)
            return;
        var handle = new SshReader(fields, "a handle").ReadString();
        var packet = BeginPacket(SftpNumber.Close, sizeof(uint) + handle.Length);
        packet.WriteString(handle);
        try
        {
            Post(new UnheardRequest(), packet.Finish(), default);
        }
        catch (SftpException)
        {
            // The connection has ended, and its handles with it.
        }
    }

    /// <summary>Returns the exception for text in place of the protocol, which start-up files of the login shell print.</summary>
    private static SftpException NotSftp(ReadOnlySpan<byte> received)
    {
        var text = Encoding.UTF8.GetString(received[..Math.Min(received.Length, MaxQuotedText)]);
        var visible = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)).Trim();
        return SftpException.Violation(
            $"the server sent text in place of it: '{visible}'; start-up files of the login shell must print nothing when they are not interactive");
    }

    /// <summary>A request whose answer does not matter.</summary>
    private sealed class UnheardRequest : SftpRequest
    {
        public override void Complete(SftpReply reply)
        {
        }

        public override void Fail(SftpException failure)
        {
        }
    }
}
