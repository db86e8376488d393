namespace Volley.Inventory.Tests;

/// <summary>A source whose groups are expressions in memory.</summary>
internal sealed class ScriptedSource(string name, params (string Group, string Members)[] groups) : IHostSource
{
    public string Name => name;

    public string Location => $"{name}.test";

    /// <summary>The failure of every call, or null.</summary>
    public HostSourceException? Failure { get; init; }

    public Dictionary<string, IReadOnlyDictionary<string, string>> Attributes { get; } = [];

    public int Calls { get; private set; }

    public async ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup)
    {
        Call();
        return Array.Find(groups, entry => entry.Group == group) is { Members: { } members } ? await ExpandAsync(members, lookup) : null;
    }

    public async ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup)
    {
        Call();
        var all = new List<KnownHost>();
        foreach ((_, string members) in groups)
            all.AddRange(await ExpandAsync(members, lookup));
        return [.. all.DistinctBy(host => host.Name)];
    }

    public ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken)
    {
        Call();
        return ValueTask.FromResult<IReadOnlyList<string>>([.. groups.Select(entry => entry.Group)]);
    }

    public HostSources Alone() => new([new HostSourceFinder(this)]);

    private async Task<IReadOnlyList<KnownHost>> ExpandAsync(string members, HostLookup lookup) =>
        [.. (await lookup.ExpandAsync(members, Location)).Select(host => Attributes.TryGetValue(host.Name.Host, out var own) ? host with { Attributes = own } : host)];

    private void Call()
    {
        Calls++;
        if (Failure is not null)
            throw Failure;
    }
}
