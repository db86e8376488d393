using Volley.Interop.Text;

namespace Volley.Relay.Jobs;

/// <summary>
/// Checks the fields of targets, which can come from anyone who may sign. At a relay they are arguments of ssh and may be in file names and programs of its
/// ssh_config (%h, %r), so only names that <see cref="Target.Parse"/> accepts are allowed.
/// </summary>
internal static class TargetFields
{
    private const int MaxHops = 16;

    /// <summary>Returns why a target is refused, or null.</summary>
    public static string? FindFault(string host, string? user, string? address, string? proxyJump)
    {
        if (user is not null && !(IsText(user) && IsName(new Target("host") { User = user }, "host")))
            return $"'{InertText.Create(user, 60)}' is no user that a relay takes";
        if (!IsHost(host))
            return $"'{InertText.Create(host, 60)}' is no host that a relay takes";
        if (address is not null && !IsHost(address))
            return $"'{InertText.Create(address, 60)}' is no address that a relay takes";
        if (proxyJump is not (null or "none") && !AreHops(proxyJump))
            return $"'{InertText.Create(proxyJump, 60)}' has a jump host that a relay does not take; write [user@]host[:port]";
        return null;
    }

    private static bool IsHost(string host) => IsText(host) && !host.Contains('@', StringComparison.Ordinal) && IsName(new Target(host), host);

    private static bool IsText(string text) => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) && SystemText.IsEncodable(text);

    /// <summary>Returns whether a target has the form that its parsed name has.</summary>
    private static bool IsName(Target target, string host) =>
        Target.TryParse(target.Name, out var parsed) && parsed.Host == host && parsed.User == target.User && parsed.Port is null;

    private static bool AreHops(string hops)
    {
        var all = hops.Split(',');
        return all.Length <= MaxHops && all.All(hop => Target.TryParse(hop, out var parsed) && parsed.Name == hop);
    }
}
