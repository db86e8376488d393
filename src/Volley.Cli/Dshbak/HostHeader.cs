using Volley.Cli.Pdsh.Hosts;

namespace Volley.Cli.Dshbak;

/// <summary>Folds the names of hosts with the same output by the last number in each: <c>foo[1-3,7]s,bar</c>.</summary>
internal static class HostHeader
{
    public static string Write(IEnumerable<string> hosts)
    {
        var bySuffix = hosts.GroupBy(GetSuffix).OrderBy(group => group.Key, StringComparer.Ordinal);
        return string.Join(',', bySuffix.SelectMany(group => Fold(group.Select(host => host[..^group.Key.Length])).Select(text => text + group.Key)));
    }

    /// <summary>Returns the part of a name after its last digit; empty if there is no digit.</summary>
    private static string GetSuffix(string host)
    {
        var end = host.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        return end == 0 ? "" : host[end..];
    }

    private static IEnumerable<string> Fold(IEnumerable<string> names) => names
        .Select(NumberedName.Parse)
        .GroupBy(name => name.Prefix)
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => Fold(group.Key, group.ToList()));

    private static string Fold(string prefix, List<NumberedName> names)
    {
        var ranges = new List<(NumberedName First, NumberedName Last)>();
        foreach (var name in names.OrderBy(name => name.HasNumber ? name.Number : 0).ThenBy(name => name.Digits, StringComparer.Ordinal))
        {
            // Search all ranges, since numbers with other padding can lie between two numbers of a range.
            var place = ranges.FindIndex(range => range.Last.IsFollowedBy(name));
            if (place < 0)
                ranges.Add((name, name));
            else
                ranges[place] = (ranges[place].First, name);
        }

        var texts = ranges.Select(range => range.First == range.Last ? range.First.Digits : $"{range.First.Digits}-{range.Last.Digits}").ToList();
        return texts is [var single] && ranges[0].First == ranges[0].Last ? prefix + single : $"{prefix}[{string.Join(',', texts)}]";
    }
}
