using Volley.Ssh.Wire;

namespace Volley.Ssh.Sftp;

/// <summary>A request that waits to be sent or answered.</summary>
/// <param name="message">The packet type, four bytes for the request id, and the fields. The request owns it.</param>
/// <param name="data">Bytes that follow the message, which the caller owns.</param>
/// <param name="destination">The buffer for the data of the answer.</param>
internal sealed class SftpRequest(OutgoingMessage message, ReadOnlyMemory<byte> data, Memory<byte> destination)
    : TaskCompletionSource<SftpReply>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public ReadOnlyMemory<byte> Message => message.Memory;

    public ReadOnlyMemory<byte> Data => data;

    public Memory<byte> Destination => destination;

    public uint Id { get; set; }

    public bool IsSent { get; set; }

    /// <summary>Whether the caller does not wait any more. The buffers are the caller's again.</summary>
    public bool IsAbandoned { get; set; }

    public int Length => message.Length + data.Length;

    public void ReturnMessage() => message.Return();
}
