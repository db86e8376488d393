using System.Globalization;
using Volley.Relay.Wire;

namespace Volley.Relay.Records;

/// <summary>A line of a ledger: <c>RUN ROUND TIME RANKS</c>, with the Unix time until which the ranks are remembered, and ranges such as <c>3,5-9</c>.</summary>
internal sealed record LedgerLine(string Run, int Round, long Until, IReadOnlyList<(int First, int Last)> Ranks)
{
    /// <summary>Parses a line; returns null if it is damaged.</summary>
    public static LedgerLine? Parse(string line)
    {
        if (line.Split(' ') is not [var run, var round, var until, var ranks] || !RelayNames.IsName(run) || ParseNumber(round) is not { } number
            || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var time))
        {
            return null;
        }

        var ranges = new List<(int First, int Last)>();
        foreach (var range in ranks.Split(','))
        {
            var ends = range.Split('-');
            if (ends.Length > 2 || ParseNumber(ends[0]) is not { } first || ParseNumber(ends[^1]) is not { } last || last < first)
                return null;
            ranges.Add((first, last));
        }

        return new(run, number, time, ranges);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Run} {Round} {Until} {string.Join(',', Ranks.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}"))}\n");

    private static int? ParseNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
