using System.Globalization;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>Expands the first pair of brackets in a name: <c>n[01-03,7]x</c>. Numbers are padded to the width of the lower bound.</summary>
internal static class HostRange
{
    private const int MaxHosts = 16_384;

    // The sum of two such numbers fits in 64 bits.
    private const int MaxDigits = 18;

    /// <exception cref="PdshException">The brackets contain an invalid range.</exception>
    public static IEnumerable<string> Expand(string name, PdshContext context)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        var close = open < 0 ? -1 : name.IndexOf(']', open);
        if (close < 0)
            return [name];
        var (prefix, suffix) = (name[..open], name[(close + 1)..]);
        // Check all ranges before the first host is returned.
        var ranges = name[(open + 1)..close].Split(',').Select(range => Parse(range, context)).ToList();
        return ranges.SelectMany(range => Numbers(range).Select(number => prefix + number + suffix));
    }

    /// <summary>Expands all pairs of brackets.</summary>
    public static IEnumerable<string> ExpandAll(string name, PdshContext context) =>
        name.Contains('[', StringComparison.Ordinal) && name.IndexOf(']', name.IndexOf('[', StringComparison.Ordinal)) > 0
            ? Expand(name, context).SelectMany(part => ExpandAll(part, context))
            : [name];

    private static IEnumerable<string> Numbers((long Low, long High, int Width) range)
    {
        for (var number = range.Low; number <= range.High; number++)
            yield return number.ToString(CultureInfo.InvariantCulture).PadLeft(range.Width, '0');
    }

    private static (long Low, long High, int Width) Parse(string range, PdshContext context)
    {
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        var low = dash < 0 ? range : range[..dash];
        var high = dash < 0 || dash == range.Length - 1 ? low : range[(dash + 1)..];
        if (Number(low) is not { } first || Number(high) is not { } last || first > last)
            throw context.Error($"Invalid range: `{range}'");
        return last - first < MaxHosts
            ? (first, last, low.Length)
            : throw context.Error($"Too many hosts in range `{range}'");
    }

    private static long? Number(string text)
    {
        var digits = text.TrimStart(' ');
        return digits.Length is > 0 and <= MaxDigits && digits.All(char.IsAsciiDigit)
            ? long.Parse(digits, CultureInfo.InvariantCulture)
            : null;
    }
}
