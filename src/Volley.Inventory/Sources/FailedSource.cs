namespace Volley.Inventory.Sources;

/// <summary>A source that a configuration names and that can't be read, so that no other one stands in for it.</summary>
/// <param name="name">The name of the source.</param>
/// <param name="failure">The reason.</param>
internal sealed class FailedSource(string name, HostSourceException failure) : IHostSource
{
    public string Name => name;

    public string Location => failure.Path ?? "";

    public ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup) => throw failure;

    public ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup) => throw failure;

    public ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) => throw failure;
}
