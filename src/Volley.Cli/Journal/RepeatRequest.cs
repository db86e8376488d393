using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Interop.Text;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>The command lines of <c>volley retry</c> and <c>volley resume</c>.</summary>
internal static class RepeatRequest
{
    /// <summary>The name of the option that repeats commands which may still run.</summary>
    public const string IncludeRunning = "--include-running";

    /// <summary>The option that repeats commands which may still run.</summary>
    public static Flag CreateIncludeRunning() => new(IncludeRunning)
    {
        Help = "repeat also on hosts where the command may still run",
        IsConfigurable = false,
        HasVariable = false,
    };

    /// <summary>The option that repeats a run which a later one has continued.</summary>
    public static Flag CreateAgain() => new("--again")
    {
        Help = "repeat a run although a later run has continued it",
        IsConfigurable = false,
        HasVariable = false,
    };

    /// <summary>Returns the options that a repeated run takes: those that do not choose hosts, and those that show it before it begins.</summary>
    public static IEnumerable<Option> GetOptions(RunOptions options)
    {
        var choice = options.Choice;
        var refused = StoredOptions.GetSelecting(options).Except([choice.DryRun, choice.Confirm, choice.Yes]).ToHashSet();
        return options.All.Where(option => !refused.Contains(option));
    }

    /// <summary>Parses the arguments after the verb, and reads the run that they name.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">The arguments are invalid, there is no such run, or it can't be repeated.</exception>
    /// <exception cref="JournalException">The journal of the run can't be read.</exception>
    public static Request Parse(string verb, string[] arguments, Func<string, string?> variable)
    {
        var options = new RunOptions();
        var (includeRunning, again) = (CreateIncludeRunning(), CreateAgain());
        var allowed = GetOptions(options).ToHashSet();
        var (given, others) = OptionParser.SplitMixed([.. options.All, includeRunning, again], arguments);
        if (given.Any(one => one.Option.Names.Contains("--help")))
            return new TextRequest(HelpText.For(options));
        if (given.FirstOrDefault(one => one.Option != includeRunning && one.Option != again && !allowed.Contains(one.Option)).Option is { } refused)
        {
            throw new UsageException(
                $"{verb} takes no {refused.Name}: it runs on hosts of the earlier run; for other hosts use: volley run -H '@last:failed' ...");
        }

        if (others is [_, var more, ..])
            throw new UsageException($"unexpected '{more}'; {verb} repeats the command of the run: volley {verb} RUN [OPTIONS]");
        // Paths of the command line belong to the present directory, and those of the journal to the directory of the run.
        OptionParser.Set([.. given.Select(one => one.Option.IsPath && one.Value is { } path and not ("none" or "-")
            ? (one.Option, SystemFile.FullPath(path))
            : one)]);
        var journal = RunLookup.Open(variable);
        var found = RunLookup.Find(journal, others is [var run] ? run : RunLookup.Last);
        if (!again.IsGiven)
            CheckLatest(journal, found, verb);
        var reader = journal.Read(found);
        return Create(options, verb, reader, includeRunning.IsGiven);
    }

    /// <summary>Refuses to run commands a second time that a later run has repeated.</summary>
    private static void CheckLatest(RunJournal journal, JournalSummary run, string verb)
    {
        if (journal.FindRepetition(run) is not { } later)
            return;
        throw new UsageException(string.Create(
            CultureInfo.InvariantCulture,
            $"run {run.Number} was continued by run {later.Number}; to go on from there: volley {verb} {later.Number}; "
            + $"to repeat run {run.Number} as it was: volley {verb} {run.Number} --again"));
    }

    private static Request Create(RunOptions options, string verb, JournalReader reader, bool includesRunning)
    {
        var (entry, results) = (reader.Entry, RunResults.Read(reader));
        var number = entry.Number.ToString(CultureInfo.InvariantCulture);
        if (results.IsRunning)
            throw new UsageException($"run {number} is still running; wait until it ends");
        if (entry.Omitted.Contains(RepeatedRun.Command))
        {
            throw new UsageException(
                $"the command of run {number} holds a value of --secret, which is not in its journal; run it anew: volley run -H '@{number}:failed' ...");
        }

        CheckInput(options.Job.Script, "it was no script");
        CheckInput(options.Job.Stdin, "it had no standard input");
        var isFor = verb == CommandLine.Resume
            ? results.NotStarted.Concat(results.NotChecked).OrderBy(target => target.Index)
            : entry.Targets.Where(target => !results.Results[target.Index].Succeeded);
        ImmutableArray<Target> wanted = [.. isFor];
        ImmutableArray<Target> targets = [.. wanted.Where(target => includesRunning || !results.Results[target.Index].MayStillRun)];
        if (targets.Length == 0)
            return CreateNothing(verb, results, wanted);
        EnterDirectory(entry, number);
        StoredOptions.Apply(options, entry);
        var stored = !options.Job.Script.IsGiven && entry.Omitted.Contains(options.Job.Script.Name) ? reader.ScriptPath : null;
        if (stored is not null)
            options.Job.Script.TakeDefault([stored], OptionOrigin.CommandLine);
        options.Repeat(new RepeatedRun(entry, results.Results, targets)
        {
            Verb = verb,
            SendsStoredScript = stored is not null,
            FailedCanary = results.FailedCanary,
        });
        return new RunRequest(options);

        void CheckInput(Option option, string reason)
        {
            if (option.IsGiven && !entry.Omitted.Contains(option.Name))
            {
                throw new UsageException(
                    $"{verb} repeats run {number} as it was, and {reason}; leave {option.Name} out, "
                    + $"or use: volley run -H '@{number}:failed' {option.Name} ...");
            }
        }
    }

    private static NothingRequest CreateNothing(string verb, RunResults results, ImmutableArray<Target> running)
    {
        var run = string.Create(CultureInfo.InvariantCulture, $"run {results.Entry.Number}");
        if (running.Length > 0)
        {
            var reason = results.State == JournalState.Incomplete
                ? $"the journal of {run} is incomplete, and has no results of {JournalText.Hosts(running)}"
                : $"{JournalText.Activity(results.Entry)} of {run} may still run on {JournalText.Hosts(running)}";
            return new($"nothing to repeat: {reason}; add --include-running to repeat it there", ExitCodes.Failure);
        }

        var allSucceeded = results.Results.All(result => result.Succeeded);
        var code = results.End?.ExitCode ?? (verb == CommandLine.Resume ? ExitCodes.Failure : 0);
        var nothing = verb != CommandLine.Resume ? $"every host of {run} succeeded"
            : $"every host of {run} was started{(allSucceeded ? "" : "; for those that failed: volley retry")}";
        return new($"nothing to repeat: {nothing}", code == 0 && !allSucceeded ? ExitCodes.Failure : code);
    }

    private static void EnterDirectory(JournalEntry entry, string number)
    {
        if (entry.WorkingDirectory.Length == 0 || entry.WorkingDirectory == JournalText.WorkingDirectory)
            return;
        if (!SystemFile.DirectoryExists(entry.WorkingDirectory))
            throw new UsageException($"the directory of run {number} does not exist: {entry.WorkingDirectory}; its relative paths have no meaning without it");
        Environment.CurrentDirectory = entry.WorkingDirectory;
    }
}

/// <summary>The request to repeat a run on no host.</summary>
/// <param name="Message">The reason.</param>
/// <param name="Code">The exit code.</param>
internal sealed record NothingRequest(string Message, int Code) : Request;
