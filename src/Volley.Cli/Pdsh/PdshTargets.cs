using System.Collections.Immutable;
using Volley.Cli.Pdsh.Hosts;

namespace Volley.Cli.Pdsh;

/// <summary>The hosts as targets of a plan. Their index is the rank, and their label the prefix of their lines.</summary>
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

    /// <summary>Returns the rcmd type in a target's entry; null if there is none.</summary>
    public string? GetRcmdType(Target target) => _hosts[target.Index].RcmdType;

    /// <summary>Rejects host names that ssh would take for options. They can come from files that others wrote.</summary>
    /// <exception cref="PdshException">A host name begins with a dash.</exception>
    public void CheckForSsh(string rcmdType, PdshContext context)
    {
        if (_hosts.FirstOrDefault(host => host.Name is ['-', ..] && (host.RcmdType ?? rcmdType) == Rcmd.Ssh) is { } option)
            throw context.Error($"{option.Name}: ssh would take this host for an option");
    }

    private static Target ToTarget(PdshHost host, int rank, bool isShort)
    {
        // A name that begins with a digit can be an address.
        var label = isShort && !char.IsAsciiDigit(host.Name[0]) && Domain(host.Name) is { Length: > 0 } domain ? host.Name[..^domain.Length] : host.Name;
        return new Target(rank, host.Name)
        {
            Port = host.Port,
            User = host.User,
            Label = host.Port is null ? label : $"{label}:{host.Port}",
        };
    }

    /// <summary>Returns the domain of a name, from its first dot.</summary>
    private static string Domain(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 || name.Contains(':', StringComparison.Ordinal) ? "" : name[dot..];
    }
}
