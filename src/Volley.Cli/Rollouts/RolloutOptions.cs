using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;
using Volley.Inventory;
using Volley.Rollout;

namespace Volley.Cli.Rollouts;

/// <summary>The options that run a job in batches, and that stop it when too many hosts fail.</summary>
internal sealed class RolloutOptions() : OptionGroup("Rollout")
{
    private const string ChangesNothing = "it changes nothing that could be checked";
    private const string RunsNothing = "it runs no command";

    public readonly Option<IReadOnlyList<TargetShare>> BatchSize = new(RolloutValues.BatchSizes, "--batch-size")
    {
        HasNoEffectOnWaits = true,
        ValueName = "N|N%,…",
        Help = "run in batches of these sizes (1,10%,rest); the last one is repeated",
        Default = "all at once",
    };
    public readonly Option<RolloutPause> Pause = new(RolloutPause.Read, "--pause")
    {
        HasNoEffectOnWaits = true,
        ValueName = "TIME|ask",
        Help = "time between batches, or ask on the terminal before each",
        Default = "0",
    };
    public readonly Option<string> Canary = new(Values.Hosts, "--canary")
    {
        HasNoEffectOnWaits = true,
        ValueName = "HOSTS",
        Completes = OptionValues.Hosts,
        Help = "hosts that run first; if one fails, no other starts",
    };
    public readonly Option<RolloutSpread> Spread = new(RolloutSpread.Read, "--spread")
    {
        HasNoEffectOnWaits = true,
        ValueName = "ATTRIBUTE[=N]",
        Help = "at most N hosts (1) at once with the same value of the attribute, such as rack=2",
    };
    public readonly Option<string> Check = new(Values.Program, "--check")
    {
        ValueName = "COMMAND",
        Help = "after each batch, run COMMAND on its hosts; one that fails counts as failed",
        HasVariable = false,
        NeedsCommand = ChangesNothing,
        AlsoFor = [RunVerb.Reboot],
    };
    public readonly Option<int?> CheckRetries = new(Values.Number(0, 1_000_000), "--check-retries")
    {
        ValueName = "N",
        Help = "repeat a failed check up to N times",
        Default = "0",
        NeedsCommand = ChangesNothing,
        AlsoFor = [RunVerb.Reboot],
    };
    public readonly Option<TimeSpan?> CheckDelay = new(Values.DurationOrZero("at once"), "--check-delay")
    {
        ValueName = "TIME",
        Help = "time before each repetition of a check",
        Default = "1s",
        NeedsCommand = ChangesNothing,
        AlsoFor = [RunVerb.Reboot],
    };
    public readonly Option<TimeSpan?> CheckTimeout = new(Values.DurationOrZero("no limit"), "--check-timeout")
    {
        ValueName = "TIME",
        Help = "time limit for a check; 0 for none",
        Default = "60",
        NeedsCommand = ChangesNothing,
        AlsoFor = [RunVerb.Reboot],
    };
    public readonly Option<TargetShare?> MaxFail = new(RolloutValues.Threshold, "--max-fail")
    {
        HasNoEffectOnWaits = true,
        ValueName = "N|N%",
        Help = "stop when more hosts fail, of all hosts; unreachable ones do not count",
        Default = "no limit; 0 with --check and for reboot",
    };
    public readonly Option<TargetShare?> MaxUnreachable = new(RolloutValues.Threshold, "--max-unreachable")
    {
        HasNoEffectOnWaits = true,
        ValueName = "N|N%",
        Help = "stop when more hosts can't be reached, of all hosts",
        Default = "no limit; 0 with --check and for reboot",
    };
    public readonly Option<string> OkCodes = new(RolloutValues.CheckCodes, "--ok-codes")
    {
        ValueName = "CODES",
        Help = "exit codes that count as success: 0,1 or 0-3",
        Default = "0",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };

