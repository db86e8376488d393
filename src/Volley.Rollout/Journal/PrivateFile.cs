using Volley.Interop;
using Volley.Interop.Files;

namespace Volley.Rollout.Journal;

/// <summary>Files and directories that only the user can access.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static FileStreamOptions Options(FileMode mode) => new()
    {
        Mode = mode,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    public static void Write(string path, ReadOnlySpan<byte> content, FileMode mode = FileMode.CreateNew)
    {
        using var file = new FileStream(path, Options(mode));
        file.Write(content);
    }

    /// <summary>Replaces a file in one step, so that a reader sees the old content or the new one.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.new";
        File.Delete(temporary);
        try
        {
            Write(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Reads a file; null if it does not exist.</summary>
    /// <exception cref="IOException">It can't be read, or is no regular file.</exception>
    public static byte[]? TryRead(string path)
    {
        try
        {
            return RegularFile.ReadAllBytes(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (UnsuitableFileException unsuitable)
        {
            throw new UnsuitableFileException($"{Path.GetFileName(path)}: {unsuitable.Message}");
        }
    }

    /// <summary>Creates a directory if it does not exist, and checks that others can't use it. A link to such a directory is followed.</summary>
    /// <exception cref="IOException">It can't be created, or is not private.</exception>
    public static void CreateDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure) && FindFile(path) is { } file)
        {
            throw new IOException($"{file} is not a directory", failure);
        }

        if (FileStatus.Of(path) is not { } status)
            return;
        if (!status.IsOwn)
            throw new IOException("it belongs to another user");
        if (status.IsOpenToOthers)
            throw new IOException($"other users may use it; run: chmod 700 {path}");
    }

    /// <summary>Returns the part of a path that is not a directory, but is used as one; null if all parts are directories.</summary>
    private static string? FindFile(string path)
    {
        for (var part = path; !string.IsNullOrEmpty(part); part = Path.GetDirectoryName(part))
        {
            if (FileStatus.Of(part) is { IsDirectory: false })
                return part;
        }

        return null;
    }
}
