namespace Volley.Inventory;

/// <summary>What a source has.</summary>
/// <param name="Name">The name of the source.</param>
/// <param name="Location">The file, directory or program that the hosts come from.</param>
public sealed record HostSourceListing(string Name, string Location)
{
    /// <summary>The groups, in the order of the source. The list is empty if the source can't list them.</summary>
    public IReadOnlyList<HostGroupListing> Groups { get; init; } = [];

    /// <summary>The number of different hosts, or null if they can't be read.</summary>
    public int? HostCount { get; init; }

    /// <summary>Why the source can't be read, or null if it can.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether a part of the source can't be read.</summary>
    public bool HasFailure => Failure is not null || Groups.Any(group => group.Failure is not null);

    /// <summary>Reads a source.</summary>
    internal static async ValueTask<HostSourceListing> ReadAsync(IHostSource source, HostLookup lookup)
    {
        var listing = new HostSourceListing(source.Name, source.Location);
        try
        {
            var groups = new List<HostGroupListing>();
            foreach (string group in await source.GetGroupsAsync(lookup.CancellationToken).ConfigureAwait(false))
                groups.Add(await ReadGroupAsync(source, group, lookup).ConfigureAwait(false));
            listing = listing with { Groups = groups };
            IReadOnlyList<KnownHost> all = await source.GetAllAsync(lookup).ConfigureAwait(false);
            return listing with { HostCount = all.Select(host => host.Name.Host).Distinct().Count() };
        }
        catch (Exception failure) when (failure is HostSourceException or HostListException)
        {
            // A group that can't be read is the reason why not all hosts can.
            return listing.HasFailure ? listing : listing with { Failure = failure.Message };
        }
    }

    private static async ValueTask<HostGroupListing> ReadGroupAsync(IHostSource source, string group, HostLookup lookup)
    {
        try
        {
            IReadOnlyList<KnownHost>? hosts = await source.LookupAsync(group, lookup).ConfigureAwait(false);
            return new(group, [.. (hosts ?? []).Select(host => host.Name)]);
        }
        catch (Exception failure) when (failure is HostSourceException or HostListException)
        {
            return new(group, []) { Failure = failure.Message };
        }
    }
}

/// <summary>A group of a source.</summary>
/// <param name="Name">The name of the group.</param>
/// <param name="Hosts">Its hosts.</param>
public sealed record HostGroupListing(string Name, IReadOnlyList<Target> Hosts)
{
    /// <summary>Why the group can't be read, or null if it can.</summary>
    public string? Failure { get; init; }
}
