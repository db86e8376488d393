using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Output;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>An earlier run that is repeated on some of its targets. The results of the others count for the exit code.</summary>
/// <param name="Results">The results of the earlier run.</param>
/// <param name="Targets">The targets to run, in their order.</param>
internal sealed record RepeatedRun(RunResults Results, ImmutableArray<Target> Targets)
{
    /// <summary>The argument that stands for the command in the list of what is not stored.</summary>
    public const string Command = "command";

    /// <summary>What was known at the start of the earlier run.</summary>
    public JournalEntry Entry => Results.Entry;

    /// <summary>The targets that do not run again.</summary>
    public IEnumerable<Target> Others => Entry.Targets.Except(Targets);

    /// <summary>Returns a line that says which run is repeated, and where.</summary>
    public string Describe()
    {
        var targets = string.Create(CultureInfo.InvariantCulture, $"{Targets.Length} of {NumberText.Count(Entry.Targets.Length, "host")}");
        var when = JournalText.Time(Entry.StartedAt);
        var names = HostList.Fold(Targets.Select(target => target.Label));
        return string.Create(CultureInfo.InvariantCulture, $"volley: repeating run {Entry.Number} of {when} on {targets}: {names}: {Entry.Title}");
    }

    /// <summary>Makes sure that what is not stored is given again, and asks for the values of variables.</summary>
    /// <param name="options">The options.</param>
    /// <param name="ask">Asks for a value on the terminal, without echo; returns null if there is no terminal.</param>
    /// <exception cref="UsageException">Something is missing.</exception>
    public void Complete(RunOptions options, Func<string, string?> ask)
    {
        var run = string.Create(CultureInfo.InvariantCulture, $"{Entry.Number}");
        foreach (var name in Entry.Omitted.Where(name => name != Command))
        {
            if (options.All.FirstOrDefault(option => option.Name == name) is not { IsGiven: false } missing)
                continue;
            throw new UsageException(missing == options.Job.Stdin
                ? $"run {run} sent standard input to its hosts, which its journal does not have; give it again: volley retry {run} --stdin < FILE"
                : $"run {run} had {name}, whose value is not in its journal; give it again: volley retry {run} {name} {missing.ValueName}");
        }

        foreach (var name in StoredOptions.GetMissingVariables(options, Entry).ToArray())
        {
            if (ask($"Value of {name}: ") is not { } value)
            {
                throw new UsageException(
                    $"run {run} had --env {name}, whose value is not in its journal; give it again: volley retry {run} --env {name}=VALUE");
            }

            options.Job.Environment.Take($"{name}={value}");
        }
    }
}
