using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>RevokedHostKeys: whatever the file holds, ssh and we come to the same end.</summary>
public class NativeRevokedKeysTests(Fleet fleet)
{
    private static readonly string Host = Fleet.Address(23_660);

    [Theory]
    [InlineData("", true)]
    [InlineData("# {host}\n\n", true)]
    [InlineData("{other}\n", true)]
    [InlineData("{other}\r\n  {other}", true)]
    [InlineData("{host}\n", false)]
    [InlineData("{other}\n  {host} and a comment", false)]
    [InlineData("{host-by-tab}\n", false)]
    [InlineData("{other}\ngarbage\n", false)]
    [InlineData("ssh-foo AAAAB3NzaC1yc2E=\n", false)]
    [InlineData("ssh-ed25519\n", false)]
    [InlineData("ssh-rsa {other-blob}\n", false)]
    [InlineData("restrict {other}\n", false)]
    public async Task TheFileMeansWhatItMeansToSsh(string content, bool isAccepted)
    {
        string host = Public(Path.Combine(fleet.Folder, "host_ed25519")), other = Public(fleet.KeyPath);
        var text = content.Replace("{host}", host, StringComparison.Ordinal).Replace("{other}", other, StringComparison.Ordinal)
            .Replace("{host-by-tab}", host.Replace(' ', '\t'), StringComparison.Ordinal).Replace("{other-blob}", other.Split(' ')[1], StringComparison.Ordinal);
        await AssertAsync(fleet.Write("revoked", text), isAccepted);
    }

    [Fact]
    public async Task AFileThatIsNotThereRefusesEveryHost()
    {
        Assert.Contains("can't be read, so no host key can be trusted", (await AssertAsync("/no/such/file", isAccepted: false)).Result.Message, StringComparison.Ordinal);
        Assert.Contains("can't be read, so no host key can be trusted", (await AssertAsync(fleet.Folder, isAccepted: false)).Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedKeyIsNamedWithItsPlaceAndIsNoneToRecord()
    {
        var file = fleet.Write("revoked", $"# these\n{Public(Path.Combine(fleet.Folder, "host_ed25519"))}\n{Public(Path.Combine(fleet.Folder, "host_ecdsa"))}\n");
        var known = fleet.Write("known", "");
        var node = await RunAsync(fleet.Config($"RevokedHostKeys {file}\nStrictHostKeyChecking accept-new", known));
        Assert.Equal(NodeOutcome.HostKeyRejected, node.Result.Outcome);
        Assert.Contains($"is marked as revoked ({file} line ", node.Result.Message, StringComparison.Ordinal);
        Assert.Equal("", await File.ReadAllTextAsync(known));
    }

    [Fact]
    public async Task ACertificateIsRevokedByItsKeyAndByItsAuthority()
    {
        string authority = await fleet.NewKeyAsync(), hostKey = await fleet.NewKeyAsync("-t", "rsa"), other = await fleet.NewKeyAsync();
        await using var special = await Fleet.StartCertifiedAsync(authority, hostKey, "-n", Host);
        var known = fleet.Write("known", $"@cert-authority [127.*]:{special.Port} {await File.ReadAllTextAsync(authority + ".pub")}");
        foreach (var revoked in new[] { hostKey, authority, hostKey + "-cert", other })
            await AssertEndAsync(special.Config($"RevokedHostKeys {revoked}.pub\nStrictHostKeyChecking yes", known), isAccepted: revoked == other);
    }

    [Fact]
    public async Task AKrlIsLeftToSsh()
    {
        var krl = fleet.NewPath("krl");
        await SshKeygen.RunAsync("-q", "-k", "-f", krl, fleet.KeyPath + ".pub");
        var config = fleet.Config($"RevokedHostKeys {krl}");
        var node = await RunAsync(config);
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        Assert.Equal($"the native transport does not support the configuration: RevokedHostKeys with a KRL at {config} line 2", node.Result.Message);
        Assert.Equal(Remedy.UseOpenSsh, node.Result.Remedy);
    }

    private Task<NodeRun> AssertAsync(string file, bool isAccepted) => AssertEndAsync(fleet.Config($"RevokedHostKeys {file}"), isAccepted);

    private static async Task<NodeRun> AssertEndAsync(string config, bool isAccepted)
    {
        var ssh = await ProgramRun.RunAsync(new ProgramStart("ssh", "-F", config, "-o", "BatchMode=yes", Host, "true"));
        Assert.True(ssh.ExitCode == (isAccepted ? 0 : 255), ssh.Stderr);
        var node = await RunAsync(config);
        Assert.True((isAccepted ? NodeOutcome.Exited : NodeOutcome.HostKeyRejected) == node.Result.Outcome, node.Result.Message);
        return node;
    }

    private static Task<NodeRun> RunAsync(string config) => NativeRuns.RunAsync(new SshOptions { ConfigFile = config }, new Target(Host), "true");

    private static string Public(string key) => string.Join(' ', File.ReadAllText(key + ".pub").Split(' ')[..2]);
}
