using Volley.Inventory.Expressions;
using Volley.Inventory.Yaml;

namespace Volley.Inventory.ClusterShell;

/// <summary>A source of a YAML file: each group is a text or a list of expressions. A group <c>all</c> defines all hosts.</summary>
internal sealed class YamlGroupSource(string name, string path, YamlMap groups) : IHostSource
{
    private const string All = "all";

    public string Name => name;

    public string Location => path;

    public async ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup)
    {
        if (groups[group] is not { } node)
            return null;
        var hosts = new List<KnownHost>();
        foreach (YamlNode item in node is YamlList list ? list.Items : [node])
        {
            if (item is not YamlScalar text)
                throw new HostSourceException(name, $"{item.Kind} is in the group '{group}'; a text with nodes was expected", path, item.Line);
            if (!text.IsNull)
                hosts.AddRange(await lookup.ExpandAsync(text.Value, new FilePlace(path, text.Line).ToString()).ConfigureAwait(false));
        }
        return MemberSet.CreateSet(hosts).Hosts;
    }

    public async ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup)
    {
        if (await LookupAsync(All, lookup).ConfigureAwait(false) is { } defined)
            return defined;
        var hosts = new List<KnownHost>();
        foreach ((YamlScalar group, _) in groups.Entries)
            hosts.AddRange(await LookupAsync(group.Value, lookup).ConfigureAwait(false) ?? []);
        return MemberSet.CreateSet(hosts).Hosts;
    }

    public ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([.. groups.Entries.Select(entry => entry.Key.Value).Distinct().Order(StringComparer.Ordinal)]);
}
