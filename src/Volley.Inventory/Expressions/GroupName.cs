using System.Text;

namespace Volley.Inventory.Expressions;

/// <summary>The names of groups: allowed characters, ranges and wildcards.</summary>
internal static class GroupName
{
    private const int MaxLength = 255;

    /// <summary>Returns whether a name of a group can have the character. No such character is special to a shell.</summary>
    public static bool IsAllowed(char character) =>
        char.IsLetter(character) || char.IsAsciiDigit(character) || character is '_' or '.' or '-' or '+' or '=' or '%' or ':' or '/';

    /// <summary>Returns whether a source may offer a group of this name.</summary>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        foreach (char character in name)
        {
            if (!IsAllowed(character))
                return false;
        }
        return name.Length is > 0 and <= MaxLength && name[0] != '-';
    }

    /// <summary>Returns whether a name can be that of a source: journals of runs have the others.</summary>
    public static bool IsSource(string name) =>
        IsValid(name) && !name.Contains(':', StringComparison.Ordinal) && name != "last" && name.AsSpan().ContainsAnyExceptInRange('0', '9');

    public static bool HasWildcards(string name) => name.AsSpan().ContainsAny('*', '?');

    /// <summary>Expands the ranges of a name: <c>rack[1-3]</c> is three names.</summary>
    /// <exception cref="HostListException">A range is invalid.</exception>
    public static List<string> Expand(ExpressionSource source, int start, string name)
    {
        List<string> names = [""];
        for (int position = 0; position < name.Length;)
        {
            int open = name.IndexOf('[', position);
            int literalEnd = open < 0 ? name.Length : open;
            string literal = name[position..literalEnd];
            List<string> numbers = [""];
            position = literalEnd;
            if (open >= 0)
            {
                position = name.IndexOf(']', open) + 1;
                numbers = Numbers(source, start + open, name[open..position]);
            }
            if ((long)names.Count * numbers.Count > HostList.MaxNames)
                throw source.Error(start, "too many groups; write a smaller range");
            names = [.. from text in names from number in numbers select string.Concat(text, literal, number)];
        }
        return names;
    }

    /// <summary>Escapes a name for a message.</summary>
    public static string Show(string? source, string group) => new StringBuilder("@").Append(source).Append(source is null ? "" : ":").Append(group).ToString();

    private static List<string> Numbers(ExpressionSource source, int start, string bracket)
    {
        try
        {
            return [.. HostList.Parse("n" + bracket).Select(host => host.Host[1..])];
        }
        catch (HostListException error)
        {
            throw source.Error(start + error.Position - 1, error.Message);
        }
    }
}