    public override IReadOnlyList<Option> Options =>
        [BatchSize, Pause, Canary, Spread, Check, CheckRetries, CheckDelay, CheckTimeout, MaxFail, MaxUnreachable, OkCodes];

    /// <summary>The names of the hosts that <c>--canary</c> led to; null if it is not given, or they are not known yet.</summary>
    public string? CanaryNames { get; private set; }

    private bool IsRollout => Options.Any(option => option != OkCodes && option.IsGiven);

    /// <summary>Checks that the options are consistent with each other.</summary>
    /// <param name="choice">The options that answer questions.</param>
    /// <param name="environment">The terminal.</param>
    /// <exception cref="UsageException">They are not, or there is no terminal to ask on.</exception>
    public void CheckConsistency(ChoiceOptions choice, ProgramEnvironment environment)
    {
        if (!Check.IsGiven)
            Require(Check.Name, CheckRetries, CheckDelay, CheckTimeout);
        if (!BatchSize.IsGiven && !Canary.IsGiven)
            Require($"{BatchSize.Name} or {Canary.Name}", Pause);
        if (Pause.Value is { Asks: true } && !choice.Yes.IsGiven && !choice.DryRun.IsGiven && !environment.HasTerminal())
            throw Pause.Error("--pause ask needs a terminal to ask on, and there is none; to run without the questions: --yes");
    }

    /// <summary>Returns a plan with the codes of success.</summary>
    public RunPlan Apply(RunPlan plan) => plan with { OkCodes = OkCodes.Value is { } codes ? RolloutValues.ParseCodes(codes) : null };

    /// <summary>Creates the settings of a rollout; null without its options.</summary>
    /// <param name="options">All options.</param>
    /// <param name="plan">The plan, with the targets that run.</param>
    /// <param name="check">The command of the check; null for none.</param>
    /// <param name="selection">The selection of the hosts, and the sources of groups.</param>
    /// <param name="mask">The values that are secret; null for none.</param>
    /// <param name="note">Receives each line for standard error.</param>
    /// <exception cref="UsageException">The canary is not one of the hosts, or no host has the attribute of the spread.</exception>
    /// <exception cref="HostListException">The expression of the canary is invalid.</exception>
    /// <exception cref="HostSourceException">A source that the expression names can't be read.</exception>
    public async ValueTask<RolloutSettings?> CreateAsync(
        RunOptions options, RunPlan plan, CommandJob? check, TargetSelection selection, SecretMask? mask, Action<string> note)
    {
        var isReboot = plan.Job is RebootJob;
        var earlier = GetEarlier(options.Repeated);
        if (!IsRollout && !isReboot && earlier.IsEmpty)
            return null;
        options.Repeated?.CheckCanary(Canary);
        CheckSpread(plan.Targets, note);
        var canary = await FindCanaryAsync(plan.Targets, selection.Sources, options.Repeated?.Entry.Targets);
        // A reboot that was never tried must not reach all machines.
        if (isReboot && !Canary.IsGiven && plan.Targets.Length > 1)
            canary = [.. plan.Targets.Where(target => !earlier.ContainsKey(target.Index)).Take(1)];
        var none = isReboot ? new TargetShare(0, IsPercent: false) : (TargetShare?)null;
        var rollout = new RolloutPlan
        {
            BatchSizes = [.. BatchSize.Value ?? (isReboot ? [new TargetShare(10, IsPercent: true)] : [])],
            Canary = canary,
            SpreadAttribute = Spread.Value?.Attribute,
            SpreadLimit = Spread.Value?.Limit ?? 1,
            Pause = Pause.Value?.Time ?? TimeSpan.Zero,
            NeedsApproval = Pause.Value is { Asks: true } && !options.Choice.Yes.IsGiven,
            Check = check is null ? null : CreateCheck(check),
            MaxFailed = MaxFail.Value ?? none,
            MaxUnreachable = MaxUnreachable.Value ?? none,
            Earlier = earlier,
        };
        return new RolloutSettings(rollout, new RolloutControl(), rollout.GetBatches(plan.Targets))
        {
            Continuation = new RepeatedCommand(options, plan, canary, selection.CanNarrowAgain, mask),
        };
    }

