using System.Buffers;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Transfers;

/// <summary>Paths at the targets, which are always POSIX's.</summary>
internal static class RemotePath
{
    private const int MaxNameBytes = 255;
    private const string Mark = ".volley-";
    private const int RandomLength = 12;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Returns the path of a name in a directory. An empty directory is the one in which the server starts, and an empty name the directory itself.</summary>
    public static string Join(string directory, string name) =>
        name.Length == 0 ? directory : directory.Length == 0 ? name : directory.EndsWith('/') ? directory + name : $"{directory}/{name}";

    /// <summary>Returns the directory of a path; empty for a relative name.</summary>
    public static string GetDirectory(string path)
    {
        var end = path.LastIndexOf('/');
        return end < 0 ? "" : end == 0 ? "/" : path[..end];
    }

    /// <summary>Returns the last name of a path.</summary>
    public static string GetName(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Returns whether two paths name the same file by their names alone: slashes and <c>.</c> have no meaning.</summary>
    public static bool AreSame(string one, string other)
    {
        return one.StartsWith('/') == other.StartsWith('/') && GetNames(one).SequenceEqual(GetNames(other));

        static IEnumerable<string> GetNames(string path) => path.Split('/').Where(name => name is not ("" or "."));
    }

    /// <summary>Returns the path without slashes at its end; <c>/</c> stays.</summary>
    public static string TrimEnd(string path) => path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "/";

    /// <summary>Returns the path of a new temporary file for a path, in the same directory: <c>.NAME.volley-RANDOM</c>.</summary>
    public static string CreateTemporary(string path)
    {
        var name = GetName(path);
        return Join(GetDirectory(path), $"{GetTemporaryPrefix(name)}{Sodium.RandomDigits(RandomLength)}");
    }

    /// <summary>Returns the beginning of the names of the temporary files for a name, which is cut if it is too long.</summary>
    public static string GetTemporaryPrefix(string name)
    {
        var room = MaxNameBytes - 1 - Mark.Length - RandomLength;
        while (SystemText.GetByteCount(name) > room)
            name = char.IsLowSurrogate(name[^1]) && name.Length > 1 && char.IsHighSurrogate(name[^2]) ? name[..^2] : name[..^1];
        return $".{name}{Mark}";
    }

    /// <summary>Returns whether a name is that of a temporary file.</summary>
    public static bool IsTemporary(string name)
    {
        var mark = name.Length - RandomLength - Mark.Length;
        return mark > 1 && name[0] == '.' && name.AsSpan(mark).StartsWith(Mark, StringComparison.Ordinal)
            && name.AsSpan(name.Length - RandomLength).IndexOfAnyExcept(Digits) < 0;
    }
}
