using System.Globalization;
using Volley.Inventory.Configuration;
using Volley.Inventory.Expressions;

namespace Volley.Inventory.Sources;

/// <summary>The clusters of Volley's configuration.</summary>
internal sealed class ClusterSource(VolleyConfiguration configuration) : IHostSource
{
    public string Name => "cluster";

    public string Location => string.Join(", ", configuration.Files);

    public async ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup)
    {
        if (!configuration.Clusters.TryGetValue(group, out ConfiguredCluster? cluster))
            return null;
        string? user = Login("user", LoginRules.FindUserFault);
        int? port = Value("port") is { } text ? ReadPort(text, cluster.Defaults["port"]) : null;
        string? jump = Login("jump", LoginRules.FindJumpFault);
        var hosts = new List<KnownHost>();
        foreach (ConfiguredNode node in cluster.Nodes)
        {
            IReadOnlyList<KnownHost> expanded = await lookup.ExpandAsync(node.Hosts, node.Place.ToString()).ConfigureAwait(false);
            hosts.AddRange(expanded.Select(host => host with
            {
                Name = host.Name with { User = node.User ?? host.Name.User ?? user, Port = node.Port ?? host.Name.Port ?? port },
                Jump = node.Jump ?? host.Jump ?? jump,
                Identity = host.Identity ?? Value("identity"),
                Attributes = AddRelay(node.Attributes.Count > 0 ? Combine(host.Attributes, node.Attributes) : host.Attributes),
            }));
        }
        return MemberSet.CreateSet(hosts).Hosts;

        // What a node or another source states for a host precedes what its cluster states.
        IReadOnlyDictionary<string, string> AddRelay(IReadOnlyDictionary<string, string> attributes) =>
            cluster.Relay is { } relay && !attributes.ContainsKey(KnownHost.RelayAttribute)
                ? Combine(attributes, new Dictionary<string, string> { [KnownHost.RelayAttribute] = relay })
                : attributes;

        // An empty value is the default, except that an empty jump host means no jump host.
        string? Value(string option) =>
            cluster.Defaults.GetValueOrDefault(option) is { Values: [var value, ..] } && (value.Length > 0 || option == "jump") ? value : null;

        string? Login(string option, Func<string, string?> findFault) => Value(option) is not { } value ? null
            : findFault(value) is { } fault ? throw Error(cluster.Defaults[option], fault)
            : value;
    }

    public async ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup)
    {
        var hosts = new List<KnownHost>();
        foreach (string cluster in configuration.Clusters.Keys)
            hosts.AddRange(await LookupAsync(cluster, lookup).ConfigureAwait(false) ?? []);
        return MemberSet.CreateSet(hosts).Hosts;
    }

    public ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([.. configuration.Clusters.Keys.Order(StringComparer.Ordinal)]);

    private int ReadPort(string text, ConfiguredOption option) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535
            ? port
            : throw Error(option, $"the port is '{text}'; a number from 1 to 65535 was expected");

    private HostSourceException Error(ConfiguredOption option, string message) => new(Name, message, option.Place.Path, option.Place.Line);

    private static Dictionary<string, string> Combine(IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> more)
    {
        var combined = new Dictionary<string, string>(own);
        foreach ((string name, string value) in more)
            combined[name] = value;
        return combined;
    }
}
