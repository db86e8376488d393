namespace Volley.Inventory.Sources;

/// <summary>A source that is read as a whole when it is first asked.</summary>
internal abstract class TableSource(string name, string location) : IHostSource
{
    private GroupTable? _table;

    public string Name => name;

    public string Location => location;

    public async ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup) =>
        (await GetTableAsync(lookup.CancellationToken).ConfigureAwait(false)).Find(group);

    public async ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup) =>
        (await GetTableAsync(lookup.CancellationToken).ConfigureAwait(false)).Hosts;

    public async ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) =>
        (await GetTableAsync(cancellationToken).ConfigureAwait(false)).Names;

    /// <summary>Reads the source.</summary>
    /// <exception cref="HostSourceException">The source can't be read, or its content is invalid.</exception>
    protected abstract ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken);

    private async ValueTask<GroupTable> GetTableAsync(CancellationToken cancellationToken) =>
        _table ??= await ReadAsync(cancellationToken).ConfigureAwait(false);
}
