using System.Globalization;

namespace Volley.Cli.Options.Limits;

/// <summary>The conditions of <c>--retry-on</c>: codes, ranges of codes, and causes.</summary>
internal static class RetryConditions
{
    private static readonly Dictionary<string, NodeOutcome[]> Causes = new(StringComparer.Ordinal)
    {
        ["timeout"] = [NodeOutcome.CommandTimedOut, NodeOutcome.IdleTimedOut, NodeOutcome.RelativeTimedOut],
        ["signal"] = [NodeOutcome.Signaled],
        ["lost"] = [NodeOutcome.ConnectionLost],
    };

    /// <summary>Checks one value of the option: conditions that commas separate.</summary>
    /// <exception cref="UsageException">A condition is invalid.</exception>
    public static string Check(string name, string text)
    {
        foreach (var item in text.Split(','))
        {
            if (Causes.ContainsKey(item) || ParseRange(item) is not null)
                continue;
            throw new UsageException(
                $"{name} takes codes from 1 to 255, ranges such as 100-110, and {string.Join(", ", Causes.Keys)}, separated by commas, not '{item}'");
        }

        return text;
    }

    /// <summary>Returns retries that have the conditions of valid values.</summary>
    public static CommandRetry Apply(CommandRetry retry, IEnumerable<string> texts)
    {
        foreach (var item in texts.SelectMany(text => text.Split(',')))
        {
            retry = ParseRange(item) is var (from, to)
                ? retry with { Codes = retry.Codes.Union(Enumerable.Range(from, to - from + 1)) }
                : retry with { Outcomes = retry.Outcomes.Union(Causes[item]) };
        }

        return retry;
    }

    private static (int From, int To)? ParseRange(string text)
    {
        var ends = text.Split('-');
        return ends.Length <= 2 && ParseCode(ends[0]) is { } from && ParseCode(ends[^1]) is { } to && from <= to ? (from, to) : null;
    }

    private static int? ParseCode(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 1 and <= 255 ? code : null;
}
