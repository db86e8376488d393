namespace Volley.Hosts.Parsing;

/// <summary>Parses host files: items are separated by white space and commas, <c>#</c> starts a comment.</summary>
internal static class HostFile
{
    /// <summary>Parses the items line by line, so that an error names its line. Exceptions of the reader are passed on.</summary>
    public static IEnumerable<(HostPattern Item, ExpressionText Line)> Read(TextReader reader, string name)
    {
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            var text = new ExpressionText(line, $"{name} line {number}");
            int comment = line.IndexOf('#');
            int end = comment < 0 ? line.Length : comment;
            for (int position = 0; position < end;)
            {
                if (line[position] == ',' || char.IsWhiteSpace(line[position]))
                {
                    position++;
                    continue;
                }
                int itemEnd = ItemScanner.FindEnd(text, position, end, endsAtWhiteSpace: true);
                yield return (Parse(text, position, itemEnd), text);
                position = itemEnd;
            }
        }
    }

    private static HostPattern Parse(ExpressionText text, int start, int end) => text.Text[start] switch
    {
        '^' => throw text.Error(start, "a host file can't include another one; name both where the hosts are selected, as in ^a.txt,^b.txt"),
        '-' => throw text.Error(start, "an item must not begin with '-'", Remedy.ExcludeHosts),
        _ => HostPattern.Parse(text, start, end),
    };
}
