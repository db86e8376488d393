namespace Volley.Interop;

/// <summary>The system's text for the failure of a file, as strerror(3) returns it. The messages of .NET repeat the path.</summary>
internal static class SystemMessage
{
    /// <summary>Returns whether an exception is the failure of a file. .NET throws the last for EFBIG.</summary>
    public static bool IsFileFailure(Exception failure) => failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    /// <summary>Returns the message without a path and without a full stop.</summary>
    /// <param name="failure">The exception.</param>
    /// <param name="path">The file, if it is known. For a directory, .NET reports that access is denied; with the path the message is EISDIR's.</param>
    public static string Of(Exception failure, string? path = null) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => Errno.Text(Errno.NoEntry),
        PathTooLongException => Errno.Text(Errno.NameTooLong),
        ArgumentOutOfRangeException => Errno.Text(Errno.FileTooLarge),
        UnauthorizedAccessException when path is not null && FileStatus.IsDirectoryAt(path) => Errno.Text(Errno.IsDirectory),
        UnauthorizedAccessException => Errno.Text(
            failure.InnerException is IOException { HResult: > 0 and <= Errno.Largest and var error } ? error : Errno.NoAccess),
        // The HResult is the error number.
        IOException { HResult: > 0 and <= Errno.Largest and var error } => Errno.Text(error),
        _ => failure.Message.TrimEnd('.'),
    };
}
