using System.Buffers;
using Volley.Inventory.Expressions;
using Volley.Ssh;

namespace Volley.Inventory.Sources;

/// <summary>The hosts that <c>Host</c> lines of ssh_config(5) name, without patterns. Each name is a group, so <c>@ssh:web*</c> selects by wildcards.</summary>
internal sealed class SshConfigSource(SshConfigFiles files) : TableSource("ssh", files.OnlyFile ?? files.UserFile ?? files.SystemFile ?? "none")
{
    // ssh takes such names as they are; here they would state a user, a port or an address.
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("@:[]");

    protected override ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        var table = new GroupTable();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string alias in Load().HostAliases)
        {
            if (alias.AsSpan().ContainsAny(NotInNames) || !GroupName.IsValid(alias) || !seen.Add(alias) || HostNames.TryParse(alias) is not { } name)
                continue;
            var host = new KnownHost(name);
            table.Hosts.Add(host);
            table.Add(alias, host);
        }
        return ValueTask.FromResult(table);
    }

    private SshConfig Load()
    {
        try
        {
            return SshConfig.Load(files);
        }
        catch (SshConfigException failure)
        {
            throw new HostSourceException(Name, failure.Message, innerException: failure);
        }
    }
}
