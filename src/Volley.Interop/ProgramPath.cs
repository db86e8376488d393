using Volley.Interop.Text;

namespace Volley.Interop;

/// <summary>Finds programs in the directories of PATH, as execvp(3) does.</summary>
internal static class ProgramPath
{
    private const string Default = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>Returns the executables of a name, in the order of the directories. An empty entry is the current directory.</summary>
    /// <param name="name">The name, without a slash.</param>
    /// <param name="path">The value of PATH; null if it is not set.</param>
    public static IEnumerable<string> FindAll(string name, string? path) =>
        (path ?? Default).Split(':').Select(directory => Path.Combine(directory, name)).Where(IsExecutable);

    /// <summary>Returns whether a file may be executed.</summary>
    public static bool IsExecutable(string path) =>
        SystemFile.Exists(path) && (SystemFile.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
