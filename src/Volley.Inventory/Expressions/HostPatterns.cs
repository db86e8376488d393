namespace Volley.Inventory.Expressions;

/// <summary>Matches patterns with wildcards against hosts.</summary>
internal static class HostPatterns
{
    /// <summary>Returns the hosts whose whole name matches the pattern, in their order, duplicates included.</summary>
    public static IEnumerable<KnownHost> Select(IEnumerable<KnownHost> hosts, string pattern)
    {
        var matcher = new HostMatcher(pattern);
        return hosts.Where(host => matcher.IsMatch(host.Name.Host));
    }
}
