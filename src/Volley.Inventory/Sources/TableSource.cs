namespace Volley.Inventory.Sources;

/// <summary>A source that is read as a whole when it is first asked.</summary>
internal abstract class TableSource(string name, string location) : IHostSource
{
    private Task<GroupTable>? _table;

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

    // A failure is kept, too: a program that takes its whole time limit runs once.
    private Task<GroupTable> GetTableAsync(CancellationToken cancellationToken)
    {
        if (_table is null or { IsCanceled: true })
            _table = ReadOnceAsync(cancellationToken);
        return _table;
    }

    // Not all implementations are asynchronous, and these would throw before there is a task to keep.
    private async Task<GroupTable> ReadOnceAsync(CancellationToken cancellationToken) => await ReadAsync(cancellationToken).ConfigureAwait(false);
}
