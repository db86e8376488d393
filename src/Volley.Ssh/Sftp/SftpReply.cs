namespace Volley.Ssh.Sftp;

/// <summary>A server's answer to a request.</summary>
/// <param name="Number">The packet type.</param>
/// <param name="Fields">The fields after the request id; empty for data that was copied to the request's buffer.</param>
/// <param name="Count">The number of bytes that were copied to the request's buffer.</param>
internal readonly record struct SftpReply(byte Number, byte[] Fields, int Count)
{
    /// <summary>Whether the answer is the status of success.</summary>
    public bool IsOk => Number == SftpNumber.StatusReply && Fields is [0, 0, 0, 0, ..];
}
