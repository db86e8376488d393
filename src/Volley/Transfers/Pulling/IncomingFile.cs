using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transfers.Pulling;

/// <summary>
/// A file that is being received: a temporary file beside its destination that replaces it once it is complete. Blocks of zeros become holes.
/// Disposing of an incomplete one removes it, unless it is kept for a later run.
/// </summary>
internal sealed class IncomingFile : IDisposable
{
    private const int BlockLength = 4096;
    private const int IdentityLength = 6;
    private const int HashBufferLength = 1 << 18;
    private const int SmallestKept = 1 << 20;
    private const UnixFileMode PermissionBits = (UnixFileMode)0x1ff; // 0777: without set-user-ID, set-group-ID and sticky

    /// <summary>The time without a write after which the temporary file of another run counts as left behind.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly OpenDirectory _directory;
    private readonly string _name;
    private readonly string _temporary;
    private readonly SafeFileHandle _file;
    private bool _isComplete;
    private long _length;
    private bool _isResumable;

    private IncomingFile(OpenDirectory directory, string name, string temporary, SafeFileHandle file) =>
        (_directory, _name, _temporary, _file) = (directory, name, temporary, file);

    /// <summary>Whether disposing keeps an incomplete file that a later run can continue.</summary>
    public bool IsKept { get; set; } = true;

    /// <summary>The number of bytes that this run and an earlier one have received.</summary>
    public long Length => _length;

    /// <summary>Begins a file.</summary>
    /// <param name="directory">The directory of the destination.</param>
    /// <param name="name">The name of the destination.</param>
    /// <exception cref="IOException">The temporary file can't be created.</exception>
    public static IncomingFile Create(OpenDirectory directory, string name)
    {
        var temporary = RemotePath.CreateTemporary(name);
        var file = directory.CreatePrivate(temporary);
        // Whatever the clocks say, no other run takes the file for one of a dead run.
        LockedFile.TryLock(file);
        return new(directory, name, temporary, file);
    }

    /// <summary>
    /// Begins a file of which an interrupted run leaves a part. The name of the temporary file identifies the version of the remote file, and its lock
    /// keeps other runs away.
    /// </summary>
    /// <param name="directory">The directory of the destination.</param>
    /// <param name="name">The name of the destination.</param>
    /// <param name="source">The remote path.</param>
    /// <param name="attributes">The attributes of the remote file.</param>
    /// <param name="resumes">Whether to continue what an earlier run has left. Otherwise it is removed.</param>
    /// <exception cref="IOException">The temporary file can't be created.</exception>
    public static IncomingFile CreateResumable(OpenDirectory directory, string name, string source, SftpAttributes attributes, bool resumes)
    {
        var temporary = GetResumableName(name, source, attributes);
        if (directory.TryOpenOwn(temporary) is { } earlier)
        {
            if (!LockedFile.TryLock(earlier))
            {
                earlier.Dispose();
                return Create(directory, name);
            }

            if (resumes)
                return new(directory, name, temporary, earlier) { _length = RandomAccess.GetLength(earlier), _isResumable = true };
            directory.Delete(temporary);
            earlier.Dispose();
        }

        // The name may exist as another kind of file, or another run may have just created it.
        if (directory.GetStatus(temporary) is not null)
            return Create(directory, name);
        var file = directory.CreatePrivate(temporary);
        if (LockedFile.TryLock(file))
            return new(directory, name, temporary, file) { _isResumable = true };
        file.Dispose();
        return Create(directory, name);
    }

    /// <summary>Removes the temporary files of dead runs: those that no process has locked or written to for a while.</summary>
    public static void RemoveOld(OpenDirectory directory, DateTimeOffset now)
    {
        try
        {
            TryRemoveOld(directory, now);
        }
        catch (IOException)
        {
            // They are only in the way of the user.
        }
    }

    /// <summary>Discards what an earlier run has left.</summary>
    /// <exception cref="IOException">The file can't be changed.</exception>
    public void Restart()
    {
        RandomAccess.SetLength(_file, 0);
        _length = 0;
    }

