namespace Volley.Ssh;

/// <summary>StrictHostKeyChecking: the handling of unknown and changed host keys.</summary>
public enum HostKeyChecking
{
    /// <summary>Ask about a new key; refuse a changed one.</summary>
    Ask,

    /// <summary>Refuse a new key and a changed one.</summary>
    Yes,

    /// <summary>Add a new key; refuse a changed one.</summary>
    AcceptNew,

    /// <summary>Add a new key; continue with a changed one, with restrictions.</summary>
    No,
}

/// <summary>AddressFamily: the address families to use.</summary>
public enum AddressFamilyChoice
{
    /// <summary>IPv4 and IPv6.</summary>
    Any,

    /// <summary>IPv4 alone.</summary>
    Inet,

    /// <summary>IPv6 alone.</summary>
    Inet6,
}

/// <summary>ControlMaster: whether ssh opens a control socket itself.</summary>
public enum ControlMasterChoice
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
public enum SshLogLevel
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
