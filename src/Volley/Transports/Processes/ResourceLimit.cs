using System.ComponentModel;
using System.Net.Sockets;

namespace Volley.Transports.Processes;

/// <summary>Failures because this process, its user or the machine has no more of something: no fault of the host, and over once something is free.</summary>
internal static class ResourceLimit
{
    private const int TryAgain = 11;             // EAGAIN
    private const int NoMemory = 12;             // ENOMEM
    private const int TooManyInSystem = 23;      // ENFILE
    private const int TooManyInProcess = 24;     // EMFILE
    private const int NoSpace = 28;              // ENOSPC

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
        ? new Win32Exception(system.NativeErrorCode).Message
        : failure.Message;

    private static int ErrorOf(Exception failure) => failure switch
    {
        SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } => TooManyInProcess,
        SocketException { SocketErrorCode: SocketError.NoBufferSpaceAvailable } => NoMemory,
        SocketException => 0,
        Win32Exception system => system.NativeErrorCode,
        // The base library keeps the number of an error that has no exception of its own.
        IOException file => file.HResult,
        OutOfMemoryException => NoMemory,
        _ => 0,
    };

    private static string? RemedyOf(int error, bool isFile) => error switch
    {
        TooManyInProcess => "raise the limit of open files (ulimit -n), or lower --parallel",
        TooManyInSystem => "the system's limit of open files (fs.file-max) is reached; raise it, or lower --parallel",
        NoMemory => "free some memory, or lower --parallel",
        TryAgain when !isFile => "raise the limit of processes (ulimit -u, or pids.max of the control group), or lower --parallel",
        // Of a pipe it means the limit of what epoll(7) watches.
        NoSpace when !isFile => "raise fs.epoll.max_user_watches, or lower --parallel",
        _ => null,
    };
}
