using System.Runtime.InteropServices;

namespace Volley.Interop;

/// <summary>Error numbers of Linux (errno(3)), and their texts and exceptions.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;           // EPERM
    public const int NoEntry = 2;                // ENOENT
    public const int Interrupted = 4;            // EINTR
    public const int InputOutput = 5;            // EIO
    public const int ArgumentsTooLong = 7;       // E2BIG
    public const int NoExecutableFormat = 8;     // ENOEXEC
    public const int BadDescriptor = 9;          // EBADF
    public const int TryAgain = 11;              // EAGAIN, EWOULDBLOCK
    public const int NoMemory = 12;              // ENOMEM
    public const int NoAccess = 13;              // EACCES
    public const int Exists = 17;                // EEXIST
    public const int NotDirectory = 20;          // ENOTDIR
    public const int IsDirectory = 21;           // EISDIR
    public const int TooManyFilesInSystem = 23;  // ENFILE
    public const int TooManyFiles = 24;          // EMFILE
    public const int TextFileBusy = 26;          // ETXTBSY
    public const int FileTooLarge = 27;          // EFBIG
    public const int NoSpace = 28;               // ENOSPC
    public const int BrokenPipe = 32;            // EPIPE
    public const int NameTooLong = 36;           // ENAMETOOLONG
    public const int NoAddressFamily = 97;       // EAFNOSUPPORT
    public const int AddressInUse = 98;          // EADDRINUSE
    public const int AddressNotAvailable = 99;   // EADDRNOTAVAIL
    public const int NetworkDown = 100;          // ENETDOWN
    public const int NetworkUnreachable = 101;   // ENETUNREACH
    public const int ConnectionAborted = 103;    // ECONNABORTED
    public const int ConnectionReset = 104;      // ECONNRESET
    public const int NoBufferSpace = 105;        // ENOBUFS
    public const int TimedOut = 110;             // ETIMEDOUT
    public const int ConnectionRefused = 111;    // ECONNREFUSED
    public const int HostUnreachable = 113;      // EHOSTUNREACH
    public const int InProgress = 115;           // EINPROGRESS

    /// <summary>The largest number that the kernel returns.</summary>
    public const int Largest = 4095;

    /// <summary>The error of the last call on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>Returns the system's text for an error (strerror(3)).</summary>
    public static string Text(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>Returns the exception for an error of a file. Its HResult is the error number.</summary>
    public static IOException Failure(int error) => new(Text(error), error);

    /// <summary>Returns the exception that the base library throws for an error of a file.</summary>
    public static Exception Failure(int error, string path) => error switch
    {
        NoEntry => new FileNotFoundException(Text(error), path),
        NoAccess => new UnauthorizedAccessException(Text(error)),
        _ => Failure(error),
    };

    /// <summary>Throws the exception for an error of a file, unless the number is 0.</summary>
    /// <exception cref="IOException">There was an error.</exception>
    public static void Check(int error)
    {
        if (error != 0)
            throw Failure(error);
    }
}
