using System.Runtime.InteropServices;

namespace Volley.Ssh.Files;

/// <summary>The system's words for a failure of a file, as strerror(3) has them: those of .NET name the path again, and are its own.</summary>
internal static class SystemMessage
{
    private const int NoEntry = 2;           // ENOENT
    private const int NoAccess = 13;         // EACCES
    private const int IsDirectory = 21;      // EISDIR
    private const int NameTooLong = 36;      // ENAMETOOLONG
    private const int FileTooLarge = 27;     // EFBIG
    private const int LargestError = 4095;

    /// <summary>Whether an exception is the failure of a file. .NET throws the last for EFBIG.</summary>
    public static bool IsFileFailure(Exception failure) => failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    /// <summary>The exception for an error number.</summary>
    public static IOException Failure(int error) => new(Marshal.GetPInvokeErrorMessage(error), error);

    /// <summary>Returns the message without a path and without a full stop.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="path">The file, if it is known: .NET says of a directory that access to it is denied.</param>
    public static string Of(Exception failure, string? path = null) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => Text(NoEntry),
        PathTooLongException => Text(NameTooLong),
        ArgumentOutOfRangeException => Text(FileTooLarge),
        UnauthorizedAccessException when path is not null && SystemFile.DirectoryExists(path) => Text(IsDirectory),
        UnauthorizedAccessException => Text(failure.InnerException is IOException { HResult: > 0 and <= LargestError and var error } ? error : NoAccess),
        // .NET keeps the error number there.
        IOException { HResult: > 0 and <= LargestError and var error } => Text(error),
        _ => failure.Message.TrimEnd('.'),
    };

    private static string Text(int error) => Marshal.GetPInvokeErrorMessage(error);
}
