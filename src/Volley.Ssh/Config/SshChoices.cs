namespace Volley.Ssh.Config;

/// <summary>StrictHostKeyChecking: what to do with a host key that is not known, or not the known one.</summary>
public enum HostKeyChecking
{
    /// <summary>Ask about a new key; refuse a changed one.</summary>
    Ask,

    /// <summary>Refuse a new key and a changed one.</summary>
    Yes,

    /// <summary>Add a new key; refuse a changed one.</summary>
    AcceptNew,

    /// <summary>Add a new key; go on with a changed one, within limits.</summary>
    No,
}

/// <summary>AddressFamily: which kinds of addresses are tried.</summary>
public enum AddressFamilyChoice
{
    /// <summary>IPv4 and IPv6.</summary>
    Any,

    /// <summary>IPv4 alone.</summary>
    Inet,

    /// <summary>IPv6 alone.</summary>
    Inet6,
}

/// <summary>ControlMaster: whether ssh would open a control socket itself.</summary>
public enum ControlMasterChoice
{
    /// <summary>Use a live master, never become one.</summary>
    No,

    /// <summary>Become the master.</summary>
    Yes,

    /// <summary>Use a live master, else become one.</summary>
    Auto,

    /// <summary>Become the master, and ask before each use.</summary>
    Ask,

    /// <summary>Use a live master, else become one that asks.</summary>
    AutoAsk,
}

/// <summary>LogLevel: how much ssh says about itself.</summary>
public enum SshLogLevel
{
    /// <summary>Nothing.</summary>
    Quiet,

    /// <summary>What ends the program.</summary>
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
