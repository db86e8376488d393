using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Peers;

/// <summary>OpenSSH servers with other configurations than the default: those that hold for one address each, and one server with old algorithms.</summary>
public sealed class OpenSshServers : IAsyncLifetime
{
    private const string Address = "127.0.90";

    private static readonly string[] Configurations =
    [
        "MaxSessions 1",
        "MaxSessions 2\nClientAliveInterval 1",
        "ForceCommand sh -c \"$SSH_ORIGINAL_COMMAND\"",
        "Banner {banner}",
        "PermitTTY no",
        "PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256",
        "DisableForwarding yes",
        "AuthenticationMethods publickey,publickey",
        "ChrootDirectory none\nAcceptEnv *",
        "AllowTcpForwarding no\nPermitOpen none\nX11Forwarding yes",
    ];

    private readonly ScratchFolder _folder = new();
    private Fleet? _fleet;
    private Fleet? _old;

    /// <summary>The addresses with a configuration each.</summary>
    public static string Hosts => $"{Address}.[1-{Configurations.Length}]";

    public static int Count => Configurations.Length;

    /// <summary>The address that allows no session.</summary>
    public static string WithoutSessions => $"{Address}.100";

    /// <summary>Leads to all of them.</summary>
    public string Config => _folder["ssh_config"];

    /// <summary>Leads to a server that has only algorithms which the native transport lacks.</summary>
    public string OldConfig => _old!.SshConfig;

    public async ValueTask InitializeAsync()
    {
        var rules = Configurations.Select((lines, i) => $"Match LocalAddress {Address}.{i + 1}\n{lines}\n").Append($"Match LocalAddress {WithoutSessions}\nMaxSessions 0\n");
        var banner = _folder.Write("banner", "Authorized users only.\n");
        // What follows a Match of a file that is included is not part of it.
        var file = _folder.Write("rules", string.Concat(rules).Replace("{banner}", banner, StringComparison.Ordinal));
        var starting = Fleet.StartAsync($"Include={file}");
        _old = await Fleet.StartAsync("KexAlgorithms=diffie-hellman-group14-sha256", "Ciphers=aes128-ctr", "MACs=hmac-sha2-256", "Compression=delayed", "RekeyLimit=64K");
        _fleet = await starting;
        var (rsa, ecdsa) = (_folder["rsa"], _folder["ecdsa"]);
        foreach (var (type, path) in ((string, string)[])[("rsa", rsa), ("ecdsa", ecdsa)])
        {
            await PeerServer.RunAsync(new ProgramStart("ssh-keygen", "-q", "-t", type, "-N", "", "-f", path));
            await File.AppendAllTextAsync(Path.Combine(_fleet.Folder, "authorized_keys"), await File.ReadAllTextAsync($"{path}.pub"));
        }

        _folder.Write("ssh_config", $"Host *\nIdentityFile {rsa}\nIdentityFile {ecdsa}\nInclude {_fleet.SshConfig}\n");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var fleet in new[] { _fleet, _old })
        {
            if (fleet is not null)
                await fleet.DisposeAsync();
        }

        _folder.Dispose();
    }
}

/// <summary>OpenSSH servers in a choice of configurations, on the built program.</summary>
public sealed class OpenSshServerTests(OpenSshServers servers) : IClassFixture<OpenSshServers>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("auto")]
    public async Task EachConfigurationServesCommandsAtOneLogin(string transport)
    {
        // The host that allows no session fails alone, and says why.
        string[] hosts = [OpenSshServers.Hosts, OpenSshServers.Hosts, OpenSshServers.Hosts, OpenSshServers.WithoutSessions];
        var result = await RunAsync(servers.Config, transport, hosts, "cat; echo err >&2; exit 3");
        var lines = await JsonLines.ReadAsync(result);
        var ends = lines.Of("finished").Select(end => (string)end["node"]!).ToLookup(node => node == OpenSshServers.WithoutSessions);
        Assert.Equal(3 * OpenSshServers.Count, ends[false].Count());
        foreach (var node in ends[false])
        {
            var (stdout, stderr) = (Encoding.UTF8.GetString(lines.Output(node, "stdout")), Encoding.UTF8.GetString(lines.Output(node, "stderr")));
            Assert.True((stdout, stderr, (int?)lines.Finished(node)["exit_code"]) == ("in\n", "err\n", 3), $"{node}: {stdout}{stderr}\n{result.Stderr}");
        }

        Assert.Equal("connect_failed", (string)lines.Finished(Assert.Single(ends[true]))["outcome"]!);
        Assert.Contains($"{OpenSshServers.WithoutSessions}: connect failed: the server refused a session (its MaxSessions?)", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openssh")]
    [InlineData("auto")]
    public async Task AServerWithOldAlgorithmsIsReachedByTheSystemsSsh(string transport)
    {
        var result = await RunAsync(servers.OldConfig, transport, ["127.0.90.1,127.0.90.1"], "head -c 1000000 /dev/zero; exit 3");
        var lines = await JsonLines.ReadAsync(result);
        Assert.All(lines.Of("finished"), end => Assert.Equal((3, 1_000_000), ((int)end["exit_code"]!, (int)end["stdout_bytes"]!)));
        Assert.Equal(2, lines.Of("finished").Count());
    }

    private static Task<ProgramResult> RunAsync(string config, string transport, IEnumerable<string> hosts, string line) => ProgramRun.RunAsync(
        VolleyRun.Start("-F", config, "--transport", transport, "--connect-timeout", "60", "--output", "json", "--stdin", "-H", string.Join(',', hosts), line).WithInput("in\n"), Limit);
}
