using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Output;
using Volley.Cli.Selection;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>An earlier run that is repeated on some of its targets. The results of the others count for the exit code.</summary>
/// <param name="Entry">What was known at the start of the earlier run.</param>
/// <param name="Results">The results of the earlier run, by the index of the target.</param>
/// <param name="Targets">The targets to run, in their order.</param>
internal sealed record RepeatedRun(JournalEntry Entry, IReadOnlyList<NodeResult> Results, ImmutableArray<Target> Targets)
{
    /// <summary>The argument that stands for the command in the list of what is not stored.</summary>
    public const string Command = "command";

    /// <summary>The verb that repeats the run.</summary>
    public string Verb { get; init; } = CommandLine.Retry;

    /// <summary>Whether the script is the copy in the journal.</summary>
    public bool SendsStoredScript { get; init; }

    /// <summary>The canary of the earlier run, as far as it failed.</summary>
    public IEnumerable<Target> FailedCanary { get; init; } = [];

    /// <summary>The targets that do not run again.</summary>
    public IEnumerable<Target> Others => Entry.Targets.Except(Targets);

    /// <summary>The ends of the targets that do not run again.</summary>
    public IEnumerable<NodeFinished> Ends => Others.Select(target => new NodeFinished(target, Results[target.Index]));

    /// <summary>The targets to run that succeeded, but were not checked. Their command does not run again.</summary>
    public IEnumerable<Target> Unchecked => Targets.Where(target => Results[target.Index].Outcome == NodeOutcome.NotChecked);

    /// <summary>Returns a line that says which run is repeated, and where.</summary>
    public string Describe()
    {
        var targets = string.Create(CultureInfo.InvariantCulture, $"{Targets.Length} of {NumberText.Count(Entry.Targets.Length, "host")}");
        var when = JournalText.Time(Entry.StartedAt);
        var names = HostList.Fold(Targets.Select(target => target.Label));
        return string.Create(CultureInfo.InvariantCulture, $"volley: repeating run {Entry.Number} of {when} on {targets}: {names}: {Entry.Title}");
    }

    /// <summary>Refuses to run hosts that have never started, if the canary of the earlier run failed and does not run again.</summary>
    /// <param name="canary">The option that names the canary of this run.</param>
    /// <exception cref="UsageException">The canary failed.</exception>
    public void CheckCanary(Option canary)
    {
        if (canary.IsRequested || canary.Origin is { Layer: OptionLayer.CommandLine })
            return;
        var failed = FailedCanary.Except(Targets).ToList();
        if (failed.Count == 0)
            return;
        // The results of hosts that may still run are not known.
        var running = failed.Where(target => Results[target.Index].MayStillRun).ToList();
        failed = [.. failed.Except(running)];
        string[] states =
        [
            .. failed.Count == 0 ? [] : (string[])[$"the canary {Fold(failed)} of run {Number} failed"],
            .. running.Count == 0 ? [] : (string[])[$"{JournalText.Activity(Entry)} of run {Number} may still run on the canary {Fold(running)}"],
        ];
        var again = running.Count == 0 ? "" : $" {RepeatRequest.IncludeRunning}";
        throw new UsageException(
            $"{string.Join(", and ", states)}, so that the other hosts do not start; to run it again before them: volley retry {Number}{again}; "
            + $"to choose another one: volley resume {Number} {canary.Name} HOST; to start without one: volley resume {Number} {canary.Negation}");
    }

    /// <summary>Makes sure that what is not stored is given again. Variables are asked for later.</summary>
    /// <param name="options">The options.</param>
    /// <param name="isDryRun">Whether nothing is run, so that no standard input is needed.</param>
    /// <exception cref="UsageException">Something is missing.</exception>
    public void CheckGiven(RunOptions options, bool isDryRun)
    {
        foreach (var name in Entry.Omitted.Where(name => name != Command))
        {
            if (options.All.FirstOrDefault(option => option.Name == name) is not { IsGiven: false } missing)
                continue;
            if (missing == options.Job.Stdin && isDryRun)
                continue;
            var (what, again) = missing == options.Job.Script ? ($"ran a script that is not in its journal ({Entry.Title})", "--script FILE")
                : missing == options.Job.Stdin ? ("sent standard input to its hosts, which its journal does not have", "--stdin < FILE")
                : ($"had {name}, whose value is not in its journal", $"{name} {missing.ValueName}");
            throw new UsageException($"run {Number} {what}; give it again: volley {Verb} {Number} {again}");
        }
    }

    /// <summary>Asks for the values of variables that are not stored.</summary>
    /// <param name="options">The options.</param>
    /// <param name="environment">The terminal.</param>
    /// <param name="asks">Whether to ask.</param>
    /// <returns>The line that says which run is repeated, unless it was printed before a question.</returns>
    /// <exception cref="UsageException">There is no terminal.</exception>
    /// <exception cref="DeclinedException">The user ended the input.</exception>
    public IEnumerable<string> Begin(RunOptions options, ProgramEnvironment environment, bool asks)
    {
        string[] missing = asks ? [.. StoredOptions.GetMissingVariables(options, Entry)] : [];
        if (missing.Length == 0)
            return [Describe()];
        environment.Report(Describe());
        foreach (var name in missing)
        {
            if (environment.AskSecret($"Value of --env {name} of run {Number}: ") is not { } value)
            {
                throw new UsageException(
                    $"run {Number} had --env {name}, whose value is not in its journal; give it again: volley {Verb} {Number} --env {name}=VALUE");
            }

            options.Job.Environment.Take($"{name}={value}");
        }

        return [];
    }

    private static string Fold(IEnumerable<Target> targets) => HostList.Fold(targets.Select(target => target.Label));

    private string Number => Entry.Number.ToString(CultureInfo.InvariantCulture);
}
