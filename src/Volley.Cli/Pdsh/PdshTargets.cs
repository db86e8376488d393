using System.Collections.Immutable;
using Volley.Cli.Pdsh.Hosts;

namespace Volley.Cli.Pdsh;

/// <summary>The hosts as targets of a plan. Their index is the rank.</summary>
internal sealed class PdshTargets
{
    private readonly ImmutableArray<PdshHost> _hosts;
    private readonly ImmutableArray<string> _labels;

    public PdshTargets(ImmutableArray<PdshHost> hosts, bool keepsDomains)
    {
        _hosts = hosts;
        var isShort = !keepsDomains && hosts.Select(host => Domain(host.Name)).Where(domain => domain.Length > 0).Distinct().Take(2).Count() < 2;
        _labels = [.. hosts.Select(host => ToLabel(host, isShort))];
        // Like pdsh, ssh gets the rest after the first @ as the host, which may have another one.
        All = [.. hosts.Select(host => new Target("host") { Host = host.Name, Port = host.Port })];
    }

    public ImmutableArray<Target> All { get; }

    /// <summary>Returns the prefix of a target's lines. Like pdsh's, it is not unique.</summary>
    public string GetLabel(Target target) => _labels[target.Index];

    /// <summary>Returns the user in a target's entry; null if there is none.</summary>
    public string? GetUser(Target target) => _hosts[target.Index].User;

    /// <summary>Returns the rcmd type in a target's entry; null if there is none.</summary>
    public string? GetRcmdType(Target target) => _hosts[target.Index].RcmdType;

    /// <summary>Rejects host names that ssh would take for options. They can come from files that others wrote.</summary>
    /// <exception cref="PdshException">A host name begins with a dash.</exception>
    public void CheckForSsh(string rcmdType, PdshContext context)
    {
        if (_hosts.FirstOrDefault(host => host.Name is ['-', ..] && (host.RcmdType ?? rcmdType) == Rcmd.Ssh) is { } option)
            throw context.Error($"{option.Name}: ssh would take this host for an option");
    }

    private static string ToLabel(PdshHost host, bool isShort)
    {
        // A name that begins with a digit can be an address.
        var label = isShort && !char.IsAsciiDigit(host.Name[0]) && Domain(host.Name) is { Length: > 0 } domain ? host.Name[..^domain.Length] : host.Name;
        return host.Port is null ? label : $"{label}:{host.Port}";
    }

    /// <summary>Returns the domain of a name, from its first dot.</summary>
    private static string Domain(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 || name.Contains(':', StringComparison.Ordinal) ? "" : name[dot..];
    }
}
