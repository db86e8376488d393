using System.Collections.Immutable;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Interop.Text;
using Volley.Relay;
using Volley.Rollout;

namespace Volley.Cli.Relays;

/// <summary>The request of <c>volley relay</c>: to run targets for controllers.</summary>
/// <param name="Run">The options of the server and of ssh.</param>
/// <param name="Worker">The relay.</param>
internal sealed record RelayRequest(RunOptions Run, RelayWorkerOptions Worker) : Request
{
    private const string Usage = "volley relay --server URL --group NAME --allowed-signers FILE [OPTIONS]   run commands on hosts for volley --via";
    private const int MaxName = 60;

    /// <summary>Returns the options: those of a relay, of the server, and of its ssh.</summary>
    public static IReadOnlyList<OptionGroup> GetGroups(RelayVerbOptions relay, RunOptions run) => [relay, run.Server, new RelaySshOptionGroup(run), run.Files];

    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    /// <exception cref="Volley.Inventory.ConfigurationException">A configuration file can't be read or is invalid.</exception>
    public static Request Parse(string[] arguments, Func<string, string?> variable)
    {
        var relay = new RelayVerbOptions();
        var run = new RunOptions();
        if (ServerQuery.SetUnlessHelp(CommandLine.Relay, Usage, GetGroups(relay, run), run, arguments, variable) is { } help)
            return help;
        run.Server.Check();
        run.Hosts.CheckFiles();
        if (!relay.Group.IsGiven)
            throw new UsageException("a relay has a group; name it with --group NAME");
        if (relay.AllowedSigners.IsGiven)
            PasswordSource.CheckReadable(relay.AllowedSigners);
        else if (!run.Server.Insecure.IsGiven)
            throw new UsageException("a relay runs signed jobs only; name the keys that may sign with --allowed-signers FILE");
        return new RelayRequest(run, CreateWorker(relay, run, variable));
    }

    private static RelayWorkerOptions CreateWorker(RelayVerbOptions relay, RunOptions run, Func<string, string?> variable)
    {
        var name = relay.Name.Value ?? GetMachineName();
        var state = relay.StateDirectory.Value is { } directory ? SystemFile.FullPath(directory)
            : RunJournal.FindPath(variable) is { } runs ? Path.Combine(Path.GetDirectoryName(runs)!, "relays", name)
            : throw new UsageException("HOME is not set; name a directory with --state-dir DIR");
        return new RelayWorkerOptions
        {
            Name = name,
            Group = relay.Group.Value!,
            Labels = relay.Labels.Values.Select(label => label.Split('=')).ToImmutableSortedDictionary(parts => parts[0], parts => parts[1]),
            Capacity = relay.Capacity.Value ?? RelayWorkerOptions.DefaultCapacity,
            AllowedSignersFile = relay.AllowedSigners.Value,
            IsInsecure = run.Server.Insecure.IsGiven,
            AllowsExec = relay.AllowExec.IsGiven,
            StateDirectory = state,
            AuditLogFile = relay.AuditLog.Value ?? Path.Combine(state, "audit.log"),
            Version = ProgramVersion.Text,
        };
    }

    /// <summary>Returns the name of this machine without its domain, and with no characters that names of relays do not have.</summary>
    private static string GetMachineName()
    {
        var first = Environment.MachineName.Split('.')[0];
        var name = string.Concat(first.Select(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' ? character : '-'));
        return name.Length is 0 ? "relay" : name[..Math.Min(name.Length, MaxName)];
    }

    /// <summary>The options by which a relay connects to hosts.</summary>
    private sealed class RelaySshOptionGroup(RunOptions run) : OptionGroup("Connections of the relay")
    {
        public override IReadOnlyList<Option> Options =>
            [run.Hosts.ConfigFile, run.Hosts.Identity, run.Hosts.SshOptions, run.Connections.ConnectRate, run.Output.Verbose];
    }
}
