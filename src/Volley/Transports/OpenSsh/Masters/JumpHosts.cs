using Volley.Targets;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The jump hosts on the way to a target, in the form of ssh's -J.</summary>
internal static class JumpHosts
{
    /// <summary>Parts a list into its last hop and the hops before it; null if there is none.</summary>
    /// <exception cref="TransportException">It can't be understood.</exception>
    public static (Target Hop, string? Before)? Last(string? jump)
    {
        if (jump is null || jump.Equals("none", StringComparison.OrdinalIgnoreCase))
            return null;
        var comma = jump.LastIndexOf(',');
        var last = jump[(comma + 1)..].Trim();
        if (last.StartsWith("ssh://", StringComparison.Ordinal))
            last = last["ssh://".Length..].TrimEnd('/');
        try
        {
            return (HostList.Parse(last).ToTargets()[0], comma < 0 ? null : jump[..comma]);
        }
        catch (HostListException failure)
        {
            throw new TransportException(NodeOutcome.ConnectFailed, $"jump host '{last}': {failure.Message}", failure);
        }
    }
}
