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
            if (!HasWildcard(segment))
                found = [.. found.Select(folder => Path.Combine(folder, Unescape(segment)))];
            else
                found = [.. found.SelectMany(folder => Names(folder, segment).Select(name => Path.Combine(folder, name)))];
        }
        return [.. found.Where(SystemFile.Exists)];
    }

    private static List<string> Names(string folder, string pattern)
    {
        try
        {
            // A wildcard does not match a leading dot.
            return [.. SystemFile.Names(folder)
                .Where(name => (name[0] != '.' || pattern[0] == '.') && Matches(name, pattern))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool HasWildcard(string segment) => segment.AsSpan().IndexOfAny("*?[") >= 0;

    private static string Unescape(string segment) => segment.Replace("\\", "", StringComparison.Ordinal);

    private static bool Matches(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        while (!pattern.IsEmpty)
        {
            if (pattern[0] == '*')
            {
                for (int skip = 0; skip <= name.Length; skip++)
                {
                    if (Matches(name[skip..], pattern[1..]))
                        return true;
                }
                return false;
            }
            if (name.IsEmpty || !MatchesOne(name[0], ref pattern))
                return false;
            name = name[1..];
        }
        return name.IsEmpty;
    }

    /// <summary>Returns whether a character matches the first element of the pattern, and removes that element.</summary>
    private static bool MatchesOne(char c, ref ReadOnlySpan<char> pattern)
    {
        int length = 1;
        bool matches = pattern[0] == '?' || pattern[0] == c;
        // A ] right after the [ is an ordinary character of the set.
        int first = pattern.Length > 1 && pattern[1] is '!' or '^' ? 2 : 1;
        if (pattern[0] == '[' && pattern.Length > first + 1 && pattern[(first + 1)..].IndexOf(']') is >= 0 and int close)
        {
            var set = pattern.Slice(first, close + 1);
            matches = Contains(set, c) == (first == 1);
            length = first + set.Length + 1;
        }
        else if (pattern[0] == '\\' && pattern.Length > 1)
        {
            matches = pattern[1] == c;
            length = 2;
        }
        pattern = pattern[length..];
        return matches;
    }

    private static bool Contains(ReadOnlySpan<char> set, char c)
    {
        for (int i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2])
                    return true;
                i += 2;
            }
            else if (set[i] == c)
            {
                return true;
            }
        }
        return false;
    }
}
