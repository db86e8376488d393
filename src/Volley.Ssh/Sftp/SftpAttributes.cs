using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>
/// The attributes of a remote file (draft-ietf-secsh-filexfer-02 section 5). A null is an attribute that the server did not send, or that a
/// change leaves alone.
/// </summary>
public sealed record SftpAttributes
{
    private const uint HasSize = 1;
    private const uint HasOwner = 2;
    private const uint HasMode = 4;
    private const uint HasTimes = 8;
    private const uint HasExtensions = 0x80000000;
    private const int MaxExtensions = 1000;
    private const int TypeShift = 12;
    private const uint PermissionBits = 0xfff;
    // S_IFMT of stat(2), shifted.
    private const uint DirectoryType = 4;
    private const uint RegularType = 8;
    private const uint SymbolicLinkType = 10;

    private uint? _type;

    /// <summary>The length in bytes, at least 0. A change sets the file's length.</summary>
    public long? Size { get; init; }

    /// <summary>The user id of the owner. A change needs <see cref="GroupId"/>, too.</summary>
    public uint? UserId { get; init; }

    /// <summary>The group id. A change needs <see cref="UserId"/>, too.</summary>
    public uint? GroupId { get; init; }

    /// <summary>Whether it is a regular file; false if the server did not send the type. A change ignores the type.</summary>
    public bool IsRegularFile => _type == RegularType;

    /// <summary>Whether it is a directory; false if the server did not send the type.</summary>
    public bool IsDirectory => _type == DirectoryType;

    /// <summary>Whether it is a symbolic link; false if the server did not send the type.</summary>
    public bool IsSymbolicLink => _type == SymbolicLinkType;

    /// <summary>The permissions with the set-user-ID, set-group-ID and sticky bits.</summary>
    public UnixFileMode? Permissions { get; init; }

    /// <summary>The time of the last access, in whole seconds from 1970 to 2106. A change needs <see cref="ModifiedTime"/>, too.</summary>
    public DateTimeOffset? AccessTime { get; init; }

    /// <summary>The time of the last change of the content, in whole seconds from 1970 to 2106. A change needs <see cref="AccessTime"/>, too.</summary>
    public DateTimeOffset? ModifiedTime { get; init; }

    internal static SftpAttributes Read(ref SshReader reader)
    {
        var flags = reader.ReadUInt32();
        long? size = (flags & HasSize) == 0 ? null : ToSize(reader.ReadUInt64());
        (uint? user, uint? group) = (flags & HasOwner) == 0 ? ((uint?)null, (uint?)null) : (reader.ReadUInt32(), reader.ReadUInt32());
        uint? mode = (flags & HasMode) == 0 ? null : reader.ReadUInt32();
        (uint? accessed, uint? modified) = (flags & HasTimes) == 0 ? ((uint?)null, (uint?)null) : (reader.ReadUInt32(), reader.ReadUInt32());
        if ((flags & HasExtensions) != 0)
            SkipExtensions(ref reader);
        return new()
        {
            Size = size,
            UserId = user,
            GroupId = group,
            _type = (mode >> TypeShift) & 0xf,
            Permissions = (UnixFileMode?)(mode & PermissionBits),
            AccessTime = ToTime(accessed),
            ModifiedTime = ToTime(modified),
        };
    }

    internal void Write(ref SshWriter message)
    {
        var hasOwner = UserId is not null && GroupId is not null;
        var hasTimes = AccessTime is not null && ModifiedTime is not null;
        message.WriteUInt32((Size is null ? 0 : HasSize) | (hasOwner ? HasOwner : 0) | (Permissions is null ? 0 : HasMode) | (hasTimes ? HasTimes : 0));
        if (Size is { } size)
            message.WriteUInt64((ulong)size);
        if (hasOwner)
        {
            message.WriteUInt32(UserId!.Value);
            message.WriteUInt32(GroupId!.Value);
        }
        if (Permissions is { } permissions)
            message.WriteUInt32((uint)permissions);
        if (hasTimes)
        {
            message.WriteUInt32(ToSeconds(AccessTime!.Value));
            message.WriteUInt32(ToSeconds(ModifiedTime!.Value));
        }
    }

    /// <summary>Checks that the attributes can be sent as a change.</summary>
    /// <exception cref="ArgumentException">A size is negative, or one of a pair is missing.</exception>
    internal void CheckChange(string parameterName)
    {
        if (Size < 0)
            throw new ArgumentException("the size is negative", parameterName);
        if (UserId is null != GroupId is null)
            throw new ArgumentException("SFTP changes owner and group together: set both", parameterName);
        if (AccessTime is null != ModifiedTime is null)
            throw new ArgumentException("SFTP changes both times together: set both", parameterName);
    }

    // A server may send any number; no file is longer than off_t allows.
    private static long ToSize(ulong size) => (long)Math.Min(size, long.MaxValue);

    private static DateTimeOffset? ToTime(uint? seconds) => seconds is { } value ? DateTimeOffset.FromUnixTimeSeconds(value) : null;

    private static uint ToSeconds(DateTimeOffset time) => (uint)Math.Clamp(time.ToUnixTimeSeconds(), 0, uint.MaxValue);

    private static void SkipExtensions(ref SshReader reader)
    {
        var count = reader.ReadUInt32();
        if (count > MaxExtensions)
            throw reader.Invalid();
        for (var i = 0; i < count; i++)
        {
            reader.ReadString();
            reader.ReadString();
        }
    }
}
