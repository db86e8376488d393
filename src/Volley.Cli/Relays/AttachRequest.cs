using Microsoft.Extensions.Logging.Abstractions;
using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Relay;
using Volley.Rollout;

namespace Volley.Cli.Relays;

/// <summary>The request of <c>volley attach</c>: to continue a run that relays carry out.</summary>
/// <param name="Run">The identity of the run.</param>
/// <param name="Options">The options, with the values of the command line and the configuration.</param>
internal sealed record AttachRequest(string Run, RunOptions Options) : Request
{
    /// <summary>Returns the options that are chosen anew: where output goes, how the server is reached, and what the run keeps secret.</summary>
    public static IReadOnlyList<Option> GetOptions(RunOptions run) =>
    [
        .. run.Server.Options, run.Relays.SignWith, .. run.Output.Options, .. run.Journal.Options.Where(option => option != run.Journal.Secrets),
        run.Job.Batch, run.Job.Environment, run.Job.Script, run.Job.Stdin, run.Variables.Each, run.Elevation.PasswordCommand, run.Elevation.PasswordFile,
        .. run.Files.Options,
    ];

    /// <summary>
    /// Returns the options that the run had and still has. They name no file and no program of this machine, because another user of the server
    /// can change them.
    /// </summary>
    private static IEnumerable<Option> GetKept(RunOptions run) =>
    [
        .. run.Job.Options.Except([run.Job.Script, run.Job.Stdin, run.Job.Interpreter, run.Job.Batch]), run.Variables.Placeholders, run.Variables.WorkingDirectory,
        run.Variables.Off, .. run.Steps.Options, .. run.Limits.Options, .. run.Disconnect.Options, .. run.Retry.Options, .. run.Rollout.Options, .. run.Reboot.Options,
        .. run.Elevation.Options.Except([run.Elevation.PasswordCommand, run.Elevation.PasswordFile]), .. run.ExitCode.Options, run.Hosts.User, run.Hosts.Port,
        run.Hosts.SshOptions, run.Connections.Retries, run.Connections.ServerAliveInterval, run.Connections.ServerAliveCountMax,
        .. run.Relays.Options.Except([run.Relays.SignWith]), run.Journal.Secrets,
    ];

    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    /// <exception cref="Volley.Inventory.ConfigurationException">A configuration file can't be read or is invalid.</exception>
    public static Request Parse(string[] arguments, Func<string, string?> variable)
    {
        var options = new RunOptions();
        var allowed = GetOptions(options).ToHashSet();
        var (found, others) = OptionParser.SplitMixed(options.All, arguments);
        if (found.Any(one => one.Option.Names.Contains("--help")))
            return new TextRequest(HelpText.For(options));
        if (found.FirstOrDefault(one => !allowed.Contains(one.Option)).Option is { } refused)
            throw new UsageException($"attach takes no {refused.Name}: it continues a run as it was started, with outputs of its own");
        if (others is not [var run])
            throw new UsageException(others.Length == 0 ? "attach takes a run; list them with: volley runs" : $"unexpected '{others[1]}'; attach takes one run");
        if (!RunId.TryParse(run, out _))
            throw new UsageException($"'{run}' is no run: 12 digits and letters were expected; list the runs with: volley runs");
        OptionParser.Set(found);
        _ = new OptionLayers(options, variable) { Options = [.. allowed] }.Apply();
        options.Server.Check();
        return new AttachRequest(run, options);
    }

    /// <summary>Reads the run from the server, and returns the options to continue it.</summary>
    /// <exception cref="RelayException">The server can't be used, or does not have the run.</exception>
    /// <exception cref="UsageException">The run can't be continued.</exception>
    public async Task<RunOptions> ReadAsync()
    {
        await using var server = await RelayServer.ConnectAsync(Options.Server.Create("volley attach"), NullLogger.Instance);
        var stored = await RelayExecutor.ReadAsync(server, Run);
        var attached = AttachedRun.Parse(stored.Entry);
        // Variables of the run are added to those of the command line, which give the secret ones again.
        StoredOptions.Apply(Options, attached.Entry, GetKept(Options).ToHashSet().Contains);
        Options.Attach(attached);
        return Options;
    }
}
