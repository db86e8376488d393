using Volley.Inventory.Expressions;

namespace Volley.Inventory.Sources;

/// <summary>The hosts and groups of a source that is read as a whole.</summary>
internal sealed class GroupTable
{
    private readonly Dictionary<string, List<KnownHost>> _groups = [];

    /// <summary>All hosts, in the order of the source.</summary>
    public List<KnownHost> Hosts { get; } = [];

    /// <summary>The groups that an expression can name, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. _groups.Keys.Where(name => GroupName.IsValid(name)).Order(StringComparer.Ordinal)];

    public void Add(string group, KnownHost host)
    {
        if (!_groups.TryGetValue(group, out List<KnownHost>? members))
            _groups.Add(group, members = []);
        members.Add(host);
    }

    /// <summary>Adds a group that can be empty.</summary>
    public void Add(string group) => _groups.TryAdd(group, []);

    public IReadOnlyList<KnownHost>? Find(string group) => _groups.GetValueOrDefault(group);
}
