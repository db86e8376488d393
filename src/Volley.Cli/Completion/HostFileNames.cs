using System.Text;
using Volley.Interop.Text;

namespace Volley.Cli.Completion;

/// <summary>Completes the name of a host file in an expression (<c>^FILE</c>), in which a backslash is in front of operators.</summary>
internal static class HostFileNames
{
    /// <summary>Returns the files and directories whose names begin with a text. A slash follows the name of a directory.</summary>
    public static IEnumerable<string> Complete(string text)
    {
        var path = Unescape(text);
        var start = Path.GetFileName(path);
        var parent = path[..^start.Length];
        return ReadNames(parent.Length == 0 ? "." : parent)
            .Where(name => name.StartsWith(start, StringComparison.Ordinal) && (start.Length > 0 || name[0] != '.'))
            .Select(name => text + Escape(name[start.Length..]) + (SystemFile.DirectoryExists(parent + name) ? "/" : ""));
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

    private static bool IsSpecial(char character) => character is ',' or '!' or '&' or '^' or '(' or ')' or '[' or ']' or '\\';

    private static string Escape(string name) => string.Concat(name.Select(character => IsSpecial(character) ? $"\\{character}" : $"{character}"));

    private static string Unescape(string text)
    {
        var path = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && IsSpecial(text[i + 1]))
                i++;
            path.Append(text[i]);
        }

        return path.ToString();
    }
}
