namespace Volley.Ssh;

/// <summary>The exception for the socket of an OpenSSH control master that can't be used.</summary>
/// <param name="failure">The kind of failure.</param>
/// <param name="message">A message for the user.</param>
/// <param name="innerException">The cause, or null.</param>
public sealed class SshControlMasterException(SshControlMasterFailure failure, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The kind of failure.</summary>
    public SshControlMasterFailure Failure { get; } = failure;
}
