using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Options.Parsing;
using Volley.Rollout;

namespace Volley.Cli.Rollouts;

/// <summary>Parsers of the values of <see cref="RolloutOptions"/>.</summary>
internal static class RolloutValues
{
    private const string Rest = "rest";

    /// <summary>Parses sizes of batches: <c>1,10%,rest</c>.</summary>
    public static IReadOnlyList<TargetShare> BatchSizes(string name, string text)
    {
        var items = text.Split(',');
        var sizes = new List<TargetShare>(items.Length);
        foreach (var item in items)
        {
            if (item == Rest && sizes.Count < items.Length - 1)
                throw new UsageException($"{name}: '{Rest}' takes all hosts that are left, so it must come last, not as in '{text}'");
            sizes.Add(item == Rest ? TargetShare.All : TargetShare.Parse(item) is { Number: > 0 } share ? share : throw new UsageException(
                $"{name} takes numbers of hosts of at least 1, percentages from 1% to 100% and {Rest}, "
                + $"separated by commas, such as 1,10%,{Rest}, not '{text}'"));
        }

        return sizes;
    }

    /// <summary>Parses a number of hosts from 0, or a percentage.</summary>
    public static TargetShare? Threshold(string name, string text) => TargetShare.Parse(text)
        ?? throw new UsageException($"{name} takes a number of hosts of at least 0, or 0% to 100%, not '{text}'");

    /// <summary>Accepts exit codes and ranges of them.</summary>
    public static string CheckCodes(string name, string text) => text.Split(',').All(item => ParseRange(item) is not null)
        ? text
        : throw new UsageException($"{name} takes exit codes from 0 to 255 and ranges, separated by commas, such as 0,1 or 0-3, not '{text}'");

    /// <summary>Returns the codes of a valid text.</summary>
    public static ImmutableHashSet<int> ParseCodes(string text) =>
        [.. text.Split(',').SelectMany(item => ParseRange(item) is var (from, to) ? Enumerable.Range(from, to - from + 1) : [])];

    private static (int From, int To)? ParseRange(string text)
    {
        var ends = text.Split('-');
        return ends.Length <= 2 && ParseCode(ends[0]) is { } from && ParseCode(ends[^1]) is { } to && from <= to ? (from, to) : null;
    }

    private static int? ParseCode(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code <= 255 ? code : null;
}

/// <summary>The value of <c>--pause</c>.</summary>
/// <param name="Time">The time between batches.</param>
/// <param name="Asks">Whether to ask before each batch instead.</param>
internal sealed record RolloutPause(TimeSpan Time, bool Asks)
{
    /// <summary>Parses a time, or <c>ask</c>.</summary>
    public static RolloutPause Read(string name, string text)
    {
        if (text == "ask")
            return new RolloutPause(TimeSpan.Zero, Asks: true);
        try
        {
            return new RolloutPause(Values.DurationOrZero("no pause")(name, text)!.Value, Asks: false);
        }
        catch (UsageException invalid)
        {
            throw new UsageException($"{invalid.Message}; or ask");
        }
    }
}

/// <summary>The value of <c>--spread</c>.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Limit">The largest number of hosts at once with the same value.</param>
internal sealed record RolloutSpread(string Attribute, int Limit)
{
    /// <summary>Parses <c>ATTRIBUTE</c> or <c>ATTRIBUTE=N</c>.</summary>
    public static RolloutSpread Read(string name, string text)
    {
        var parts = text.Split('=');
        var limit = 1;
        var isValid = parts.Length <= 2 && parts[0].Length > 0
            && (parts.Length == 1 || (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1));
        return isValid ? new RolloutSpread(parts[0], limit)
            : throw new UsageException($"{name} takes an attribute, optionally with a number of at least 1, such as rack or rack=2, not '{text}'");
    }
}
