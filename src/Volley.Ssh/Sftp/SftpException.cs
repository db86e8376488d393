namespace Volley.Ssh;

/// <summary>The exception for an operation on remote files that failed. The message begins with the remote path, if there is one.</summary>
public sealed class SftpException : IOException
{
    /// <summary>Creates an exception.</summary>
    /// <param name="status">The kind of failure.</param>
    /// <param name="message">A message for the user, without the path.</param>
    /// <param name="path">The remote path; null if the failure concerns the whole connection.</param>
    /// <param name="innerException">The cause; null for none.</param>
    public SftpException(SftpStatus status, string message, string? path = null, Exception? innerException = null)
        : base(path is null ? message : $"{path}: {message}", innerException) => (Status, Path, Reason) = (status, path, message);

    /// <summary>The kind of failure.</summary>
    public SftpStatus Status { get; }

    /// <summary>The remote path; null if the failure concerns the whole connection.</summary>
    public string? Path { get; }

    /// <summary>The message without the path.</summary>
    public string Reason { get; }

    /// <summary>Whether the connection to the server has ended, so that no further operation can succeed.</summary>
    public bool IsConnectionLost { get; internal init; }

    /// <summary>Returns a copy to throw, because throwing one instance twice would mix up the stack traces.</summary>
    internal SftpException Copy(string? path) => new(Status, Reason, path, this) { IsConnectionLost = IsConnectionLost };

    internal static SftpException Violation(string message, Exception? innerException = null) =>
        new(SftpStatus.BadMessage, $"invalid SFTP message: {message}", innerException: innerException) { IsConnectionLost = true };

    internal static SftpException Lost(SftpStatus status, string message, Exception? innerException = null) =>
        new(status, message, innerException: innerException) { IsConnectionLost = true };
}
