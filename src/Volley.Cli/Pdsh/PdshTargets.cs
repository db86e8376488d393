using System.Collections.Immutable;
using Volley.Cli.Pdsh.Hosts;
using Volley.Targets;

namespace Volley.Cli.Pdsh;

/// <summary>The hosts as targets of a plan: their index is the rank, their label what stands in front of their lines.</summary>
internal sealed class PdshTargets
{
    private readonly ImmutableArray<PdshHost> _hosts;

    public PdshTargets(ImmutableArray<PdshHost> hosts, bool keepsDomains)
    {
        _hosts = hosts;
        var isShort = !keepsDomains && hosts.Select(host => Domain(host.Name)).Where(domain => domain.Length > 0).Distinct().Take(2).Count() < 2;
        All = [.. hosts.Select((host, rank) => ToTarget(host, rank, isShort))];
    }

    public ImmutableArray<Target> All { get; }

    /// <summary>How a target is reached, where its entry says so.</summary>
    public string? RcmdTypeOf(Target target) => _hosts[target.Index].RcmdType;

    /// <summary>Refuses hosts that ssh would take for options of its own, whoever wrote them into a file.</summary>
    /// <exception cref="PdshException">There is one.</exception>
    public void CheckForSsh(string rcmdType, PdshContext context)
    {
        if (_hosts.FirstOrDefault(host => host.Name is ['-', ..] && (host.RcmdType ?? rcmdType) == Rcmd.Ssh) is { } option)
            throw context.Fails($"{option.Name}: ssh would take this host for an option");
    }

    private static Target ToTarget(PdshHost host, int rank, bool isShort)
    {
        // An address begins with a digit.
        var label = isShort && !char.IsAsciiDigit(host.Name[0]) && Domain(host.Name) is { Length: > 0 } domain ? host.Name[..^domain.Length] : host.Name;
        return new Target(rank, host.Name)
        {
            Port = host.Port,
            User = host.User,
            Label = host.Port is null ? label : $"{label}:{host.Port}",
        };
    }

    /// <summary>What stands behind the first dot, the dot too.</summary>
    private static string Domain(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 || name.Contains(':', StringComparison.Ordinal) ? "" : name[dot..];
    }
}
