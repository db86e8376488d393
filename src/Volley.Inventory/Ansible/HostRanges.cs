using System.Globalization;

namespace Volley.Inventory.Ansible;

/// <summary>Ansible's host patterns in inventories: <c>www[01:50].example.com</c>, <c>db-[a:f]</c>, <c>n[1:9:2]</c>, each with an optional port.</summary>
internal static class HostRanges
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>Returns the hosts of a pattern, and its port, or null for none.</summary>
    /// <exception cref="HostSourceException">A range is invalid.</exception>
    public static (List<string> Hosts, string? Port) Expand(string pattern, string source, FilePlace place)
    {
        string? port = null;
        int colon = pattern.LastIndexOf(':');
        // A single colon outside of brackets, or one after the bracket of an IPv6 address.
        if (colon > pattern.LastIndexOf(']') && colon > 0
            && (pattern.IndexOf(':', StringComparison.Ordinal) == colon || pattern[colon - 1] == ']' || HasRange(pattern))
            && pattern.Length - colon is > 1 and <= 6 && pattern.AsSpan(colon + 1).ContainsAnyExceptInRange('0', '9') == false)
        {
            port = pattern[(colon + 1)..];
            pattern = pattern[..colon];
        }
        if (pattern is ['[', .. var address, ']'] && System.Net.IPAddress.TryParse(address, out _))
            return ([address], port);
        List<string> hosts = [""];
        int position = 0;
        while (pattern.IndexOf('[', position) is >= 0 and var open)
        {
            int close = pattern.IndexOf(']', open);
            if (close < 0)
                throw new HostSourceException(source, $"the bracket in '{pattern}' is not closed; a range as in [1:9] was expected", place.Path, place.Line);
            string literal = pattern[position..open];
            List<string> values = Values(pattern[(open + 1)..close], pattern, source, place);
            if ((long)hosts.Count * values.Count > HostList.MaxNames)
                throw new HostSourceException(source, $"'{pattern}' is too large; a smaller range was expected", place.Path, place.Line);
            hosts = [.. from host in hosts from value in values select string.Concat(host, literal, value)];
            position = close + 1;
        }
        string rest = pattern[position..];
        return (rest.Length == 0 ? hosts : [.. hosts.Select(host => host + rest)], port);
    }

    private static bool HasRange(string pattern) => pattern.Contains('[', StringComparison.Ordinal);

    private static List<string> Values(string range, string pattern, string source, FilePlace place)
    {
        HostSourceException Fail() => new(source, $"'[{range}]' in '{pattern}' is no range; [1:9], [01:50:2] or [a:f] was expected", place.Path, place.Line);
        string[] bounds = range.Split(':');
        if (bounds.Length is < 2 or > 3 || bounds[1].Length == 0)
            throw Fail();
        int step = 1;
        if (bounds.Length == 3 && (!int.TryParse(bounds[2], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step == 0))
            throw Fail();
        string low = bounds[0].Length == 0 ? "0" : bounds[0];
        string high = bounds[1];
        var values = new List<string>();
        if (low.Length == 1 && high.Length == 1 && Letters.IndexOf(low[0], StringComparison.Ordinal) is >= 0 and var first
            && Letters.IndexOf(high[0], StringComparison.Ordinal) is var last && last >= first)
        {
            for (int i = first; i <= last; i += step)
                values.Add(Letters[i].ToString());
            return values;
        }
        if (!int.TryParse(low, NumberStyles.None, CultureInfo.InvariantCulture, out int from)
            || !int.TryParse(high, NumberStyles.None, CultureInfo.InvariantCulture, out int to) || to < from)
            throw Fail();
        if ((to - from) / step > HostList.MaxNames)
            throw Fail();
        // A leading zero pads all numbers to the width of the low bound, which the high one must have, too.
        int width = low.Length > 1 && low[0] == '0' ? low.Length : 0;
        if (width > 0 && high.Length != width)
            throw Fail();
        for (int i = from; i <= to; i += step)
            values.Add(i.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'));
        return values;
    }
}
