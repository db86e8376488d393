namespace Volley;

/// <summary>Why a run was stopped. It is set once, by whoever stops first.</summary>
public enum StopReason
{
    /// <summary>Nobody stopped it.</summary>
    None,

    /// <summary>The user's Ctrl+C.</summary>
    Interrupt,

    /// <summary>SIGTERM.</summary>
    Terminate,

    /// <summary>SIGHUP: the terminal went away.</summary>
    HangUp,

    /// <summary>SIGQUIT.</summary>
    Quit,

    /// <summary>The reader of our standard output went away.</summary>
    OutputClosed,

    /// <summary>A target failed under <see cref="FailurePolicy.FailFast"/>.</summary>
    FailFast,

    /// <summary>The reader of the event stream left its loop.</summary>
    ReaderLeft,

    /// <summary>The program asked for it: <see cref="RunControl.Cancel"/>, a cancellation token, or <see cref="RunControl.Stop(StopReason)"/> with this reason.</summary>
    Requested,
}
