using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Journal;
using Volley.Cli.Keys;
using Volley.Cli.Locking;
using Volley.Cli.Options.Limits;
using Volley.Cli.Output;
using Volley.Cli.Relays;
using Volley.Cli.Rollouts;
using Volley.Cli.Run;
using Volley.Cli.Selection;
using Volley.Cli.Transfer;
using Volley.Cli.Variables;
using Volley.Inventory;
using Volley.Rollout;

namespace Volley.Cli.Options;

/// <summary>Converts the command line, the environment, the files and the terminal into <see cref="RunSettings"/>, which need no further lookup.</summary>
/// <param name="options">The command line.</param>
/// <param name="environment">The environment of the program.</param>
internal sealed class SettingsResolver(RunOptions options, ProgramEnvironment environment)
{
    private readonly List<string> _notes = [];
    private AuthorizedKey? _key;
    private readonly SourceAccess _sources = SourceAccess.Of(options, environment);

    /// <summary>Returns the settings.</summary>
    /// <exception cref="UsageException">The options are inconsistent, or refer to something that does not exist.</exception>
    /// <exception cref="HostListException">A host expression is invalid.</exception>
    /// <exception cref="HostSourceException">A source of groups can't be read.</exception>
    /// <exception cref="ConfigurationException">A configuration file is invalid.</exception>
    /// <exception cref="EmptySelectionException">No host is left after exclude and filter.</exception>
    /// <exception cref="LockException">Another run holds the lock of --lock.</exception>
    /// <exception cref="DeclinedException">The question of --confirm was not answered with yes.</exception>
    public async ValueTask<RunSettings> ResolveAsync()
    {
        var strategy = options.ExitCode.Strategy(
            options.Verb.CountsAllHosts() ? ExitCodeStrategy.RequireAllSuccess
                : options.Repeated is null ? ExitCodeStrategy.MainRank
                : ExitCodeStrategy.CheckAllNodes);
        var isDryRun = options.Choice.DryRun.IsGiven;
        options.Repeated?.CheckGiven(options, isDryRun);
        CheckAll();
        if (options.Repeated is { } repeated)
            _notes.AddRange(repeated.Begin(options, environment, asks: !isDryRun));
        options.Attached?.AskSecrets(options, environment);

        var placeholders = LacksCommand ? null : CreatePlaceholders();
        var transport = options.Job.TransportChoice;
        var connectTimeout = options.Job.ConnectTimeout.Value;
        var ssh = options.Connections.Ssh(options.Hosts, connectTimeout, options.Verb);
        if (transport.UsesSsh())
            SshOptionErrors.Check(ssh);
        var selection = new TargetSelection(options, _sources, environment, _notes.Add);
        var targets = Stored?.Targets ?? await selection.SelectAsync();
        targets = RelayLimits.AddJump(options, targets);
        options.Hosts.CheckDefaultIdentities(targets);
        ssh = ssh with { IdentityFiles = [.. options.Hosts.Identity.Values] };
        var mainRank = Stored?.MainRank ?? await options.ExitCode.FindMainRankAsync(targets, _sources, environment);
        var output = options.Output.Settings(environment, targets.Length, options.Job.Stdin, _notes.Add);
        var journal = options.Journal.Open(environment.Variable);
        var id = options.Attached?.Entry.Id ?? journal?.CreateId() ?? RunId.Create(TimeProvider.System);
        var variables = options.Verb.RunsCommand() || options.Verb == RunVerb.WaitFor || options.Rollout.Check.IsGiven
            ? HostVariables.Create(options, targets, mainRank, id, placeholders?.Names ?? [])
            : null;
        if (variables?.UnusedRows is > 0 and var unused)
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"{options.Variables.Each.Name}: rows for hosts that are not in this run: {unused}"));
        var mask = options.Journal.CreateMask([.. options.Job.Environment.Values, .. variables?.GetAll(options.Journal.Secrets.Values, targets) ?? []]);
        var job = CreateJob(mask, variables, placeholders);
        var plan = CreatePlan(targets, job) with { MainRank = mainRank, MaxOutput = output.Limit, ReusesOutputBuffers = true };
        plan = RebootOptions.Apply(options.Rollout.Apply(options.Limits.Apply(options.Job.Plan(plan))));
        var running = Subset is { } subset ? plan.Only(subset.Targets) : plan;
        var rollout = await options.Rollout.CreateAsync(options, running, CreateCheck(job, mask, variables, placeholders), selection, mask, _notes.Add);
        if (rollout is not null && LacksCommand)
            throw new UsageException("the next batches need what the run was started with; give it again: --script FILE, --stdin < FILE or --each FILE");
        if (options.Elevation.GetAgentNote(options.Connections.ForwardAgent) is { } note)
            _notes.Add(note);
        // What follows reads files and asks the user, which is of use only once the run can begin.
        var heldLock = isDryRun ? null : await options.Lock.TakeAsync(options, mask, environment.Report);
        if (job is PushJob push)
            TransferOptions.CheckSources(push, plan, _notes.Add);
        if (job is RebootJob)
        {
            await RebootOptions.CheckJumpHostsAsync(ssh, transport, running.Targets);
            RebootOptions.Ask(options, running, _sources.Configuration.ConfirmAbove, environment.Ask);
        }

        if (options.Choice.Confirm.IsGiven && !isDryRun && !options.Choice.Yes.IsGiven)
            new Confirmation(running, _sources.Configuration.ConfirmAbove, user: options.Elevation.Description).Ask(environment.Ask);
        if (job is PullJob pull && !isDryRun)
            PullOperands.Prepare(pull);
        return new RunSettings
        {
            Plan = plan,
            Transport = transport,
            Lock = heldLock,
            Ssh = ssh with
            {
                // The password is asked for last, once the command line is known to be valid.
                Password = isDryRun ? null : await options.Connections.GetPasswordAsync(environment),
                PromptCallback = options.Connections.Asks(options.Verb) ? environment.AnswerPrompt : null,
                MaxIdleConnections = output.Modes.Main != OutputMode.Tui && AreDifferent(targets) && job is not CommandJob { Retry: not null } ? 0 : null,
            },
            AskPassphrase = environment.AskPassphrase,
            User = options.Elevation.Description,
            Elevation = isDryRun ? null : await options.Elevation.ResolveAsync(environment),
            Pacing = options.Connections.Pacing(connectTimeout),
            Supervision = options.Disconnect.Settings(),
            Relays = RelaySettings.Create(options, plan, running.Targets, id, mask, environment),
            Output = output,
            Verbosity = options.Output.Verbosity,
            IsBatch = options.Job.Batch.IsGiven,
            Strategy = strategy,
            IsStrategyNamed = options.ExitCode.IsStrategyNamed,
            CannotRepeat = JobCommands.Get(job).Any(command => command.Input is { IsRepeatable: false })
                ? "the script came through a pipe and can't be read again"
                : null,
            Repeated = Subset,
            Mask = mask,
            Rollout = rollout,
            Ask = environment.Ask,
            ToLocalArgument = placeholders is null
                ? Placeholders.Replace
                : (argument, target, user) => placeholders.Expand(argument, variables!, target, user),
            Journal = isDryRun || journal is null ? null : CreateJournal(journal, job, mask, id),
            Hints = [.. new[] { PublicKeyHint.Find(options.Hosts, environment), MisplacedVerb.Find(options) }.OfType<FailureHint>()],
            Notes = [.. _notes],
        };
    }

    /// <summary>The run that is repeated or continued; null for a new one.</summary>
    private JournalEntry? Stored => options.Repeated?.Entry ?? options.Attached?.Entry;

    /// <summary>The earlier run of which only some targets run; null for a run of all targets.</summary>
    private RepeatedRun? Subset => options.Repeated ?? options.Attached?.Repeated;

    /// <summary>Whether only the title of the command is known.</summary>
    private bool LacksCommand => options.Attached?.LacksCommand(options) == true;

    /// <summary>Checks that hosts are named, and that the options which choose among them are consistent.</summary>
    /// <exception cref="UsageException">No hosts are named, or the options are inconsistent.</exception>
    public static void CheckHosts(RunOptions options, ProgramEnvironment environment)
    {
        if (options.Repeated is null && options.Attached is null && !options.Hosts.NameHosts && !TargetSelection.IsInCluster(environment))
            throw new UsageException($"no hosts; name them with {options.Hosts.Naming}");
        options.Choice.Check();
    }

    private static RunPlan CreatePlan(ImmutableArray<Target> targets, Job job)
    {
        try
        {
            return new RunPlan(targets, job);
        }
        catch (ArgumentException misfit) when (job is PullJob)
        {
            throw new UsageException(misfit.Message);
        }
    }

    private void CheckAll()
    {
        try
        {
            Check();
        }
        catch (UsageException failure) when (MisplacedVerb.Explain(options) is { } hint)
        {
            throw new UsageException($"{failure.Message}; {hint}");
        }
    }

    private void Check()
    {
        CheckHosts(options, environment);
        if (options.Verb.IsTransfer())
            CopyHabits.CheckAll(options.Verb, options.Hosts);
        if (options.Verb == RunVerb.Pull)
            PullOperands.Check(options.Command, options.Output, options.Transfer);
        if (!options.Verb.EditsKeys() && !options.Verb.IsTransfer() && !LacksCommand)
            options.Job.Check(options.Command, options.Verb);
        RebootOptions.Check(options);
        options.Retry.Check(options.Job.Stdin);
        options.Steps.Check(options.Retry.Limit, options.Rollout.Spread, options.Job.TransportChoice.UsesSsh());
        options.Rollout.CheckConsistency(options.Choice, environment);
        options.Elevation.Check(options.Job, options.Verb, options.Command.Length > 0);
        options.CheckPlaces();
        if (options.Verb.EditsKeys())
            _key = AuthorizedKey.Read(options.Verb, options.Command);
        options.Disconnect.Check();
        options.Lock.Check();
        options.Connections.Check(options.Verb, transport: options.Job, options.Output);
        options.Output.Check();
        options.Relays.Check(options);
        if (!options.Verb.IsTransfer())
            options.Job.CheckLength(options.Command);
        options.Variables.Check(options.Verb, options.Rollout.Check);
        options.Hosts.CheckFiles();
        environment.CheckSockets();
    }

    private CommandPlaceholders? CreatePlaceholders() => options.Variables.TakesPlaceholders()
        ? new(
            options.Command,
            options.Rollout.Check.Value is { } check ? [.. options.Steps.Then.Values, check] : options.Steps.Then.Values,
            isLine: options.Job.TransportChoice.UsesSsh() && !options.Job.Script.IsGiven)
        : null;

    private Job CreateJob(SecretMask? mask, HostVariables? variables, CommandPlaceholders? placeholders) => options.Verb switch
    {
        RunVerb.Ping or RunVerb.Connect => new PingJob(),
        RunVerb.PushKey or RunVerb.RemoveKey => _key!.CreateJob(options.Verb, options.Choice.Yes.IsGiven),
        RunVerb.Reboot => options.Reboot.CreateReboot(options.Job.GetTerminal(environment)),
        RunVerb.WaitFor => options.Reboot.CreateWait(options.Command, variables!, options.Job.GetTerminal(environment)),
        RunVerb.Push or RunVerb.Sync => options.Transfer.CreateJob(options.Verb, options.Command),
        RunVerb.Pull => PullOperands.CreateJob(options.Command, options.Output.Gathers, options.Transfer),
        _ => options.Steps.Apply(
            options.Retry.Apply(CreateCommand(mask, variables!, placeholders)),
            title => mask?.Hide(title) ?? title,
            line => placeholders?.ToLine(line, variables!) ?? line),
    };

    private CommandJob CreateCommand(SecretMask? mask, HostVariables variables, CommandPlaceholders? placeholders)
    {
        if (LacksCommand)
            return options.Attached!.CreateUnknownCommand(options);
        var job = options.Job.Job(
            options.Command,
            placeholders?.ToLine(variables),
            placeholders is null ? null : argument => placeholders.ToWord(argument, variables),
            environment,
            _notes.Add);
        return job with
        {
            Title = GetTitle(job, mask),
            TargetEnvironment = variables.HasAny ? variables.Get : null,
            Secrets = [.. options.Journal.Secrets.Values],
            WorkingDirectory = options.Variables.WorkingDirectory.Value,
        };
    }

    /// <summary>Returns the command of <c>--check</c>, with what the command has; null without one.</summary>
    private CommandJob? CreateCheck(Job job, SecretMask? mask, HostVariables? variables, CommandPlaceholders? placeholders)
    {
        if (options.Rollout.Check.Value is not { } line)
            return null;
        var check = CommandJob.Shell(placeholders?.ToLine(line, variables!) ?? line) with { Title = mask?.Hide(line) ?? line };
        return JobCommands.Get(job) is [var first, ..] && options.Verb.RunsCommand()
            ? StepOptions.Share(check, first)
            : check with { Terminal = options.Job.GetTerminal(environment), TargetEnvironment = variables is { HasAny: true } ? variables.Get : null };
    }

    private string GetTitle(CommandJob job, SecretMask? mask)
    {
        // The path of the stored copy says nothing.
        if (options.Repeated is { SendsStoredScript: true, Entry.Title: var title })
            return options.Steps.GetFirstTitle(title) ?? title;
        return mask?.Hide(job.Title) ?? job.Title;
    }

    private JournalSettings? CreateJournal(RunJournal journal, Job job, SecretMask? mask, RunId id)
    {
        // A repetition would take the key's path for a command.
        if (options.Verb.EditsKeys())
            return null;
        var (words, omitted) = StoredOptions.Get(options, mask);
        var isSecret = mask is not null && options.Command.Any(argument => mask.Hide(argument) != argument);
        return new JournalSettings
        {
            Journal = journal,
            // The journal of this machine may have the run that is continued.
            Id = options.Attached is null ? id : journal.CreateId(),
            Continues = options.Attached?.Entry.Id,
            Level = options.Journal.KeptOutput,
            Options = words,
            Arguments = isSecret ? [.. options.Command.Select(mask!.Hide)] : [.. options.Command],
            Omitted = isSecret ? [.. omitted, RepeatedRun.Command] : omitted,
            Script = JobCommands.Get(job) is [{ IsScript: true, Input.IsRepeatable: true }, ..] ? options.Job.Script.Value : null,
        };
    }

    /// <summary>Returns whether each host is the target only once, so that none is connected to again.</summary>
    private static bool AreDifferent(ImmutableArray<Target> targets) => targets.Select(target => target.Host).Distinct().Count() == targets.Length;
}
