namespace Volley.Cli.Pdsh.Hosts;

/// <summary>Splits lists into items, except at separators within brackets.</summary>
internal static class HostItems
{
    /// <summary>Returns the items of a list separated by commas, without leading white space and empty items.</summary>
    public static IEnumerable<string> Split(string list) => Cut(list, ",").Select(item => item.TrimStart()).Where(item => item.Length > 0);

    /// <summary>Returns the names of an item or of a line of a file, separated by commas and white space.</summary>
    public static IEnumerable<string> Names(string text) => Cut(text, ", \t\r\n").Where(name => name.Length > 0);

    private static IEnumerable<string> Cut(string text, string separators)
    {
        var start = 0;
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '[')
                depth++;
            else if (text[i] == ']' && depth > 0)
                depth--;
            if (depth > 0 || !separators.Contains(text[i], StringComparison.Ordinal))
                continue;
            yield return text[start..i];
            start = i + 1;
        }

        yield return text[start..];
    }
}
