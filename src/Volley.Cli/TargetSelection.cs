using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.CommandLine;
using Volley.Targets;

namespace Volley.Cli;

/// <summary>Selects the targets of a run: <c>-H</c>, else the hosts of the cluster session; then <c>-x</c> and <c>--filter</c>.</summary>
/// <param name="arguments">The command line.</param>
/// <param name="surroundings">The environment and standard input.</param>
/// <param name="note">Takes each line for standard error.</param>
internal sealed class TargetSelection(RunArguments arguments, Surroundings surroundings, Action<string> note)
{
    private const string ClusterHosts = "BACKENDAI_CLUSTER_HOSTS";

    /// <summary>Whether the environment names hosts, which are taken if <c>-H</c> is not given.</summary>
    public static bool IsInCluster(Surroundings surroundings) => !string.IsNullOrWhiteSpace(surroundings.Variable(ClusterHosts));

    /// <exception cref="HostListException">A host expression can't be understood.</exception>
    /// <exception cref="EmptySelectionException">No host is left after exclude and filter.</exception>
    public ImmutableArray<Target> Select()
    {
        var sources = new HostListSources { StandardInput = arguments.Stdin ? null : surroundings.StandardInput };
        var hosts = arguments.Hosts.Length == 0
            ? HostsOfCluster()
            : arguments.Hosts.Aggregate(HostList.Empty, (all, list) => all.Concat(HostList.Parse(list, sources)));
        if (arguments.Exclude.Length > 0)
        {
            hosts = hosts.Excluding(arguments.Exclude, out var unused, sources);
            foreach (var item in unused)
                note($"volley: warning: -x {item} excludes no host");
        }

        if (arguments.Filter is { } pattern)
            hosts = hosts.Matching(pattern);
        if (hosts.Count > 0)
            return hosts.ToTargets();
        var isNarrowed = arguments.Exclude.Length > 0 || arguments.Filter is not null;
        throw new EmptySelectionException(isNarrowed ? "no host is left after --exclude and --filter" : "the host list is empty");
    }

    private HostList HostsOfCluster()
    {
        try
        {
            var hosts = HostList.Parse(surroundings.Variable(ClusterHosts)!);
            note(string.Create(CultureInfo.InvariantCulture, $"volley: {hosts.Count} host{(hosts.Count == 1 ? "" : "s")} from {ClusterHosts}"));
            return hosts;
        }
        catch (HostListException fault) when (fault.Origin is null)
        {
            throw new HostListException(fault.Message, fault.Expression, fault.Position, fault.InnerException) { Origin = ClusterHosts };
        }
    }
}

/// <summary>No host is selected: nothing is wrong with the command line, and nothing was done.</summary>
internal sealed class EmptySelectionException(string message) : Exception(message);
