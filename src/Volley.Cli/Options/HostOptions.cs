using Volley.Cli.Options.Parsing;
using Volley.Interop;
using Volley.Ssh;

namespace Volley.Cli.Options;

/// <summary>The options that select hosts and configure logins.</summary>
internal sealed class HostOptions() : OptionGroup("Hosts")
{
    public readonly ListOption Hosts = new(Values.Text, "--hosts", "-H")
    {
        ValueName = "LIST",
        Help = "target hosts: 'web[1-8],db1:2222,root@[::1]'; ^FILE reads a file, - reads standard input",
    };
    public readonly ListOption Exclude = new(Values.Text, "--exclude", "-x")
    {
        ValueName = "LIST",
        Help = "hosts to leave out; * and ? are wildcards",
    };
    public readonly Option<string> Filter = new(Values.Text, "--filter")
    {
        ValueName = "PATTERN",
        Help = "only hosts whose full name matches; *, ? and ranges such as '*-n[1-4]'",
    };
    public readonly Option<string> User = new(Values.Text, "--user", "-l") { ValueName = "NAME", Help = "log in as NAME" };
    public readonly Option<int?> Port = new(Values.Number(1, 65535), "--port", "-p") { ValueName = "PORT", Help = "connect to PORT", NeedsConnection = true };
    public readonly ListOption Identity = new(Values.Text, "--identity", "-i") { ValueName = "FILE", Help = "private key file to try", NeedsConnection = true };
    public readonly Option<string> Jump = new(Values.Text, "--jump", "-J")
    {
        ValueName = "HOST",
        Help = "connect through HOST, as with ssh -J",
        NeedsConnection = true,
    };
    public readonly Option<string> ConfigFile = new(Values.Text, "-F")
    {
        ValueName = "FILE",
        Help = "use FILE as the only ssh configuration",
        NeedsConnection = true,
    };
    public readonly ListOption SshOptions = new(Values.KeyValue, "-o")
    {
        ValueName = "KEY=VALUE",
        Help = "set an option of ssh_config(5)",
        NeedsConnection = true,
    };

    public override IReadOnlyList<Option> Options => [Hosts, Exclude, Filter, User, Port, Identity, Jump, ConfigFile, SshOptions];

    /// <summary>Checks that the given files are readable, because ssh ignores a missing identity file.</summary>
    /// <exception cref="UsageException">A file can't be read.</exception>
    public void CheckFiles()
    {
        foreach (var identity in Identity.Values)
            CheckReadable(identity, "-i");
        if (ConfigFile.Value is { } config and not "none")
            CheckReadable(config, "-F");
    }

    private static void CheckReadable(string path, string option)
    {
        try
        {
            SystemFile.Open(path).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path}: {SystemMessage.Of(failure, path)}");
        }
    }
}
