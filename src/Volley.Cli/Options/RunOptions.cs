using Volley.Cli.Options.Parsing;
using Volley.Cli.Run;

namespace Volley.Cli.Options;

/// <summary>The command line of a run: its options with their values, and the arguments of the command.</summary>
internal sealed class RunOptions
{
    private readonly Flag _help = new("--help", "-h") { Help = "print this help" };
    private readonly Flag _version = new("--version") { Help = "print the version" };

    public RunOptions()
    {
        Groups = [Hosts, Job, Connections, ExitCode, Output, new OtherOptions(_help, _version)];
        All = [.. Groups.SelectMany(group => group.Options)];
    }

    public HostOptions Hosts { get; } = new();

    public JobOptions Job { get; } = new();

    public ConnectionOptions Connections { get; } = new();

    public ExitCodeOptions ExitCode { get; } = new();

    public OutputOptions Output { get; } = new();

    /// <summary>All options, in groups.</summary>
    public IReadOnlyList<OptionGroup> Groups { get; }

    /// <summary>All options.</summary>
    public IReadOnlyList<Option> All { get; }

    /// <summary>Whether the hosts are only connected to, without a command.</summary>
    public bool IsPing { get; private init; }

    /// <summary>The arguments of the command.</summary>
    public string[] Command { get; private set; } = [];

    /// <summary>Parses a command line.</summary>
    /// <exception cref="UsageException">The command line is invalid.</exception>
    public static Request Parse(IEnumerable<string> arguments, bool isPing)
    {
        var options = new RunOptions { IsPing = isPing };
        var (found, command) = new OptionParser(options.All).Split(arguments);
        options.Command = command;
        // --help and --version take precedence over invalid values and repeated options.
        if (found.Any(one => one.Option == options._help))
            return new TextRequest(HelpText.For(options));
        if (found.Any(one => one.Option == options._version))
            return new TextRequest($"volley {typeof(RunOptions).Assembly.GetName().Version!.ToString(3)}\n");
        foreach (var repeated in found.GroupBy(one => one.Option).Where(group => !group.Key.MayRepeat && group.Skip(1).Any()))
            throw new UsageException($"{repeated.Key.Name} is given {repeated.Count()} times; give it once");
        foreach (var (option, value) in found)
            option.Take(value);
        return new RunRequest(options);
    }

    /// <summary>Refuses options that would have no effect.</summary>
    /// <exception cref="UsageException">There is such an option.</exception>
    public void CheckPlaces()
    {
        foreach (var option in All.Where(option => option.IsGiven))
        {
            if (IsPing && option.NeedsCommand is { } reason)
                throw new UsageException($"ping takes no {option.Name}: {reason}");
            if (!Job.TransportChoice.UsesSsh() && option.NeedsConnection)
            {
                throw new UsageException(
                    $"{option.Letter ?? option.Name} has no effect with --transport {Job.TransportChoice.GetName()}, "
                    + "which does not use SSH; leave one of the two out");
            }

            if (Job.TransportChoice == Run.TransportChoice.Native && option.NeedsKeptConnection)
            {
                throw new UsageException(
                    $"{option.Name} is for connections that outlive a run, which --transport native does not support; leave one of the two out");
            }

        }
    }

    private sealed class OtherOptions(params Option[] options) : OptionGroup("Other")
    {
        public override IReadOnlyList<Option> Options => options;
    }
}
