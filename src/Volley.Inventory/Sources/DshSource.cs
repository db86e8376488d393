using Volley.Inventory.Expressions;
using Volley.Inventory.Programs;

namespace Volley.Inventory.Sources;

/// <summary>The groups of dsh, which are files in directories.</summary>
internal sealed class DshSource(IReadOnlyList<string> directories) : IHostSource
{
    private readonly DshFileReader _reader = new(directories);

    public string Name => "dsh";

    public string Location => string.Join(':', directories);

    public ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup)
    {
        if (FindFile(group) is not { } path)
            return ValueTask.FromResult<IReadOnlyList<KnownHost>?>(null);
        return ValueTask.FromResult<IReadOnlyList<KnownHost>?>([.. _reader.Read(path, group).SelectMany(GetHosts)]);
    }

    public async ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup)
    {
        var all = new List<KnownHost>();
        foreach (string group in await GetGroupsAsync(lookup.CancellationToken).ConfigureAwait(false))
            all.AddRange(await LookupAsync(group, lookup).ConfigureAwait(false) ?? []);
        return MemberSet.CreateSet(all).Hosts;
    }

    public ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<string>>(
        [.. directories.SelectMany(directory => SourceFile.ReadNames(Name, directory)).Where(IsGroup).Distinct().Order(StringComparer.Ordinal)]);

    private bool IsGroup(string name) => GroupName.IsValid(name) && FindFile(name) is not null;

    // A slash or a dot in front would make the name of a group a path.
    private string? FindFile(string group) => group.Contains('/', StringComparison.Ordinal) || group[0] == '.' ? null : _reader.Find(group);

    private IEnumerable<KnownHost> GetHosts(DshItem item) => item.Kind switch
    {
        DshItemKind.Hosts => HostNames.Parse(Name, item.Text, item.Place).Select(name => new KnownHost(name)),
        DshItemKind.RepeatedInclude => [],
        DshItemKind.MissingInclude => throw new HostSourceException(
            Name, $"the group '{item.Text}' to include does not exist", item.Place.Path, item.Place.Line),
        _ => throw new HostSourceException(Name, $"'{item.Text}' is invalid; #include NAME was expected", item.Place.Path, item.Place.Line),
    };
}
