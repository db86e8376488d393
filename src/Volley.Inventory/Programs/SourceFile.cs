using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Inventory.Programs;

/// <summary>Reads the files of sources, with errors that name source and path.</summary>
internal static class SourceFile
{
    /// <summary>Returns the text of a file.</summary>
    /// <exception cref="HostSourceException">The file can't be read.</exception>
    public static string ReadText(string source, string path)
    {
        try
        {
            if (SystemFile.DirectoryExists(path))
                throw new HostSourceException(source, "it is a directory; a file was expected", path);
            string text = SystemText.Decode(RegularFile.ReadAllBytes(path));
            return text.StartsWith('\ufeff') ? text[1..] : text;
        }
        catch (UnsuitableFileException unsuitable)
        {
            throw new HostSourceException(source, unsuitable.Message, path, innerException: unsuitable);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new HostSourceException(source, $"can't read it: {SystemMessage.Of(failure, path)}", path, innerException: failure);
        }
    }

    /// <summary>Checks that a name does not mean a pipe, a device or a directory. It may mean nothing.</summary>
    /// <exception cref="HostSourceException">It does.</exception>
    public static void CheckRegular(string source, string path)
    {
        try
        {
            RegularFile.Check(path);
        }
        catch (IOException failure)
        {
            throw new HostSourceException(source, SystemMessage.Of(failure, path), path, innerException: failure);
        }
    }

    /// <summary>Returns the lines of a file, without their ends.</summary>
    /// <exception cref="HostSourceException">The file can't be read.</exception>
    public static IEnumerable<(string Text, int Number)> ReadLines(string source, string path) =>
        ReadText(source, path).Split('\n').Select((line, index) => (line.TrimEnd('\r'), index + 1));

    /// <summary>Returns the fields of a line, without the comment that <c>#</c> begins. Blanks separate them.</summary>
    public static string[] SplitFields(string line)
    {
        int comment = line.IndexOf('#', StringComparison.Ordinal);
        return (comment < 0 ? line : line[..comment]).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Returns the names in a directory in ordinal order, or none if it does not exist.</summary>
    /// <exception cref="HostSourceException">The directory can't be read.</exception>
    public static IReadOnlyList<string> ReadNames(string source, string directory)
    {
        if (!SystemFile.DirectoryExists(directory))
            return [];
        try
        {
            return [.. SystemFile.Names(directory).Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new HostSourceException(source, $"can't read it: {SystemMessage.Of(failure, directory)}", directory, innerException: failure);
        }
    }

    /// <summary>Checks that what a file makes this process run was written by root or by the user: the file and every directory above it.</summary>
    /// <exception cref="HostSourceException">Another user owns one of them, or can write to it.</exception>
    public static void CheckTrusted(string source, string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        if (FileStatus.Of(path) is not { } status)
            throw new HostSourceException(source, "there is no such file", path);
        Check(source, path, path, status);
        string file = Path.GetFullPath(path);
        CheckDirectories(source, path, file);
        // Through symbolic links, the directories of the file that is meant count as well as those of the name.
        if (Resolve(file) is { } target && target != file)
            CheckDirectories(source, path, target);
    }

    [SupportedOSPlatform("linux")]
    private static void CheckDirectories(string source, string path, string file)
    {
        for (string? directory = Path.GetDirectoryName(file); directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (FileStatus.Of(directory) is { IsSticky: false } above)
                Check(source, path, directory, above);
        }
    }

    /// <summary>Returns the path of a file without symbolic links; null if it can't be opened.</summary>
    [SupportedOSPlatform("linux")]
    private static string? Resolve(string file)
    {
        try
        {
            using SafeFileHandle handle = FileCalls.Open(FileCalls.CurrentDirectory, file, FileCalls.OnlyPath);
            return SystemFile.ReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}"));
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            return null;
        }
    }

    [SupportedOSPlatform("linux")]
    private static void Check(string source, string path, string entry, FileStatus status)
    {
        string subject = entry == path ? "it" : entry;
        if (!status.IsTrusted)
            throw new HostSourceException(source, $"{subject} belongs to another user, so the programs in it are not run; the owner must be root or you", path);
        if (status.IsWritableByOthers)
        {
            throw new HostSourceException(
                source, $"others can write to {subject}, so the programs in it are not run; correct it with: chmod go-w {entry}", path);
        }
    }
}
