namespace Volley.Ssh.Config.Keywords;

/// <summary>ControlMaster: whether ssh opens a control socket itself.</summary>
internal enum ControlMasterChoice
{
    /// <summary>Use a live master, never become one.</summary>
    No,

    /// <summary>Become the master.</summary>
    Yes,

    /// <summary>Use a live master, else become one.</summary>
    Auto,

    /// <summary>Become the master, and ask before each shared use.</summary>
    Ask,

    /// <summary>Use a live master, else become one that asks before each shared use.</summary>
    AutoAsk,
}

/// <summary>LogLevel: the verbosity of ssh's own messages.</summary>
internal enum SshLogLevel
{
    /// <summary>Nothing.</summary>
    Quiet,

    /// <summary>Errors that end the program.</summary>
    Fatal,

    /// <summary>Errors.</summary>
    Error,

    /// <summary>Notices; ssh's default.</summary>
    Info,

    /// <summary>The steps of connecting.</summary>
    Verbose,

    /// <summary>DEBUG and DEBUG1.</summary>
    Debug1,

    /// <summary>DEBUG2.</summary>
    Debug2,

    /// <summary>DEBUG3.</summary>
    Debug3,
}
