namespace Volley;

/// <summary>How one target ended.</summary>
public enum NodeOutcome
{
    /// <summary>The command exited; <see cref="NodeResult.ExitCode"/> says with what.</summary>
    Exited,

    /// <summary>A signal ended the command; <see cref="NodeResult.Signal"/> names it.</summary>
    Signaled,

    /// <summary>No connection: refused, unreachable, or ended before it was usable.</summary>
    ConnectFailed,

    /// <summary>The host name has no address.</summary>
    NameNotResolved,

    /// <summary>The server accepted none of our credentials.</summary>
    AuthenticationFailed,

    /// <summary>The server's host key is unknown where it has to be known, changed, or revoked.</summary>
    HostKeyRejected,

    /// <summary>Not connected and authenticated within <see cref="RunPlan.ConnectTimeout"/>.</summary>
    ConnectTimedOut,

    /// <summary>The command ran longer than <see cref="RunPlan.CommandTimeout"/> and was ended.</summary>
    CommandTimedOut,

    /// <summary>The connection broke after the command had started.</summary>
    ConnectionLost,

    /// <summary>A file could not be copied.</summary>
    TransferFailed,

    /// <summary>The command printed more than <see cref="RunPlan.MaxOutput"/>, or than there was room for, and was ended.</summary>
    OutputLimitReached,

    /// <summary>Stopped while it was connecting or running.</summary>
    Canceled,

    /// <summary>Stopped while it was still queued.</summary>
    NotStarted,

    /// <summary>A bug: an exception that nobody foresaw.</summary>
    Faulted,
}
