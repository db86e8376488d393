using System.Globalization;

namespace Volley.Cli.Options.Limits;

/// <summary>The conditions of <c>--retry-on</c>: codes, ranges of codes, and causes.</summary>
/// <param name="codes">The codes.</param>
/// <param name="outcomes">The outcomes that the causes stand for.</param>
internal sealed class RetryConditions(IReadOnlySet<int> codes, IReadOnlySet<NodeOutcome> outcomes)
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

    /// <summary>Creates conditions from valid values.</summary>
    public static RetryConditions Create(IEnumerable<string> texts)
    {
        var (codes, outcomes) = (new HashSet<int>(), new HashSet<NodeOutcome>());
        foreach (var item in texts.SelectMany(text => text.Split(',')))
        {
            if (ParseRange(item) is var (from, to))
                codes.UnionWith(Enumerable.Range(from, to - from + 1));
            else
                outcomes.UnionWith(Causes[item]);
        }

        return new RetryConditions(codes, outcomes);
    }

    /// <summary>Returns whether a result meets one of the conditions.</summary>
    public bool Match(NodeResult result) => outcomes.Contains(result.Outcome) || codes.Contains(result.Code);

    private static (int From, int To)? ParseRange(string text)
    {
        var ends = text.Split('-');
        return ends.Length <= 2 && ParseCode(ends[0]) is { } from && ParseCode(ends[^1]) is { } to && from <= to ? (from, to) : null;
    }

    private static int? ParseCode(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 1 and <= 255 ? code : null;
}
