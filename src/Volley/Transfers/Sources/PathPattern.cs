using Volley.Interop.Text;

namespace Volley.Transfers.Sources;

/// <summary>
/// A pattern for paths, as in glob(7): <c>*</c> and <c>?</c> match within a name, <c>[a-z]</c> and <c>[!a-z]</c> one character, and a name
/// <c>**</c> any number of directories.
/// </summary>
/// <param name="pattern">The pattern.</param>
internal sealed class PathPattern(string pattern)
{
    // An empty name and a dot have no meaning in a path.
    private readonly string[] _names = [.. pattern.Split('/').Where(name => name is not ("" or "."))];

    // As in .gitignore: a pattern with a slash begins at the top, any other matches at each depth.
    private readonly bool _isAnchored = pattern.TrimEnd('/').Contains('/', StringComparison.Ordinal);

    private readonly bool _isForDirectories = pattern.EndsWith('/');

    /// <summary>Returns why no path can match a pattern, or what it means elsewhere and not here; null if there is no reason.</summary>
    /// <param name="pattern">The pattern.</param>
    public static string? FindFault(string pattern)
    {
        var names = pattern.Split('/').Where(name => name is not ("" or ".")).ToArray();
        if (names.Length == 0)
            return "it names nothing below a source";
        if (names.Contains(".."))
            return "no path below a source has '..'";
        if (pattern.StartsWith('!'))
            return "a pattern that takes back others is not supported; for a name that begins with it: \\!";
        return Array.Exists(names, HasOpenBracket) ? "'[' has no ']'; for the character itself: \\[" : null;
    }

    private static bool HasOpenBracket(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '\\')
                i++;
            else if (name[i] == '[' && (i = FindEnd(name, i)) < 0)
                return true;
        }

        return false;
    }

    /// <summary>Returns the index of the bracket that closes a class: not the first character of it.</summary>
    private static int FindEnd(string name, int start)
    {
        var first = start + 1;
        if (first < name.Length && name[first] is '!' or '^')
            first++;
        return first + 1 <= name.Length ? name.IndexOf(']', Math.Min(first + 1, name.Length)) : -1;
    }

    /// <summary>Returns whether a text has a special character.</summary>
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?', '[');

    /// <summary>Returns whether the pattern matches a path relative to the top.</summary>
    public bool IsMatch(string path, bool isDirectory)
    {
        if (_isForDirectories && !isDirectory)
            return false;
        var names = path.Split('/');
        return _isAnchored ? IsMatch(_names, names) : IsMatch(_names, names.AsSpan()[^1..]);
    }

    /// <summary>Returns the existing paths that a pattern matches, in order. Names that begin with a dot need a dot in the pattern.</summary>
    /// <param name="pattern">The pattern, absolute or relative to the working directory.</param>
    /// <param name="getNames">Returns the names in a directory; none if it can't be read.</param>
    public static List<string> Expand(string pattern, Func<string, IEnumerable<string>> getNames)
    {
        List<string> found = [pattern.StartsWith('/') ? "/" : ""];
        var names = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < names.Length; i++)
        {
            var (name, isLast) = (names[i], i == names.Length - 1);
            found = [.. found.SelectMany(
                directory => IsPattern(name) ? Matching(directory, name) : [directory + name]).Select(path => isLast ? path : path + "/")];
        }

        return found;

        IEnumerable<string> Matching(string directory, string name) => getNames(directory.Length == 0 ? "." : directory)
            .Where(candidate => ShellPattern.Matches(candidate, name))
            .Order(StringComparer.Ordinal)
            .Select(candidate => directory + candidate);
    }

    private static bool IsMatch(ReadOnlySpan<string> pattern, ReadOnlySpan<string> names)
    {
        if (pattern.IsEmpty)
            return names.IsEmpty;
        // At the end it stands for what is below a directory, not for the directory.
        if (pattern[0] == "**" && pattern.Length == 1)
            return !names.IsEmpty;
        if (pattern[0] == "**")
            return IsMatch(pattern[1..], names) || (!names.IsEmpty && IsMatch(pattern, names[1..]));
        return !names.IsEmpty && ShellPattern.MatchesAll(names[0], pattern[0]) && IsMatch(pattern[1..], names[1..]);
    }
}
