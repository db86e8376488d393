namespace Volley;

/// <summary>The ways in which a target can end.</summary>
public enum NodeOutcome
{
    /// <summary>The command exited with <see cref="NodeResult.ExitCode"/>.</summary>
    Exited,

    /// <summary>The command was ended by the signal <see cref="NodeResult.Signal"/>.</summary>
    Signaled,

    /// <summary>The connection was refused, could not be made, or broke before it was usable.</summary>
    ConnectFailed,

    /// <summary>The host name has no address.</summary>
    NameNotResolved,

    /// <summary>The server accepted none of the user's credentials.</summary>
    AuthenticationFailed,

    /// <summary>The server's host key has changed, is revoked, or is unknown where a known key is required.</summary>
    HostKeyRejected,

    /// <summary>
    /// The command did not start, because it could not become another user (<see cref="ElevatingTransport"/>). <see cref="NodeResult.Reason"/> is the
    /// cause: <c>sudo: wrong password</c>.
    /// </summary>
    ElevationFailed,

    /// <summary>The target was not connected and authenticated within <see cref="RunPlan.ConnectTimeout"/>.</summary>
    ConnectTimedOut,

    /// <summary>The command did not finish within <see cref="RunPlan.CommandTimeout"/> and was ended.</summary>
    CommandTimedOut,

    /// <summary>The command printed nothing for <see cref="RunPlan.IdleTimeout"/> and was ended.</summary>
    IdleTimedOut,

    /// <summary>The command ran longer than <see cref="RunPlan.RelativeTimeout"/> allows, compared with those of other targets, and was ended.</summary>
    RelativeTimedOut,

    /// <summary>The target was connecting or running at <see cref="RunPlan.Deadline"/>, and was stopped.</summary>
    DeadlineExceeded,

    /// <summary>The connection broke after the command had started.</summary>
    ConnectionLost,

    /// <summary>
    /// <see cref="CommandJob.WorkingDirectory"/> could not be entered, and the command was not run. <see cref="NodeResult.Reason"/> is the cause.
    /// </summary>
    DirectoryUnavailable,

    /// <summary>Files could not be transferred. <see cref="NodeResult.Message"/> names the file and the reason.</summary>
    TransferFailed,

    /// <summary>The target succeeded, but not the check after its batch. <see cref="NodeResult.Reason"/> is the cause.</summary>
    CheckFailed,

    /// <summary>The target succeeded, but a stop came before the check after its batch, or during it. Whether the target works is not known.</summary>
    NotChecked,

    /// <summary>The job refused to do its work at the target, which is unchanged. <see cref="NodeResult.Reason"/> has the cause.</summary>
    Refused,

    /// <summary>The command printed more than <see cref="RunPlan.MaxOutput"/>, or more than could be stored, and was ended.</summary>
    OutputLimitReached,

    /// <summary>The target was stopped while it was connecting or running.</summary>
    Canceled,

    /// <summary>The target was stopped while it was still queued.</summary>
    NotStarted,

    /// <summary>An unexpected exception: a bug.</summary>
    Faulted,
}
