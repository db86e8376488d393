using System.Globalization;
using Volley.Cli.Options.Parsing;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>The options for the journal of a run.</summary>
internal sealed class JournalOptions() : OptionGroup("Journal")
{
    // A century: no journal is that old.
    private const int MaxDays = 36_500;

    private static readonly string[] Levels = ["full", "ends", "none"];

    public readonly Option<string> Level = new(Values.OneOf(Levels), "--journal")
    {
        ValueName = "LEVEL",
        Help = "output in the journal of the run: full, ends (the first and last 64 KiB of each stream of a host) or none",
        Default = "ends",
        Choices = Levels,
        HasNegation = false,
    };
    public readonly Flag Off = new("--no-journal") { Help = "keep no journal of the run", HasNegation = false };
    public readonly Option<int?> Runs = new(Values.Number(1, 1_000_000), "--journal-runs")
    {
        ValueName = "N",
        Help = "keep the journals of the last N runs",
        Default = Number(new JournalLimits().Runs),
    };
    public readonly Option<TimeSpan?> Age = new(ReadAge, "--journal-age")
    {
        ValueName = "TIME",
        Help = "keep journals for TIME: 12h, 30d, 8w",
        Default = $"{Number((int)new JournalLimits().Age.TotalDays)}d",
    };
    public readonly Option<long?> Size = new(Values.Size, "--journal-size")
    {
        ValueName = "SIZE",
        Help = "keep at most SIZE bytes of journals; 0 for no limit",
        Default = "1G",
    };
    public readonly ListOption Secrets = new(Values.VariableName, "--secret")
    {
        ValueName = "NAME",
        Help = "mask the value of the variable NAME in titles, messages and the journal, and keep it off command lines",
        NeedsCommand = "it sets no variables",
        NotForTransfers = "it sets no variables",
    };

    public override IReadOnlyList<Option> Options => [Level, Off, Runs, Age, Size, Secrets];

    /// <summary>How much output is kept.</summary>
    public JournalLevel KeptOutput => Level.Value switch { "full" => JournalLevel.Full, "none" => JournalLevel.None, _ => JournalLevel.Ends };

    /// <summary>Returns the journal of a run; null if it has none.</summary>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">Options contradict each other.</exception>
    public RunJournal? Open(Func<string, string?> variable)
    {
        if (Off.Contradicts(Level))
            throw Off.Error("--journal and --no-journal are mutually exclusive; choose one");
        var limits = new JournalLimits();
        return Off.IsGiven || RunJournal.FindPath(variable) is not { } path ? null : new RunJournal(path)
        {
            Limits = limits with
            {
                Runs = Runs.Value ?? limits.Runs,
                Age = Age.Value ?? limits.Age,
                Bytes = Size.Value switch { 0 => long.MaxValue, null => limits.Bytes, var size => size.Value },
            },
        };
    }

    /// <summary>Returns the values to mask; null if there are none.</summary>
    /// <param name="variables">The variables of the command, each as <c>NAME=VALUE</c>.</param>
    /// <exception cref="UsageException">A name on the command line is not that of a variable.</exception>
    public SecretMask? CreateMask(IReadOnlyList<string> variables)
    {
        var values = variables.Select(variable => variable.Split('=', 2)).ToLookup(parts => parts[0], parts => parts[1]);
        if (Secrets.IsRequested && Secrets.Values.FirstOrDefault(name => !values.Contains(name)) is { } unknown)
            throw new UsageException($"--secret {unknown}: there is no --env {unknown}=VALUE");
        return SecretMask.Create(Secrets.Values.SelectMany(name => values[name]));
    }

    private static TimeSpan? ReadAge(string name, string text)
    {
        var hours = text.Length == 0 ? 0 : text[^1] switch { 'h' => 1, 'd' => 24, 'w' => 7 * 24, _ => 0 };
        if (hours > 0 && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && (long)number * hours is > 0 and <= MaxDays * 24L and var age)
        {
            return TimeSpan.FromHours(age);
        }

        throw new UsageException($"{name} takes a number of hours, days or weeks, such as 12h, 30d or 8w, not '{text}'");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
