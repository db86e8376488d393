using Volley.Cli.Journal;
using Volley.Cli.Locking;
using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Limits;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Relays;
using Volley.Cli.Rollouts;
using Volley.Cli.Run;
using Volley.Cli.Transfer;
using Volley.Cli.Variables;
using Volley.Inventory;
using Volley.Rollout;

namespace Volley.Cli.Options;

/// <summary>The command line of a run: its options with their values, and the arguments of the command.</summary>
internal sealed class RunOptions
{
    private readonly Flag _help = new("--help", "-h") { Help = "print this help", IsConfigurable = false, HasVariable = false };
    private readonly Flag _version = new("--version") { Help = "print the version", IsConfigurable = false, HasVariable = false };

    public RunOptions()
    {
        Groups =
        [
            Hosts, Choice, Job, Variables, Steps, Limits, Disconnect, Retry, Rollout, Reboot, Lock, Transfer, Connections, Elevation, Relays, Server, ExitCode, Output,
            Journal, Files,
            new OtherOptions(_help, _version),
        ];
        All = [.. Groups.SelectMany(group => group.Options)];
    }

    public HostOptions Hosts { get; } = new();

    public ChoiceOptions Choice { get; } = new();

    public JobOptions Job { get; } = new();

    public VariableOptions Variables { get; } = new();

    public StepOptions Steps { get; } = new();

    public LimitOptions Limits { get; } = new();

    public DisconnectOptions Disconnect { get; } = new();

    public RetryOptions Retry { get; } = new();

    public RolloutOptions Rollout { get; } = new();

    public RebootOptions Reboot { get; } = new();

    public LockOptions Lock { get; } = new();

    public TransferOptions Transfer { get; } = new();

    public ConnectionOptions Connections { get; } = new();

    public ElevationOptions Elevation { get; } = new();

    public RelayOptions Relays { get; } = new();

    public ServerOptions Server { get; } = new();

    public ExitCodeOptions ExitCode { get; } = new();

    public OutputOptions Output { get; } = new();

    public JournalOptions Journal { get; } = new();

    public ConfigurationOptions Files { get; } = new();

    /// <summary>All options, in groups.</summary>
    public IReadOnlyList<OptionGroup> Groups { get; }

    /// <summary>All options.</summary>
    public IReadOnlyList<Option> All { get; }

    /// <summary>What is done at the hosts.</summary>
    public RunVerb Verb { get; private set; }

    /// <summary>Whether the hosts are only connected to, without a command.</summary>
    public bool IsPing => Verb.IsPing();

    /// <summary>The arguments of the command, or the paths to copy.</summary>
    public string[] Command { get; set; } = [];

    /// <summary>The run that is repeated; null for a new one.</summary>
    public RepeatedRun? Repeated { get; private set; }

    /// <summary>The run at relays that is continued; null for a run of this program.</summary>
    public AttachedRun? Attached { get; private set; }

    /// <summary>The content of the configuration files.</summary>
    public VolleyConfiguration Configuration { get; private set; } = VolleyConfiguration.Empty;

    /// <summary>Parses a command line, and sets the options that it leaves open from the environment and the configuration files.</summary>
    /// <param name="arguments">The arguments after the verb.</param>
    /// <param name="verb">The verb.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">The command line or another value is invalid.</exception>
    /// <exception cref="ConfigurationException">A configuration file can't be read or is invalid.</exception>
    public static Request Parse(IEnumerable<string> arguments, RunVerb verb, Func<string, string?> variable)
    {
        var options = new RunOptions { Verb = verb };
        var (found, command) = verb.IsTransfer() || verb.EditsKeys()
            ? OptionParser.SplitMixed(options.All, [.. arguments])
            : new OptionParser(options.All).Split(arguments);
        options.Command = command;
        // --help and --version take precedence over invalid values and repeated options.
        if (found.Any(one => one.Option == options._help))
            return new TextRequest(HelpText.For(options));
        if (found.Any(one => one.Option == options._version))
            return new TextRequest($"volley {ProgramVersion.Text}\n");
        OptionParser.Set(found);
        options.Configuration = new OptionLayers(options, variable).Apply();
        options.DropMisplaced();
        return new RunRequest(options);
    }

    /// <summary>Repeats an earlier run: its job with its arguments, on some of its targets.</summary>
    public void Repeat(RepeatedRun run)
    {
        Repeated = run;
        Take(run.Entry);
    }

    /// <summary>Continues a run that relays carry out.</summary>
    public void Attach(AttachedRun run)
    {
        Attached = run;
        Take(run.Entry);
    }

    private void Take(JournalEntry run)
    {
        Verb = Enum.GetValues<RunVerb>().FirstOrDefault(verb => verb.GetName() == run.Job);
        Command = [.. run.Arguments];
    }

    /// <summary>Creates the options of a run that a profile and a cluster of a configuration select. No variable sets an option.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="profile">The name of the profile; null for none.</param>
    /// <param name="cluster">The name of the cluster; null for none.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">A value is invalid.</exception>
    public static RunOptions Create(VolleyConfiguration configuration, string? profile, string? cluster, Func<string, string?> variable)
    {
        var options = new RunOptions();
        if (profile is not null)
            options.Files.Profile.Take(profile);
        if (cluster is not null)
            options.Hosts.Cluster.Take(cluster);
        options.Configuration = new OptionLayers(options, variable).ApplyFiles(configuration);
        options.DropMisplaced();
        return options;
    }

    /// <summary>Refuses options that would have no effect.</summary>
    /// <exception cref="UsageException">There is such an option.</exception>
    public void CheckPlaces()
    {
        if (All.Where(option => option.IsGiven).Select(GetMisplacement).FirstOrDefault(message => message is not null) is { } misplacement)
            throw new UsageException(misplacement);
    }

    /// <summary>Drops values of files and variables that have no effect in this run.</summary>
    private void DropMisplaced()
    {
        DropGathering();
        foreach (var option in All.Where(option => option.IsGiven && GetMisplacement(option) is not null))
            option.DropDefault();
    }

    /// <summary>Drops gathered output that a file or a variable asks for. For a pull it would change the meaning of the last operand.</summary>
    private void DropGathering()
    {
        if (Verb != RunVerb.Pull)
            return;
        Output.Gather.DropDefault();
        if (Output.Gathers)
            Output.Output.DropDefault();
    }

    /// <summary>Returns why an option has no effect in this run; null if it has one.</summary>
    private string? GetMisplacement(Option option)
    {
        // The limit holds for files that are compared.
        var isForFiles = Verb == RunVerb.Pull && option == Output.MaxOutput && Output.Gathers;
        if (!isForFiles && option.GetMisplacement(Verb) is { } misplacement)
            return misplacement;
        if (!Job.TransportChoice.UsesSsh() && option.NeedsConnection)
        {
            return $"{option.Letter ?? option.Name} has no effect with --transport {Job.TransportChoice.GetName()}, "
                + "which does not use SSH; leave one of the two out";
        }

        return Job.TransportChoice == TransportChoice.Native && option.NeedsKeptConnection
            ? $"{option.Name} is for connections that outlive a run, which --transport native does not support; leave one of the two out"
            : null;
    }

    private sealed class OtherOptions(params Option[] options) : OptionGroup("Other")
    {
        public override IReadOnlyList<Option> Options => options;
    }
}
