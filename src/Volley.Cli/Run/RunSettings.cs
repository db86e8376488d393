using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Volley.Cli.Journal;
using Volley.Cli.Relays;
using Volley.Cli.Rollouts;

namespace Volley.Cli.Run;

/// <summary>The complete settings of a run, derived from command line, environment and terminal. A run parses and looks up nothing else.</summary>
internal sealed record RunSettings
{
    public required RunPlan Plan { get; init; }

    public required TransportChoice Transport { get; init; }

    /// <summary>The lock that is held for the run; null for none.</summary>
    public required IDisposable? Lock { get; init; }

    /// <summary>The SSH options of a transport over SSH, whether native or by ssh.</summary>
    public required SshOptions Ssh { get; init; }

    /// <summary>The user as which commands run, and how they become that user; null for the user who logs in.</summary>
    public ElevationSettings? Elevation { get; init; }

    /// <summary>The user as whom commands run, and how they become that user, for display; null for the user who logs in.</summary>
    public string? User { get; init; }

    /// <summary>Asks for the passphrase of a key, given its path and whether an earlier answer was wrong. Returns null if there is no terminal.</summary>
    public required PassphraseCallback AskPassphrase { get; init; }

    /// <summary>The retries of failed and of rejected connections.</summary>
    public required (int Retries, TimeSpan? BusyLimit) Pacing { get; init; }

    /// <summary>When commands are ended that the run has lost; null if they are kept.</summary>
    public SupervisionSettings? Supervision { get; init; }

    public required OutputSettings Output { get; init; }

    /// <summary>The lowest level of log messages that are shown.</summary>
    public required LogLevel Verbosity { get; init; }

    /// <summary>Whether the first Ctrl+C terminates the run.</summary>
    public required bool IsBatch { get; init; }

    public required ExitCodeStrategy Strategy { get; init; }

    /// <summary>Whether the user has chosen the strategy.</summary>
    public required bool IsStrategyNamed { get; init; }

    /// <summary>The reason why the job can't be rerun on a target; null if it can.</summary>
    public required string? CannotRepeat { get; init; }

    /// <summary>Hints to print at the end of a run with certain failures.</summary>
    public required ImmutableArray<FailureHint> Hints { get; init; }

    /// <summary>Lines to print on standard error before the run begins.</summary>
    public required ImmutableArray<string> Notes { get; init; }

    /// <summary>The journal of the run; null for none.</summary>
    public JournalSettings? Journal { get; init; }

    /// <summary>The values that are secret; null for none.</summary>
    public SecretMask? Mask { get; init; }

    /// <summary>The batches and thresholds; null for a run of all targets at once, without thresholds.</summary>
    public RolloutSettings? Rollout { get; init; }

    /// <summary>The relays that carry out the run; null for a run from this machine.</summary>
    public RelaySettings? Relays { get; init; }

    /// <summary>Asks a question on the terminal, and returns the answer; null if there is no terminal.</summary>
    public Func<string, string?> Ask { get; init; } = _ => null;

    /// <summary>Returns an argument of the command for a local process at a target, given the login name.</summary>
    public Func<string, Target, string, string> ToLocalArgument { get; init; } = Placeholders.Replace;

    /// <summary>The run that is repeated on some of the targets of the plan; null for a new run.</summary>
    public RepeatedRun? Repeated { get; init; }

    /// <summary>The exit code of a run of the journal that is shown again; null for a run.</summary>
    public int? KnownExitCode { get; init; }

    /// <summary>Whether a run of the journal still runs in another program, so that its events have no summary.</summary>
    public bool GoesOn { get; init; }

    /// <summary>The plan with the targets that run.</summary>
    public RunPlan RunningPlan => Repeated is { } repeated ? Plan.Only(repeated.Targets) : Plan;

    /// <summary>Returns the strategy for a run that ended in a way: one that failed fast has the code of the first failure, unless a strategy is named.</summary>
    public ExitCodeStrategy GetStrategy(StopReason stop) => stop == StopReason.FailFast && !IsStrategyNamed ? ExitCodeStrategy.MainRank : Strategy;
}
