using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The jump hosts of a target, in the syntax of ssh's -J.</summary>
internal static class JumpHosts
{
    /// <summary>Splits a list into its last hop and the hops before it. Returns null if there is no hop.</summary>
    /// <exception cref="TransportException">The list is invalid.</exception>
    public static (Target Hop, string? Before)? Last(string? jump)
    {
        if (jump is null)
            return null;
        var hops = SshJumpHost.ParseList(jump)
            ?? throw new TransportException(NodeOutcome.ConnectFailed, $"bad jump host '{jump}'; write [user@]host[:port]");
        if (hops.Count == 0)
            return null;
        var last = hops[^1];
        return (
            new Target(0, last.ToString()) { Host = last.Host, User = last.User, Port = last.Port, Label = last.Host },
            hops.Count == 1 ? null : string.Join(',', hops.Take(hops.Count - 1)));
    }
}
