using System.ComponentModel;
using System.Net.Sockets;
using Volley.Interop;

namespace Volley.Transports.Processes;

/// <summary>Failures because this process, its user or the machine has no more of something: no fault of the host, and over once something is free.</summary>
internal static class ResourceLimit
{
    /// <summary>Returns what to do about a failure; null if it has another cause.</summary>
    /// <param name="failure">What was thrown, also as the cause of something else.</param>
    public static string? RemedyOf(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (RemedyOf(ErrorOf(cause), isFile: cause is IOException) is { } remedy)
                return remedy;
        }

        return null;
    }

    /// <summary>Returns the failure of a node whose ssh, or whose command, can't be started.</summary>
    /// <param name="what">What is started.</param>
    /// <param name="failure">Why it can't be.</param>
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
        // The base library keeps the number of an error that has no exception of its own.
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
        // Of a pipe it means the limit of what epoll(7) watches.
        Errno.NoSpace when !isFile => "raise fs.epoll.max_user_watches, or lower --parallel",
        _ => null,
    };
}
