using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Inventory;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The request of <c>volley history</c>: to list runs.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="Filter">The runs to list.</param>
/// <param name="IsJson">Whether to print JSON.</param>
internal sealed record HistoryRequest(RunJournal Journal, HistoryOptions Filter, bool IsJson) : Request
{
    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public static HistoryRequest Parse(string[] arguments, Func<string, string?> variable)
    {
        var json = new JsonOption();
        var filter = new HistoryOptions();
        var texts = OptionParser.SetMixed([.. filter.Options, .. json.Options], arguments);
        return new HistoryRequest(RunLookup.Open(variable), filter with { Texts = texts }, json.Json.IsGiven);
    }
}

/// <summary>The options of <c>volley history</c>.</summary>
internal sealed record HistoryOptions
{
    private static readonly string[] Outcomes = ["ok", "failed", "running", "killed", "unknown"];

    private readonly Option<HostFilter> _host = Create("--host", ReadHost, "HOST", "only runs on HOST: a name, a range, a pattern with * and ?");
    private readonly Option<string> _outcome = new(Values.OneOf(Outcomes), "--outcome")
    {
        ValueName = "OUTCOME",
        Help = "only runs that ended so: ok, failed, running, killed or unknown",
        Choices = Outcomes,
        IsConfigurable = false,
        HasVariable = false,
    };
    private readonly Option<DateTimeOffset?> _since = Create(
        "--since", ReadTime, "TIME", "only runs from TIME on: 2026-11-30, '2026-11-30 08:15', or an age as 2h, 7d");
    private readonly Option<DateTimeOffset?> _until = Create("--until", ReadTime, "TIME", "only runs before TIME");
    private readonly Option<int?> _count = Create(
        "--count", (_, text) => Values.Number(1, int.MaxValue)("-n (--count)", text), "N", "only the last N of these", "-n");

    /// <summary>Texts that the command of a run contains, in any case of letters.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    public IReadOnlyList<Option> Options => [_host, _outcome, _since, _until, _count];

    /// <summary>The state or result that is wanted; null for any.</summary>
    public string? Outcome => _outcome.Value;

    /// <summary>The hosts that are wanted; null for any.</summary>
    public HostFilter? Host => _host.Value;

    /// <summary>The number of runs to list; null for all.</summary>
    public int? Count => _count.Value;

    /// <summary>Returns whether a run has the texts and the dates that are wanted.</summary>
    public bool Matches(JournalSummary run) =>
        (_since.Value is not { } since || run.StartedAt >= since)
        && (_until.Value is not { } until || run.StartedAt < until)
        && Texts.All(text => run.Title.Contains(text, StringComparison.OrdinalIgnoreCase));

    private static Option<T> Create<T>(string name, ValueReader<T> read, string value, string help, params string[] letters) => new(read, [name, .. letters])
    {
        ValueName = value,
        Help = help,
        IsConfigurable = false,
        HasVariable = false,
    };

    private static HostFilter ReadHost(string name, string text) => HostFilter.Parse(text) is { NeedsSources: false } filter
        ? filter
        : throw new UsageException($"{name} takes names, ranges and patterns of hosts, without groups and attributes, not '{text}'");

    private static DateTimeOffset? ReadTime(string name, string text)
    {
        string[] formats =
        [
            "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF",
            "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        ];
        if (DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time))
            return time;
        var minutes = text.Length == 0 ? 0 : text[^1] switch { 'm' => 1, 'h' => 60, 'd' => 24 * 60, 'w' => 7 * 24 * 60, _ => 0 };
        if (minutes > 0 && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 100_000)
            return TimeProvider.System.GetUtcNow().AddMinutes(-(double)number * minutes);
        throw new UsageException($"{name} takes a date, a date with a time, or an age, such as 2026-11-30, '2026-11-30 08:15', 2h or 7d, not '{text}'");
    }
}
