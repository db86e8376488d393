using Xunit;

namespace Volley.Ssh.UnitTests.Config;

/// <summary>Values of directives that have no setting, and of algorithm lists: what ssh refuses is refused, or left to ssh to judge.</summary>
public sealed class OracleValueTests : IDisposable
{
    private const string Flags = "yes|no|TRUE|false";
    private const string BadFlags = "maybe";

    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string, string> Values => new()
    {
        // The keyword; values that every ssh takes; values that are left to ssh, and that it takes; values that it refuses.
        { "LocalForward", "8080 a:80|127.0.0.1:8080 b-c.example:443|localhost:8080 a_b:1", "[::1]:80 a:80|8080 [::1]:80|/tmp/a /tmp/b|*:8080 a:80|:8080 a:80", "80|0 a:80|65536 a:1|8080 a|8080 a:x|8080 a:80 x|8080 a:0" },
        { "RemoteForward", "8080 a:80|a:8080 b:80", "8080|a:8080|0 a:80|/tmp/a /tmp/b", "8080 a|65536|8080 a:80 x" },
        { "DynamicForward", "8080|localhost:8080", "[::1]:8080|*:8080", "0|65536|8080 x" },
        { "PermitRemoteOpen", "", "any|none|a:80 b:443", "a" },
        { "ExitOnForwardFailure", Flags, "", BadFlags },
        { "GatewayPorts", Flags, "", "maybe|1|yes no" },
        { "Tunnel", "yes|no|true|false|point-to-point|Ethernet", "", "maybe|yes no" },
        { "TunnelDevice", "", "any|any:any|0:1|3", "x|a:b" },
        { "StreamLocalBindMask", "", "0177|0000", "x|1000" },
        { "StreamLocalBindUnlink", Flags, "", BadFlags },
        { "ClearAllForwardings", Flags, "", BadFlags },
        { "LocalCommand", "echo a; b | \"c\" 'd'", "", "echo \"a" },
        { "PermitLocalCommand", Flags, "", BadFlags },
        { "RemoteCommand", "tmux attach", "", "echo \"a" },
        { "RequestTTY", "yes|no|true|False|force|AUTO", "", "maybe|yes no" },
        { "SessionType", "", "none|subsystem|default", "shell" },
        { "StdinNull", "", Flags, BadFlags },
        { "ForkAfterAuthentication", "", Flags, BadFlags },
        { "EscapeChar", "none|~|^|^b|^]|x", "", "abc|^?|NONE|\u00e9|~ ~" },
        { "ForwardAgent", Flags, "$SSH_AUTH_SOCK|${HOME}/agent|/run/agent|SOME", "${NO_SUCH_VARIABLE}/x|$a-b|yes no" },
        { "ForwardX11", Flags, "", BadFlags },
        { "ForwardX11Trusted", Flags, "", BadFlags },
        { "ForwardX11Timeout", "0|1h30m|90|none", "", "xyz|5x|-1|1 2" },
        { "XAuthLocation", "/usr/bin/xauth|none", "", "a b" },
        { "VisualHostKey", Flags, "", BadFlags },
        { "FingerprintHash", "sha256|MD5", "sha512|sha1", "sha3" },
        { "SyslogFacility", "USER|auth|DAEMON", "LOCAL7|AUTHPRIV", "maybe" },
        { "LogVerbose", "", "none|kex.c:*:1000|a,b", "none x" },
        { "NumberOfPasswordPrompts", "0|3", "", "x|-1|3 4|3000000000" },
        { "UpdateHostKeys", "yes|no|true|ASK", "", "maybe" },
        { "AddKeysToAgent", "yes|no|ask|confirm", "1h|90|confirm 5m", "maybe|yes 5m|confirm x" },
        { "Compression", "yes|no", "", "maybe|9" },
        { "CanonicalDomains", "", "a.example b.example|none", ".a" },
        { "CanonicalizeMaxDots", "0|2", "", "x" },
        { "CanonicalizeFallbackLocal", Flags, "", BadFlags },
        { "CanonicalizeHostname", "yes|no|true|always", "", "maybe" },
        { "CanonicalizePermittedCNAMEs", "", "none|*.a:*.b,c", "a" },
        { "EnableSSHKeysign", Flags, "", BadFlags },
        { "HostbasedAuthentication", Flags, "", BadFlags },
        { "HostbasedAcceptedAlgorithms", "", "ssh-ed25519|+ssh-rsa|-*cert*", "nonsense" },
        { "GSSAPIAuthentication", Flags, "", "" },
        { "GSSAPIDelegateCredentials", Flags, "", "" },
        { "Protocol", "2|1,2|nonsense", "", "" },
        { "Cipher", "blowfish|nonsense", "", "" },
        { "CompressionLevel", "6|nonsense", "", "" },
        { "UsePrivilegedPort", "no|nonsense", "", "" },
        { "PubkeyAuthentication", Flags, "host-bound|unbound", "maybe" },
        { "DSAAuthentication", Flags, "", "maybe" },
        { "KbdInteractiveDevices", "pam,skey", "", "a b" },
        { "PKCS11Provider", "/lib/x.so|none", "", "a b" },
        { "SecurityKeyProvider", "", "internal|/lib/x.so", "a b" },
        { "BindInterface", "eth0", "", "a b" },
        { "CheckHostIP", Flags, "", BadFlags },
        { "NoHostAuthenticationForLocalhost", Flags, "", BadFlags },
        { "ProxyUseFdpass", Flags, "", BadFlags },
        { "TCPKeepAlive", Flags, "", BadFlags },
        { "KeepAlive", Flags, "", BadFlags },
        { "VerifyHostKeyDNS", "yes|no|true|ask", "", "maybe" },
        { "KnownHostsCommand", "", "none|/bin/true %H", "/bin/true \"%H" },
        { "Ciphers", "", "aes128-ctr|+aes128-cbc|^aes256-ctr|-nonsense", "nonsense|aes128-ctr,nonsense|+nonsense|^nonsense" },
        { "MACs", "", "hmac-sha1|+hmac-md5|-nonsense", "nonsense|hmac-sha1,nonsense|+nonsense|^nonsense" },
        { "KexAlgorithms", "", "curve25519-sha256|+diffie-hellman-group1-sha1|-nonsense", "nonsense|curve25519-sha256,nonsense|+nonsense|^nonsense" },
        { "HostKeyAlgorithms", "", "ssh-ed25519|+ssh-rsa|rsa-*|-nonsense", "nonsense|ssh-ed25519,nonsense|+nonsense|nonsense*" },
        { "PubkeyAcceptedAlgorithms", "", "ssh-ed25519|+ssh-rsa|rsa-*|-nonsense", "nonsense|ssh-ed25519,nonsense|+nonsense|nonsense*" },
        { "CASignatureAlgorithms", "", "ssh-ed25519|+ssh-rsa|-nonsense", "nonsense|ssh-ed25519,nonsense|+nonsense" },
        { "RequiredRSASize", "", "2048", "x" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task AreTakenWhereSshTakesThem(string keyword, string judged, string left, string refused)
    {
        Assert.All(Lines(keyword, judged), line => Assert.True(IsJudged(line), line));
        Assert.All(Lines(keyword, left), line => Assert.False(IsJudged(line), line));
        using var oracle = new SshOracle();
        foreach (string line in Lines(keyword, refused))
        {
            Assert.True((await oracle.ResolveAsync(new("a value that it refuses", line))).Values is null, line);
            Assert.True(IsRefused(line) || !IsJudged(line), line);
        }
    }

    [Fact]
    public async Task AreTakenBySsh()
    {
        using var oracle = new SshOracle();
        string all = string.Concat(Values.Select(row => row.Data).SelectMany(row => Lines(row.Item1, row.Item2).Concat(Lines(row.Item1, row.Item3))));
        var (taken, complaint) = await oracle.ResolveAsync(new("values that it takes", all));
        Assert.True(taken is not null, complaint);
    }

    /// <summary>The files of other systems and of other versions; ssh refuses what it does not know.</summary>
    [Theory]
    [InlineData("UseKeychain yes")]
    [InlineData("ObscureKeystrokeTiming interval:80")]
    [InlineData("EnableEscapeCommandline yes")]
    [InlineData("ChannelTimeout none")]
    [InlineData("WarnWeakCrypto yes")]
    [InlineData("RefuseConnection no")]
    [InlineData("VersionAddendum none")]
    [InlineData("Tag x")]
    [InlineData("RSAMinSize 2048")]
    [InlineData("GSSAPIKeyExchange no")]
    [InlineData("GSSAPIKexAlgorithms gss-nistp256-sha256-")]
    [InlineData("ProtocolKeepAlives 3")]
    [InlineData("NoSuchDirective 1")]
    public void OfDirectivesThatNotEverySshKnowsAreLeftToIt(string line) => Assert.False(IsJudged($"Host bar\n{line}\n"));

    /// <summary>A file is refused for a line of another host as well.</summary>
    private static IEnumerable<string> Lines(string keyword, string values) =>
        values.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(value => $"Host bar\n{keyword} {value}\n");

    private bool IsJudged(string text) => !Load(text).HasUnjudgedLines;

    private bool IsRefused(string text)
    {
        try
        {
            Load(text);
            return false;
        }
        catch (SshConfigException refusal)
        {
            Assert.Equal(2, refusal.Line);
            return true;
        }
    }

    private SshConfig Load(string text) => SshConfig.Load(_folder.Files with { OnlyFile = _folder.Write("config", text) });
}
