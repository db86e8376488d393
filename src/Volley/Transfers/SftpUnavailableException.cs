namespace Volley.Transfers;

/// <summary>The exception for a target whose SFTP server can't be used: it does not exist, or what answers does not speak SFTP.</summary>
/// <param name="message">The reason, for the user.</param>
/// <param name="innerException">The cause.</param>
internal sealed class SftpUnavailableException(string message, Exception innerException) : Exception(message, innerException);
