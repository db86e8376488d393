using System.Text;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>
/// Folds a list of hosts into ranges: <c>foo[1-3],bar</c>. It folds only neighbors, so the result shows the order in which hosts start, and
/// duplicates.
/// </summary>
internal static class HostFold
{
    public static string Write(IEnumerable<string> names)
    {
        var text = new StringBuilder();
        var bracket = new List<(NumberedName First, NumberedName Last)>();
        foreach (var name in names.Select(NumberedName.Parse))
        {
            if (bracket.Count > 0 && bracket[^1].Last.IsFollowedBy(name))
            {
                bracket[^1] = (bracket[^1].First, name);
                continue;
            }

            if (bracket.Count > 0 && !(name.HasNumber && bracket[0].First is { HasNumber: true } first && first.Prefix == name.Prefix))
                Close(text, bracket);
            bracket.Add((name, name));
        }

        Close(text, bracket);
        return text.ToString();
    }

    private static void Close(StringBuilder text, List<(NumberedName First, NumberedName Last)> bracket)
    {
        if (bracket.Count == 0)
            return;
        if (text.Length > 0)
            text.Append(',');
        text.Append(bracket[0].First.Prefix);
        if (bracket is [var (first, last)] && first == last)
            text.Append(first.Digits);
        else
            text.Append('[').AppendJoin(',', bracket.Select(r => r.First == r.Last ? r.First.Digits : $"{r.First.Digits}-{r.Last.Digits}")).Append(']');
        bracket.Clear();
    }
}
