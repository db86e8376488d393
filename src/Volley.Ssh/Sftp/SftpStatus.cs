namespace Volley.Ssh;

/// <summary>The status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02 section 7). Servers send no finer reasons: a full disk is a <see cref="Failure"/>.</summary>
public enum SftpStatus
{
    /// <summary>The operation succeeded.</summary>
    Ok = 0,

    /// <summary>The end of the file or directory was reached.</summary>
    EndOfFile = 1,

    /// <summary>The file or a directory of its path does not exist.</summary>
    NoSuchFile = 2,

    /// <summary>The user may not do this.</summary>
    PermissionDenied = 3,

    /// <summary>Any other failure. The message of the server may tell more.</summary>
    Failure = 4,

    /// <summary>One side sent an invalid message, or the server rejects a name or value as invalid or too long.</summary>
    BadMessage = 5,

    /// <summary>There is no connection.</summary>
    NoConnection = 6,

    /// <summary>The connection to the server ended.</summary>
    ConnectionLost = 7,

    /// <summary>The server does not support the operation.</summary>
    Unsupported = 8,
}
