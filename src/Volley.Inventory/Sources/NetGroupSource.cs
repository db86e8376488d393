using System.Globalization;
using Volley.Inventory.Expressions;
using Volley.Inventory.Programs;
using Volley.Interop;
using Volley.Interop.Blocking;

namespace Volley.Inventory.Sources;

/// <summary>Netgroups, as the C library reads them from the sources in nsswitch.conf(5). They can't be listed.</summary>
internal sealed class NetGroupSource : IHostSource
{
    private const string NetGroups = "/etc/netgroup";

    public string Name => "netgroup";

    public string Location => "/etc/nsswitch.conf";

    public string? ListObstacle => "the C library can't list netgroups";

    // An unknown group is empty, since the C library does not distinguish the two.
    public async ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup)
    {
        // The C library would wait for the writer of a pipe.
        SourceFile.CheckRegular(Name, NetGroups);
        List<string> names;
        try
        {
            // The call blocks while a directory service is asked.
            names = await BlockingWork.Names.RunAsync($"looking up the netgroup {group}", () => NetGroup.Hosts(group).ToList(), lookup.CancellationToken)
                .WaitAsync(SourceProgram.Limit, lookup.CancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException failure)
        {
            throw new HostSourceException(
                Name,
                string.Create(CultureInfo.InvariantCulture, $"no answer within {SourceProgram.Limit.TotalSeconds:0} seconds for the netgroup {group}"),
                Location,
                innerException: failure);
        }
        var hosts = MemberSet.CreateSet(names.Select(name => new KnownHost(HostNames.ParseOne(Name, name, new($"netgroup {group}", 0))))).Hosts;
        return hosts.Count == 0 ? null : hosts;
    }

    public ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup) => ValueTask.FromResult<IReadOnlyList<KnownHost>>([]);

    public ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<string>>([]);
}
