using System.Buffers;
using Volley.Inventory.Expressions;
using Volley.Ssh;

namespace Volley.Inventory.Sources;

/// <summary>The hosts that <c>Host</c> lines of ssh_config(5) name, without patterns. Each name is a group, so <c>@ssh:web*</c> selects by wildcards.</summary>
internal sealed class SshConfigSource(SshConfigFiles files) : TableSource("ssh", files.OnlyFile ?? files.UserFile ?? files.SystemFile ?? "none")
{
    // ssh takes such names as they are; here they would state a user, a port or an address.
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("@:[]");

    protected override async ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        SshConfig config = Load();
        if (config.HasUnjudgedLines)
            await AskSshAsync(cancellationToken).ConfigureAwait(false);
        var table = new GroupTable();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string alias in config.HostAliases)
        {
            if (alias.AsSpan().ContainsAny(NotInNames) || !GroupName.IsValid(alias)
                || !seen.Add(alias) || HostNames.TryParse(alias) is not { User: null, Port: null } name)
                continue;
            var host = new KnownHost(name);
            table.Hosts.Add(host);
            table.Add(alias, host);
        }
        return table;
    }

    // A misspelled keyword could be one of a newer ssh, so the installed one decides. It can be told the file of -F, and else reads the standard ones.
    private async ValueTask AskSshAsync(CancellationToken cancellationToken)
    {
        if (files.OnlyFile is null && files.UserFile != SshConfigFiles.Default.UserFile)
            return;
        try
        {
            await OpenSsh.CheckOptionsAsync(new() { ConfigFile = files.OnlyFile }, new("host"), usesSsh: true, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException refusal)
        {
            throw new HostSourceException(Name, refusal.Message, innerException: refusal);
        }
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
