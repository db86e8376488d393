namespace Volley.Ssh.Sftp;

/// <summary>A request that waits to be sent or answered. The lock of the connection guards its state.</summary>
internal abstract class SftpRequest
{
    public uint Id { get; set; }

    /// <summary>The buffer for the data of the answer.</summary>
    public Memory<byte> Destination { get; set; }

    public bool IsSent { get; set; }

    /// <summary>Whether nothing waits for the answer any more. Such a request is not used again.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Called with the answer, outside of the lock, on the thread that receives. It must not block or throw.</summary>
    public abstract void Complete(SftpReply reply);

    /// <summary>Called in place of <see cref="Complete"/> if the connection ends first.</summary>
    public abstract void Fail(SftpException failure);
}
