using System.Collections.Immutable;
using System.Globalization;

namespace Volley.Cli.Options;

/// <summary>Selects the targets of a run: <c>-H</c>, else the hosts of the cluster session; then <c>-x</c> and <c>--filter</c>.</summary>
/// <param name="options">The command line.</param>
/// <param name="sendsInput">Whether standard input is sent to the hosts, so that no list can be read from it.</param>
/// <param name="environment">The environment and standard input.</param>
/// <param name="note">Receives each line for standard error.</param>
internal sealed class TargetSelection(HostOptions options, bool sendsInput, ProgramEnvironment environment, Action<string> note)
{
    private const string ClusterHosts = "BACKENDAI_CLUSTER_HOSTS";

    /// <summary>Returns whether the environment names hosts, which are used if <c>-H</c> is not given.</summary>
    public static bool IsInCluster(ProgramEnvironment environment) => !string.IsNullOrWhiteSpace(environment.Variable(ClusterHosts));

    /// <summary>Returns the selected targets.</summary>
    /// <exception cref="HostListException">A host expression is invalid.</exception>
    /// <exception cref="EmptySelectionException">No host is left after exclude and filter.</exception>
    public ImmutableArray<Target> Select()
    {
        var sources = new HostListSources { StandardInput = sendsInput ? null : environment.StandardInput };
        var hosts = !options.Hosts.IsGiven
            ? HostsOfCluster()
            : options.Hosts.Values.Aggregate(HostList.Empty, (all, list) => all.Concat(HostList.Parse(list, sources)));
        if (options.Exclude.IsGiven)
        {
            hosts = hosts.Excluding(options.Exclude.Values, out var unused, sources);
            foreach (var item in unused)
                note($"volley: warning: -x {item} excludes no host");
        }

        if (options.Filter.Value is { } pattern)
            hosts = hosts.Matching(pattern);
        if (hosts.Count > 0)
            return hosts.ToTargets();
        var isNarrowed = options.Exclude.IsGiven || options.Filter.IsGiven;
        throw new EmptySelectionException(isNarrowed ? "no host is left after --exclude and --filter" : "the host list is empty");
    }

    private HostList HostsOfCluster()
    {
        try
        {
            var hosts = HostList.Parse(environment.Variable(ClusterHosts)!);
            note(string.Create(CultureInfo.InvariantCulture, $"volley: {hosts.Count} host{(hosts.Count == 1 ? "" : "s")} from {ClusterHosts}"));
            return hosts;
        }
        catch (HostListException fault) when (fault.Origin is null)
        {
            throw new HostListException(fault.Message, fault.Expression, fault.Position, fault.InnerException) { Origin = ClusterHosts, Remedy = fault.Remedy };
        }
    }
}

/// <summary>The exception for an empty selection of hosts. The command line is valid, and nothing was done.</summary>
internal sealed class EmptySelectionException(string message) : Exception(message);
