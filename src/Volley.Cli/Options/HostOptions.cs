using System.Collections.Immutable;
using Volley.Cli.Options.Parsing;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Cli.Options;

/// <summary>The options that select hosts and configure logins.</summary>
internal sealed class HostOptions() : OptionGroup("Hosts")
{
    /// <summary>The options that name hosts, with an example, for the message that there are no hosts.</summary>
    public string Naming { get; set; } = "-H, for example: volley -H 'web[1-8]' uptime";

    public readonly ListOption Hosts = new(Values.Hosts, "--hosts", "-H")
    {
        ValueName = "LIST",
        Completes = OptionValues.Hosts,
        Help = "target hosts: 'web[1-8],db1:2222,@group'; '!', '&' and '^' between items exclude, intersect and compare; "
            + "^FILE reads a file, - reads standard input",
    };
    public readonly ListOption Cluster = new(Values.GroupName, "--cluster", "-C")
    {
        ValueName = "NAME",
        Completes = OptionValues.Clusters,
        Help = "all hosts of a configured cluster",
    };
    public readonly Flag All = new("--all", "-a") { Help = "all hosts of the default source of groups" };
    public readonly ListOption Inventory = new(Values.Text, "--inventory")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "Ansible inventory to use, beside the configured ones",
    };
    public readonly ListOption Exclude = new(Values.Hosts, "--exclude", "-x")
    {
        ValueName = "LIST",
        Completes = OptionValues.Hosts,
        Help = "hosts to leave out: a list as for -H; * and ? are wildcards",
    };
    public readonly Option<string> Filter = new(Values.Filter, "--filter")
    {
        ValueName = "PATTERN",
        Completes = OptionValues.Hosts,
        Help = "only hosts whose full name matches ('*-n[1-4]', '/regex/'), with attributes ('rack=r1,role=web'), or in a group (@group)",
    };
    public readonly Option<string> User = new(SshOptionErrors.ReadUser, "--user", "-l") { ValueName = "NAME", Help = "log in as NAME", IsInSshConfig = true };
    public readonly Option<int?> Port = new(Values.Number(1, 65535), "--port", "-p")
    {
        ValueName = "PORT",
        Help = "connect to PORT",
        NeedsConnection = true,
        IsInSshConfig = true,
    };
    public readonly ListOption Identity = new(Values.Text, "--identity", "-i")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "private key file to try",
        NeedsConnection = true,
        IsInSshConfig = true,
    };
    public readonly Option<string> Jump = new(SshOptionErrors.ReadJump, "--jump", "-J")
    {
        ValueName = "HOST",
        Completes = OptionValues.PlainHosts,
        Help = "connect through HOST, as with ssh -J",
        NeedsConnection = true,
        IsInSshConfig = true,
    };
    public readonly Option<string> ConfigFile = new(Values.Text, "-F", "--ssh-config")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "use FILE as the only ssh configuration",
        NeedsConnection = true,
    };
    public readonly ListOption SshOptions = new(SshOptionErrors.ReadDirective, "-o", "--ssh-option")
    {
        ValueName = "KEY=VALUE",
        Help = "set an option of ssh_config(5)",
        NeedsConnection = true,
        HasVariable = false,
    };

    public override IReadOnlyList<Option> Options => [Hosts, Cluster, All, Inventory, Exclude, Filter, User, Port, Identity, Jump, ConfigFile, SshOptions];

    /// <summary>Whether an option names hosts.</summary>
    public bool NameHosts => Hosts.IsGiven || Cluster.IsGiven || All.IsGiven;

    /// <summary>Checks that the given files are readable, because ssh ignores a missing identity file.</summary>
    /// <exception cref="UsageException">A file can't be read.</exception>
    public void CheckFiles()
    {
        if (Identity.PrecedesClusters)
            CheckIdentities();
        if (ConfigFile.Value is { } config and not "none")
            CheckReadable(config, ConfigFile, RegularFile.OpenStream);
        foreach (var inventory in Inventory.Values.Where(inventory => !SystemFile.DirectoryExists(inventory)))
            CheckReadable(inventory, Inventory, RegularFile.OpenStream);
    }

    /// <summary>
    /// Checks that the keys of a file's defaults are readable, or drops them if each target has a key of its own: a cluster's key precedes them.
    /// </summary>
    /// <exception cref="UsageException">A file can't be read.</exception>
    public void CheckDefaultIdentities(ImmutableArray<Target> targets)
    {
        if (Identity.PrecedesClusters)
            return;
        if (!targets.IsEmpty && targets.All(target => target.IdentityFile is not null))
            Identity.DropDefault();
        else
            CheckIdentities();
    }

    private void CheckIdentities()
    {
        foreach (var identity in Identity.Values)
            CheckReadable(identity, Identity, path => SystemFile.OpenStream(path));
    }

    private static void CheckReadable(string path, Option option, Func<string, Stream> open)
    {
        try
        {
            open(path).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw option.Error($"{option.WrittenName} {path}: {SystemMessage.Of(failure, path)}");
        }
    }
}
