using System.Collections.Immutable;
using Volley.Cli.Run;

namespace Volley.Cli.Options;

/// <summary>Converts the command line, the environment, the files and the terminal into <see cref="RunSettings"/>, which need no further lookup.</summary>
/// <param name="options">The command line.</param>
/// <param name="environment">The environment of the program.</param>
internal sealed class SettingsResolver(RunOptions options, ProgramEnvironment environment)
{
    private readonly List<string> _notes = [];

    /// <summary>Returns the settings.</summary>
    /// <exception cref="UsageException">The options are inconsistent, or refer to something that does not exist.</exception>
    /// <exception cref="HostListException">A host expression is invalid.</exception>
    /// <exception cref="EmptySelectionException">No host is left after exclude and filter.</exception>
    public RunSettings Resolve()
    {
        var strategy = options.ExitCode.Strategy();
        Check();
        var transport = options.Job.TransportChoice;
        var connectTimeout = options.Job.ConnectTimeout.Value;
        var ssh = options.Connections.Ssh(options.Hosts, connectTimeout);
        if (transport.UsesSsh())
            SshOptionErrors.Check(ssh);
        var sendsInput = options.Job.Stdin.IsGiven;
        var targets = new TargetSelection(options.Hosts, sendsInput, environment, _notes.Add).Select();
        var mainRank = options.ExitCode.FindMainRank(targets, environment);
        var output = options.Output.Settings(environment, targets.Length, sendsInput, _notes.Add);
        Job job = options.IsPing ? new PingJob() : options.Job.Job(options.Command, environment, _notes.Add);
        return new RunSettings
        {
            Plan = options.Job.Plan(new RunPlan(targets, job) { MainRank = mainRank, MaxOutput = output.Limit, ReusesOutputBuffers = true }),
            Transport = transport,
            Ssh = ssh with
            {
                // The password is asked for last, once the command line is known to be valid.
                Password = options.Connections.Password.IsGiven ? environment.AskPassword() : null,
                MaxIdleConnections = output.Mode != OutputMode.Tui && AreDifferent(targets) ? 0 : null,
            },
            AskPassphrase = environment.AskPassphrase,
            Pacing = options.Connections.Pacing(connectTimeout),
            Output = output,
            Verbosity = options.Output.Verbosity,
            IsBatch = options.Job.Batch.IsGiven,
            Strategy = strategy,
            CanRepeat = job is not CommandJob { Input.IsRepeatable: false },
            LoginHint = PublicKeyHint.Find(options.Hosts, environment),
            Notes = [.. _notes],
        };
    }

    private void Check()
    {
        if (!options.Hosts.Hosts.IsGiven && !TargetSelection.IsInCluster(environment))
            throw new UsageException("no hosts; name them with -H, for example: volley -H 'web[1-8]' uptime");
        options.Job.Check(options.Command, options.IsPing);
        options.CheckPlaces();
        options.Output.Check();
        options.Job.CheckLength(options.Command);
        options.Hosts.CheckFiles();
        environment.CheckSockets();
    }

    /// <summary>Returns whether each host is the target only once, so that none is connected to again.</summary>
    private static bool AreDifferent(ImmutableArray<Target> targets) => targets.Select(target => target.Host).Distinct().Count() == targets.Length;
}
