namespace Volley;

/// <summary>
/// Makes a push a synchronization: only what differs is copied. A source directory and the destination then stand for each other, whether the
/// destination exists or not.
/// </summary>
public sealed record SyncOptions
{
    /// <summary>Whether files of the same size are compared by their SHA-256. Otherwise a file is the same if its size and its time of the last write are.</summary>
    public bool ByChecksum { get; init; }

    /// <summary>
    /// Whether a large file that differs is sent whole. Otherwise, where the target has Python 3 and its SFTP server offers <c>copy-data</c>, the
    /// server copies the blocks that the old file has, only the others are sent, and the SHA-256 of the result is compared.
    /// </summary>
    public bool CopiesWholeFiles { get; init; }

    /// <summary>Whether the changes are only listed, as output of the targets, a line for each. Nothing is written.</summary>
    public bool ListsChanges { get; init; }

    /// <summary>
    /// Whether what the source does not have is deleted at the destination, after everything was copied. Excluded paths stay. A target is left
    /// untouched if its destination is the root directory or a home directory, or holds one.
    /// </summary>
    public bool Delete { get; init; }

    /// <summary>The largest number of files and directories that are deleted at a target. If there are more, it is left untouched. The default is 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxDeletions { get; init => field = Argument.AtLeast(0, value, nameof(MaxDeletions)); } = 1000;
}
