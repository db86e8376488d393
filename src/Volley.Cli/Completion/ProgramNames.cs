using Volley.Interop.Text;

namespace Volley.Cli.Completion;

/// <summary>The programs on PATH, which the remote hosts probably have, too.</summary>
internal static class ProgramNames
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Returns the programs whose names begin with a text.</summary>
    public static IEnumerable<Suggestion> Find(string start, Func<string, string?> variable)
    {
        var seen = new HashSet<string>();
        foreach (var directory in (variable("PATH") ?? "").Split(':').Where(Path.IsPathRooted).Distinct())
        {
            foreach (var name in ReadNames(directory))
            {
                if (name.StartsWith(start, StringComparison.Ordinal) && name.All(IsUsual)
                    && !seen.Contains(name) && IsExecutable(Path.Combine(directory, name)))
                {
                    seen.Add(name);
                    yield return new Suggestion(name, directory);
                }
            }
        }
    }

    private static List<string> ReadNames(string directory)
    {
        try
        {
            return SystemFile.DirectoryExists(directory) ? SystemFile.Names(directory) : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsExecutable(string path)
    {
        try
        {
            return (SystemFile.GetUnixFileMode(path) & Executable) != 0 && !SystemFile.DirectoryExists(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Returns whether shells take a character of a name as it is, also the remote one.</summary>
    private static bool IsUsual(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' or '+';
}
