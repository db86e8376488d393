using System.Globalization;
using Microsoft.Extensions.Logging;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Run;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>Creates the settings that show a run of the journal again.</summary>
internal static class ReplaySettings
{
    /// <summary>Returns the settings.</summary>
    /// <param name="results">The run.</param>
    /// <param name="output">The options for output.</param>
    /// <param name="environment">The terminal.</param>
    /// <param name="note">Receives each line for standard error.</param>
    /// <exception cref="UsageException">The run can't be shown in this way.</exception>
    public static RunSettings Create(RunResults results, OutputOptions output, ProgramEnvironment environment, Action<string> note)
    {
        var entry = results.Entry;
        var number = entry.Number.ToString(CultureInfo.InvariantCulture);
        var stored = new RunOptions();
        StoredOptions.Apply(stored, entry);
        stored.Repeat(new RepeatedRun(results.Entry, results.Results, []));
        if (stored.Verb == RunVerb.Pull && stored.Output.Gathers && output.Gathers)
        {
            throw new UsageException(
                $"the contents of files are not in the journal; to read them anew: volley retry {number}, or show the results with --output normal");
        }

        var settings = output.Settings(environment, entry.Targets.Length, new Flag("--stdin") { Help = "" }, note);
        return new RunSettings
        {
            Plan = stored.Job.Plan(new RunPlan(entry.Targets, CreateJob(stored)) { MainRank = entry.MainRank }),
            Transport = TransportChoice.Auto,
            Ssh = new SshOptions(),
            AskPassphrase = (_, _) => null,
            Pacing = (0, null),
            Output = settings with { ShowsProgress = false, ShowsSummary = settings.ShowsSummary && !results.IsRunning },
            Verbosity = LogLevel.Warning,
            IsBatch = true,
            Strategy = stored.ExitCode.Strategy(stored.Verb.CountsAllHosts() ? ExitCodeStrategy.RequireAllSuccess : ExitCodeStrategy.MainRank),
            IsStrategyNamed = stored.ExitCode.IsStrategyNamed,
            CannotRepeat = $"this run has ended; to run it again: volley retry {number}",
            Hints = [],
            Notes = [],
            Lock = null,
            KnownExitCode = results.End?.ExitCode,
            GoesOn = results.IsRunning,
        };
    }

    /// <summary>Returns a job of the same kind and with the same title, which is never run.</summary>
    private static Job CreateJob(RunOptions stored)
    {
        var (entry, arguments) = (stored.Repeated!.Entry, stored.Command);
        return stored.Verb switch
        {
            RunVerb.Ping => new PingJob(),
            RunVerb.Reboot => stored.Reboot.CreateReboot(),
            RunVerb.WaitFor => stored.Reboot.CreateWait(arguments),
            RunVerb.Push when arguments.Length > 1 => new PushJob(arguments[..^1], arguments[^1]),
            RunVerb.Sync when arguments.Length > 1 => new PushJob(arguments[..^1], arguments[^1]) { Sync = new SyncOptions() },
            RunVerb.Pull when stored.Output.Gathers => new PullJob(arguments),
            RunVerb.Pull when arguments.Length > 1 => new PullJob(arguments[..^1], arguments[^1]),
            _ => CreateCommand(stored),
        };
    }

    private static Job CreateCommand(RunOptions stored)
    {
        var title = stored.Steps.GetFirstTitle(stored.Repeated!.Entry.Title) ?? string.Join(' ', stored.Command);
        return stored.Steps.Apply(stored.Retry.Apply(CommandJob.Program("true") with { Title = title }), step => step);
    }
}
