using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Inventory.Programs;

/// <summary>Reads the files of sources, with errors that name source and path.</summary>
internal static class SourceFile
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Returns the text of a file.</summary>
    /// <exception cref="HostSourceException">The file can't be read.</exception>
    public static string ReadText(string source, string path)
    {
        try
        {
            if (SystemFile.DirectoryExists(path))
                throw new HostSourceException(source, "it is a directory; a file was expected", path);
            string text = SystemText.Decode(SystemFile.ReadAllBytes(path));
            return text.StartsWith('\ufeff') ? text[1..] : text;
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new HostSourceException(source, $"can't read it: {SystemMessage.Of(failure, path)}", path, innerException: failure);
        }
    }

    /// <summary>Returns the lines of a file, without their ends.</summary>
    /// <exception cref="HostSourceException">The file can't be read.</exception>
    public static IEnumerable<(string Text, int Number)> ReadLines(string source, string path) =>
        ReadText(source, path).Split('\n').Select((line, index) => (line.TrimEnd('\r'), index + 1));

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

    /// <summary>Checks that what a file makes this process run was written by root or by the user.</summary>
    /// <exception cref="HostSourceException">Another user owns the file or can write to it.</exception>
    public static void CheckTrusted(string source, string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        if (FileStatus.Of(path) is not { } status)
            throw new HostSourceException(source, "there is no such file", path);
        if (!status.IsTrusted)
            throw new HostSourceException(source, "it belongs to another user, so the programs in it are not run; the owner must be root or you", path);
        if (((UnixFileMode)(status.Mode & 0xfff) & OthersWrite) != 0)
            throw new HostSourceException(source, $"others can write to it, so the programs in it are not run; correct it with: chmod go-w {path}", path);
    }

    /// <summary>Returns whether the user may execute a file.</summary>
    public static bool IsExecutable(string path) =>
        SystemFile.Exists(path) && (SystemFile.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
