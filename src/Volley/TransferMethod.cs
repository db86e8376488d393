namespace Volley;

/// <summary>The ways in which files are copied to or from a target.</summary>
public enum TransferMethod
{
    /// <summary>By SFTP; if the target does not offer it, small files go through its shell.</summary>
    Auto,

    /// <summary>By SFTP only.</summary>
    Sftp,

    /// <summary>Through the shell of the target: files of at most 1 MiB, without directories.</summary>
    Shell,
}
