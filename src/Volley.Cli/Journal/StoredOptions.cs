using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Inventory;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>The options of a run in its journal: the values in force, wherever they were set, without those that name hosts.</summary>
internal static class StoredOptions
{
    private const string Variable = "--env ";

    /// <summary>Returns the options that are not stored, because the journal holds the targets and the main rank that they led to.</summary>
    public static HashSet<Option> GetSelecting(RunOptions options) =>
    [
        options.Hosts.Hosts, options.Hosts.Cluster, options.Hosts.All, options.Hosts.Inventory, options.Hosts.Exclude, options.Hosts.Filter,
        .. options.Choice.Options.Except([options.Choice.Confirm]), options.ExitCode.MainRank, .. options.Files.Options,
    ];

    /// <summary>Returns the options of a run as arguments, and the names of those whose values are not stored.</summary>
    /// <param name="options">The options.</param>
    /// <param name="mask">The values that are secret; null for none.</param>
    /// <param name="keepsVariables">Whether variables that are not secret are stored whatever the journal holds.</param>
    public static (ImmutableArray<string> Options, ImmutableArray<string> Omitted) Get(RunOptions options, SecretMask? mask, bool keepsVariables = false)
    {
        var selecting = GetSelecting(options);
        var (job, journal) = (options.Job, options.Journal);
        var words = new List<string>();
        var omitted = new List<string>();
        foreach (var option in options.All.Where(option => option.IsGiven && !selecting.Contains(option)))
        {
            var isSecret = option != job.Environment && mask is not null && option.Texts.Any(text => mask.Hide(text) != text);
            if (option == options.Rollout.Canary && options.Rollout.CanaryNames is { } canary)
                words.Add($"{option.LongName}={canary}");
            else if (isSecret || option == job.Stdin || option == job.Script)
                omitted.Add(option.Name);
            else if (option is Flag)
                words.AddRange(Enumerable.Repeat(option.LongName!, option.Count));
            else if (option != job.Environment)
                words.AddRange(option.Texts.Select(text => $"{option.LongName}={text}"));
        }

        // The last value of a name counts.
        foreach (var variable in job.Environment.Values.GroupBy(variable => variable.Split('=')[0]))
        {
            if ((keepsVariables || journal.KeptOutput == JournalLevel.Full) && !journal.Secrets.Values.Contains(variable.Key))
                words.Add($"{job.Environment.Name}={variable.Last()}");
            else
                omitted.Add(Variable + variable.Key);
        }

        return ([.. words], [.. omitted]);
    }

    /// <summary>Sets the options that a command line leaves open to those of an earlier run.</summary>
    /// <param name="options">The options, with the values of the command line.</param>
    /// <param name="run">The earlier run.</param>
    /// <param name="isWanted">Returns whether an option of the earlier run applies; null for all.</param>
    /// <exception cref="UsageException">The journal holds an option that this version does not have.</exception>
    public static void Apply(RunOptions options, JournalEntry run, Func<Option, bool>? isWanted = null)
    {
        var place = new FilePlace(string.Create(CultureInfo.InvariantCulture, $"run {run.Number}"), 0);
        var (found, _) = new OptionParser(options.All).Split(run.Options);
        foreach (var values in found.GroupBy(one => one.Option).Where(values => isWanted?.Invoke(values.Key) != false))
        {
            if (values.Key == options.Job.Environment)
                AddVariables(options.Job.Environment, values.Select(one => one.Value!));
            else if (values.Key is Flag flag)
                flag.TakeDefault([values.Count().ToString(CultureInfo.InvariantCulture)], new OptionOrigin(OptionLayer.EarlierRun, place));
            else
                values.Key.TakeDefault([.. values.Select(one => one.Value!)], new OptionOrigin(OptionLayer.EarlierRun, place));
        }
    }

    /// <summary>Returns the names of the variables that the run had, and whose values are neither stored nor given again.</summary>
    public static IEnumerable<string> GetMissingVariables(RunOptions options, JournalEntry run)
    {
        var given = options.Job.Environment.Values.Select(variable => variable.Split('=')[0]).ToHashSet();
        return run.Omitted
            .Where(name => name.StartsWith(Variable, StringComparison.Ordinal))
            .Select(name => name[Variable.Length..])
            .Where(name => !given.Contains(name));
    }

    /// <summary>Adds the stored variables that the command line does not replace.</summary>
    private static void AddVariables(ListOption variables, IEnumerable<string> stored)
    {
        var given = variables.Values.Select(variable => variable.Split('=')[0]).ToHashSet();
        foreach (var variable in stored.Where(variable => !given.Contains(variable.Split('=')[0])))
            variables.Take(variable);
    }
}
