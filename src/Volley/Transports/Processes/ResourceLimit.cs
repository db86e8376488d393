using System.ComponentModel;
using System.Net.Sockets;
using Volley.Interop;

namespace Volley.Transports.Processes;

/// <summary>
/// Failures that are caused by a limit of this process, its user or the machine. They are not the host's fault, and end once resources are free.
/// </summary>
internal static class ResourceLimit
{
    /// <summary>Returns advice on a failure, which does not mention <see cref="Remedy.LowerConcurrency"/>; null if a resource limit is not the cause.</summary>
    /// <param name="failure">The exception; its inner exceptions are examined too.</param>
    public static string? FindAdvice(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (FindAdvice(GetError(cause), isFile: cause is IOException) is { } advice)
                return advice;
        }

        return null;
    }

    /// <summary>Returns <see cref="Remedy.LowerConcurrency"/> for a failure whose message ends with the advice, else none.</summary>
    public static Remedy GetRemedy(Exception failure) =>
        FindAdvice(failure) is { } advice && failure.Message.EndsWith(advice, StringComparison.Ordinal) ? Remedy.LowerConcurrency : Remedy.None;

    /// <summary>Returns the exception for a node whose ssh or command can't be started.</summary>
    /// <param name="what">A description of the program.</param>
    /// <param name="failure">The cause.</param>
    public static TransportException NotStarted(string what, Exception failure) => FindAdvice(failure) is { } advice
        ? new(NodeOutcome.ConnectFailed, $"can't start {what}: {GetText(failure)}; {advice}", failure)
        {
            Retry = RetryAdvice.Worthwhile,
            Remedy = Remedy.LowerConcurrency,
        }
        : new(NodeOutcome.ConnectFailed, $"can't start {what}: {failure.Message}", failure);

    private static string GetText(Exception failure) => failure is Win32Exception { NativeErrorCode: > 0 } system and not SocketException
        ? Errno.Text(system.NativeErrorCode)
        : failure.Message;

    private static int GetError(Exception failure) => failure switch
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

    private static string? FindAdvice(int error, bool isFile) => error switch
    {
        Errno.TooManyFiles => "raise the limit of open files (ulimit -n)",
        Errno.TooManyFilesInSystem => "the system's limit of open files (fs.file-max) is reached; raise it",
        Errno.NoMemory => "free some memory",
        Errno.TryAgain when !isFile => "raise the limit of processes (ulimit -u, or pids.max of the control group)",
        // For a pipe, ENOSPC is the limit of descriptors that epoll(7) watches.
        Errno.NoSpace when !isFile => "raise fs.epoll.max_user_watches",
        _ => null,
    };
}
