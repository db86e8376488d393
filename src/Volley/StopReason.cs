namespace Volley;

/// <summary>The reason why a run was stopped. The first stop of a run sets it.</summary>
public enum StopReason
{
    /// <summary>The run was not stopped.</summary>
    None,

    /// <summary>The user pressed Ctrl+C.</summary>
    Interrupt,

    /// <summary>SIGTERM.</summary>
    Terminate,

    /// <summary>SIGHUP: the terminal was closed.</summary>
    HangUp,

    /// <summary>SIGQUIT.</summary>
    Quit,

    /// <summary>The reader of the program's standard output closed it.</summary>
    OutputClosed,

    /// <summary>A target failed under <see cref="RunPlan.FailFast"/>.</summary>
    FailFast,

    /// <summary>More targets failed than a rollout allows: <see cref="ThresholdExceeded"/>. A later stop by the user replaces this reason.</summary>
    Threshold,

    /// <summary>The run reached <see cref="RunPlan.Deadline"/>. Targets that were connecting or running end with <see cref="NodeOutcome.DeadlineExceeded"/>.</summary>
    Deadline,

    /// <summary>The reader of the event stream left its loop.</summary>
    ReaderLeft,

    /// <summary>
    /// The program stopped it: <see cref="RunControl.Cancel"/>, a cancellation token, or
    /// <see cref="RunControl.Stop(StopReason)"/> with this reason.
    /// </summary>
    Requested,
}
