namespace Volley.Transfers.Sources;

/// <summary>A file, directory or symbolic link of a source, with the attributes that it had before the run.</summary>
/// <param name="root">The operand's path; null for the operand itself.</param>
/// <param name="name">The path below the operand, or the path of the operand itself.</param>
internal sealed class LocalEntry(string? root, string name)
{
    /// <summary>The path on this machine.</summary>
    public string Path => root is null ? name : root.EndsWith('/') ? $"{root}{name}" : $"{root}/{name}";

    /// <summary>The path below the operand; empty for the operand itself.</summary>
    public string RelativeName => root is null ? "" : name;

    public required LocalEntryKind Kind { get; init; }

    public required UnixFileMode Permissions { get; init; }

    /// <summary>Whether it was found behind a symbolic link below the operand.</summary>
    public bool IsFollowed { get; init; }

    /// <summary>The length of a file in bytes.</summary>
    public long Length { get; init; }

    /// <summary>The number of bytes that are not in holes, as the file system counts them.</summary>
    public long DataLength { get; init; }

    /// <summary>What the file contained before the run, if it states another length than it has, as those of /proc and /sys do; null for all others.</summary>
    public byte[]? Content { get; init; }

    /// <summary>The time of the last write, in seconds since 1970, and the nanoseconds after that.</summary>
    public required (long Seconds, uint Nanoseconds) WriteTime { get; init; }

    /// <summary>The inode number.</summary>
    public required ulong Number { get; init; }

    /// <summary>The text of a symbolic link.</summary>
    public string? LinkTarget { get; init; }

    public DateTimeOffset ModifiedTime => DateTimeOffset.FromUnixTimeSeconds(WriteTime.Seconds);

    /// <summary>Whether the file may have holes.</summary>
    public bool IsSparse => DataLength < Length;
}

/// <summary>The kinds of files that can be copied.</summary>
internal enum LocalEntryKind
{
    File,
    Directory,
    Link,
}
