using System.ComponentModel;
using System.Net.Sockets;
using Volley.Interop;

namespace Volley.Transports.Processes;

/// <summary>
/// Failures that are caused by a limit of this process, its user or the machine. They are not the host's fault, and end once resources are free.
/// </summary>
internal static class ResourceLimit
{
    /// <summary>Returns advice on a failure; null if a resource limit is not the cause.</summary>
    /// <param name="failure">The exception; its inner exceptions are examined too.</param>
    public static string? RemedyOf(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (RemedyOf(ErrorOf(cause), isFile: cause is IOException) is { } remedy)
                return remedy;
        }

        return null;
    }

    /// <summary>Returns the exception for a node whose ssh or command can't be started.</summary>
    /// <param name="what">A description of the program.</param>
    /// <param name="failure">The cause.</param>
    public static TransportException NotStarted(string what, Exception failure) => RemedyOf(failure) is { } remedy
        ? new(NodeOutcome.ConnectFailed, $"can't start {what}: {CauseOf(failure)}; {remedy}", failure) { Retry = RetryAdvice.Worthwhile }
        : new(NodeOutcome.ConnectFailed, $"can't start {what}: {failure.Message}", failure);

    private static string CauseOf(Exception failure) => failure is Win32Exception { NativeErrorCode: > 0 } system and not SocketException
        ? Errno.Text(system.NativeErrorCode)
        : failure.Message;

    private static int ErrorOf(Exception failure) => failure switch
    {
        SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } => Errno.TooManyFiles,
        SocketException { SocketErrorCode: SocketError.NoBufferSpaceAvailable } => Errno.NoMemory,
        SocketException => 0,
        Win32Exception system => system.NativeErrorCode,
        // For an error without an exception type of its own, the HResult is the error number.
        IOException file => file.HResult,
        OutOfMemoryException => Errno.NoMemory,
        _ => 0,
    };

    private static string? RemedyOf(int error, bool isFile) => error switch
    {
        Errno.TooManyFiles => "raise the limit of open files (ulimit -n), or lower --parallel",
        Errno.TooManyFilesInSystem => "the system's limit of open files (fs.file-max) is reached; raise it, or lower --parallel",
        Errno.NoMemory => "free some memory, or lower --parallel",
        Errno.TryAgain when !isFile => "raise the limit of processes (ulimit -u, or pids.max of the control group), or lower --parallel",
        // For a pipe, ENOSPC is the limit of descriptors that epoll(7) watches.
        Errno.NoSpace when !isFile => "raise fs.epoll.max_user_watches, or lower --parallel",
        _ => null,
    };
}