    /// <summary>Returns the SHA-256 of the content.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public byte[] Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // A hole at the end is not there yet.
        if (_length > 0)
            RandomAccess.SetLength(_file, _length);
        var buffer = ArrayPool<byte>.Shared.Rent(HashBufferLength);
        try
        {
            for (var offset = 0L; offset < _length;)
            {
                var count = RandomAccess.Read(_file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, _length - offset)), offset);
                if (count == 0)
                    throw new IOException("it was truncated by another process");
                hash.AppendData(buffer, 0, count);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Appends data.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var zeros = CountZeros(data);
            _length += zeros;
            data = data[zeros..];
            var count = CountData(data);
            if (count > 0)
                RandomAccess.Write(_file, data[..count], _length);
            _length += count;
            data = data[count..];
        }
    }

    /// <summary>Appends a hole.</summary>
    public void AppendHole(long count) => _length += count;

    /// <summary>Gives the file its attributes, and replaces the destination.</summary>
    /// <param name="attributes">The attributes of the remote file.</param>
    /// <param name="preserves">Whether the file gets them. Otherwise it has the permissions of the file that it replaces, or those of a new file.</param>
    /// <exception cref="IOException">The destination is a directory, or an operation failed.</exception>
    /// <exception cref="UnauthorizedAccessException">An operation is not permitted.</exception>
    public void Complete(SftpAttributes attributes, bool preserves)
    {
        if (_length > 0)
            RandomAccess.SetLength(_file, _length);
        var existing = preserves ? null : _directory.GetStatus(_name);
        if (existing is { IsRegular: true } replaced)
            File.SetUnixFileMode(_file, replaced.Permissions & PermissionBits);
        else if (attributes.Permissions is { } permissions)
            File.SetUnixFileMode(_file, permissions & PermissionBits & ~(preserves ? UnixFileMode.None : CreationMask.Current));
        if (preserves && attributes is { AccessTime: { } accessed, ModifiedTime: { } modified })
            _directory.SetTimes(_temporary, accessed, modified);
        _directory.Rename(_temporary, _name);
        _isComplete = true;
    }

    public void Dispose()
    {
        try
        {
            if (!_isComplete && IsKept && _isResumable && _length >= SmallestKept)
                RandomAccess.SetLength(_file, _length);
            else if (!_isComplete)
                _directory.Delete(_temporary);
        }
        catch (IOException)
        {
            // A later run removes it.
        }

        _file.Dispose();
    }

    private static void TryRemoveOld(OpenDirectory directory, DateTimeOffset now)
    {
        foreach (var name in directory.GetNames().Where(RemotePath.IsTemporary))
        {
            if (directory.GetStatus(name) is not { IsRegular: true, IsOwn: true } status
                || now.ToUnixTimeSeconds() - status.WriteTime.Seconds < Lifetime.TotalSeconds
                || directory.TryOpenOwn(name) is not { } file)
            {
                continue;
            }

            using (file)
            {
                if (LockedFile.TryLock(file))
                    directory.Delete(name);
            }
        }
    }

    private static string GetResumableName(string name, string source, SftpAttributes attributes)
    {
        var identity = string.Create(CultureInfo.InvariantCulture, $"{attributes.Size} {attributes.ModifiedTime?.ToUnixTimeSeconds()} {source}");
        return RemotePath.GetTemporaryPrefix(name) + Convert.ToHexStringLower(SHA256.HashData(SystemText.Encode(identity)).AsSpan(0, IdentityLength));
    }

    /// <summary>Returns the length of the whole blocks of zeros at the start.</summary>
    private int CountZeros(ReadOnlySpan<byte> data)
    {
        var count = 0;
        while (IsHole(data[count..], _length + count))
            count += BlockLength;
        return count;
    }

    /// <summary>Returns the length of the data up to the next whole block of zeros.</summary>
    private int CountData(ReadOnlySpan<byte> data)
    {
        var count = 0;
        while (count < data.Length && !IsHole(data[count..], _length + count))
            count += (int)Math.Min(data.Length - count, BlockLength - ((_length + count) % BlockLength));
        return count;
    }

    private static bool IsHole(ReadOnlySpan<byte> data, long offset) =>
        offset % BlockLength == 0 && data.Length >= BlockLength && !data[..BlockLength].ContainsAnyExcept((byte)0);
}
