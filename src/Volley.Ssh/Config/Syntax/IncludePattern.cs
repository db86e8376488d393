using Volley.Interop.Text;

namespace Volley.Ssh.Config.Syntax;

/// <summary>Expansion of the patterns of Include lines as by glob(7), in byte order.</summary>
internal static class IncludePattern
{
    /// <summary>Returns the existing files that match an absolute path. A relative path matches none.</summary>
    public static IReadOnlyList<string> Expand(string path)
    {
        if (!Path.IsPathRooted(path))
            return [];
        List<string> found = [Path.GetPathRoot(path)!];
        var segments = path[found[0].Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < segments.Length; i++)
        {
            string segment = segments[i];
            if (!ShellPattern.HasWildcard(segment))
                found = [.. found.Select(folder => Path.Combine(folder, ShellPattern.Unescape(segment)))];
            else
                found = [.. found.SelectMany(folder => Names(folder, segment).Select(name => Path.Combine(folder, name)))];
        }
        return [.. found.Where(SystemFile.Exists)];
    }

    private static List<string> Names(string folder, string pattern)
    {
        try
        {
            return [.. SystemFile.Names(folder).Where(name => ShellPattern.Matches(name, pattern)).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
