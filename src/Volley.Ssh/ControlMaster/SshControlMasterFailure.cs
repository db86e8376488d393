namespace Volley.Ssh;

/// <summary>The reasons why the socket of a control master can't be used.</summary>
public enum SshControlMasterFailure
{
    /// <summary>There is no file of that name.</summary>
    NoSocket,

    /// <summary>The socket exists, but no process listens: its master is gone.</summary>
    Stale,

    /// <summary>The user has no permission to use the socket.</summary>
    NoAccess,

    /// <summary>The process that serves the socket belongs to another user, who is not root.</summary>
    OtherUser,

    /// <summary>The process that answers is not a supported control master.</summary>
    NotAMaster,

    /// <summary>The master ended before it answered.</summary>
    Ended,

    /// <summary>The master did not answer in time.</summary>
    NoAnswer,

    /// <summary>The master refused the request. The message has its reason.</summary>
    Refused,
}