    /// <summary>Returns the results of hosts that are only checked. Without a check, they are done.</summary>
    private static ImmutableDictionary<int, NodeResult> GetEarlier(RepeatedRun? repeated) => repeated is null
        ? ImmutableDictionary<int, NodeResult>.Empty
        : repeated.Unchecked.ToImmutableDictionary(
            target => target.Index, target => repeated.Results[target.Index] with { Outcome = NodeOutcome.Exited, Stop = StopReason.None });

    private static void Require(string other, params Option[] options)
    {
        foreach (var option in options)
        {
            option.DropDefault();
            if (option.IsGiven)
                throw new UsageException($"{option.Name} requires {other}");
        }
    }

    private RolloutCheck CreateCheck(CommandJob command)
    {
        if (CheckRetries.Value is > 0 and var retries)
            command = command with { Retry = new CommandRetry(retries) { Delay = CheckDelay.Value ?? TimeSpan.FromSeconds(1) } };
        return CheckTimeout.Value is not { } limit ? new RolloutCheck(command)
            : new RolloutCheck(command) { Timeout = limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan };
    }

    private void CheckSpread(ImmutableArray<Target> targets, Action<string> note)
    {
        if (Spread.Value is not { Attribute: var attribute })
            return;
        var without = targets.Where(target => !target.Attributes.ContainsKey(attribute)).ToList();
        if (without.Count == targets.Length)
            throw Spread.Error($"--spread {attribute}: no host has this attribute; select hosts with attributes, such as those of -C or @groups");
        if (without.Count > 0)
            note($"volley: warning: --spread {attribute} does not limit hosts without it: {HostList.Fold(without.Select(target => target.Label))}");
    }

    private async ValueTask<ImmutableArray<Target>> FindCanaryAsync(ImmutableArray<Target> targets, SourceAccess sources, ImmutableArray<Target>? repeated)
    {
        if (Canary.Value is not { } text)
            return [];
        var expression = HostExpression.Parse(text, Canary.ExpressionOrigin);
        ImmutableArray<Target> found = [.. (await expression.FindIndicesAsync(targets, sources.Get(expression))).Select(index => targets[index])];
        // That of an earlier run may have names which an exclusion has removed since.
        if (Canary.IsRequested || repeated is null)
            await CheckCanaryAsync(expression, repeated ?? targets, sources);
        if (found.IsEmpty && repeated is null)
            throw Canary.Error($"--canary {text}: no host of it is among the {targets.Length} hosts; the first is {targets[0].Label}");
        CanaryNames = found.IsEmpty ? text : HostList.Fold(found.Select(target => target.Name));
        return found;
    }

    /// <summary>Refuses names of the canary that are not hosts of the run, because a smaller canary shows less.</summary>
    private async ValueTask CheckCanaryAsync(HostExpression expression, ImmutableArray<Target> targets, SourceAccess sources)
    {
        if (!expression.IsList)
            return;
        var unknown = new List<string>();
        foreach (var name in HostList.Parse(expression.Text).Select(host => host.Name).Distinct())
        {
            var one = HostExpression.Parse(name, Canary.ExpressionOrigin);
            if ((await one.FindIndicesAsync(targets, sources.Get(one))).Count == 0)
                unknown.Add(name);
        }

        if (unknown.Count > 0)
        {
            throw Canary.Error(string.Create(
                CultureInfo.InvariantCulture,
                $"{Canary.Name} {Canary.Value}: {HostList.Fold(unknown)} {(unknown.Count == 1 ? "is" : "are")} not among the {targets.Length} hosts; the first is {targets[0].Label}"));
        }
    }
}
