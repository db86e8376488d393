namespace Volley.Inventory;

/// <summary>A source of hosts in groups, such as a genders file or an Ansible inventory.</summary>
/// <remarks>A source reads its files and runs its programs when it is first asked, not when it is created. Its methods are called one at a time.</remarks>
public interface IHostSource
{
    /// <summary>The name in <c>@NAME:GROUP</c>.</summary>
    string Name { get; }

    /// <summary>The file, directory or program that the hosts come from.</summary>
    string Location { get; }

    /// <summary>Why the source can't list its groups, as in <c>netgroups can't be listed</c>, or null if it can.</summary>
    string? ListObstacle => null;

    /// <summary>Returns the hosts of a group, or null if the source does not have the group.</summary>
    /// <param name="group">The name of the group, without wildcards and ranges.</param>
    /// <param name="lookup">Evaluates expressions in the definition of the group.</param>
    /// <exception cref="HostSourceException">The source can't be read, or its content is invalid.</exception>
    /// <exception cref="HostListException">An expression in the source is invalid.</exception>
    ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup);

    /// <summary>Returns all hosts of the source. The list is empty if the source has none.</summary>
    /// <param name="lookup">Evaluates expressions in the definitions of groups.</param>
    /// <exception cref="HostSourceException">The source can't be read, or its content is invalid.</exception>
    /// <exception cref="HostListException">An expression in the source is invalid.</exception>
    ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup);

    /// <summary>Returns the names of the groups. The list is empty if the source has none, or can't list them.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="HostSourceException">The source can't be read, or its content is invalid.</exception>
    ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken);

    /// <summary>Returns the names of the groups that a host is in. By default all groups are looked up.</summary>
    /// <param name="host">The host, without user and port.</param>
    /// <param name="lookup">Evaluates expressions in the definitions of groups.</param>
    /// <exception cref="HostSourceException">The source can't be read, or its content is invalid.</exception>
    /// <exception cref="HostListException">An expression in the source is invalid.</exception>
    async ValueTask<IReadOnlyList<string>> FindGroupsAsync(string host, HostLookup lookup)
    {
        ArgumentNullException.ThrowIfNull(lookup);
        var groups = new List<string>();
        foreach (string group in await GetGroupsAsync(lookup.CancellationToken).ConfigureAwait(false))
        {
            if ((await LookupAsync(group, lookup).ConfigureAwait(false))?.Any(member => member.Name.Host == host) == true)
                groups.Add(group);
        }
        return groups;
    }
}
