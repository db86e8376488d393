using Volley.Ssh.Keys;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Keys;

/// <summary>Certificates that ssh-keygen has signed.</summary>
public sealed class CertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly KeyFolder _keys = new();

    public void Dispose() => _keys.Dispose();

    [Theory]
    [InlineData("ed25519", "ed25519")]
    [InlineData("ed25519", "ecdsa")]
    [InlineData("ed25519", "rsa")]
    [InlineData("ecdsa", "ed25519")]
    [InlineData("rsa", "ed25519")]
    public async Task AHostsCertificateOfEveryKindIsReadAndVerified(string type, string authorityType)
    {
        var certificate = await SignAsync(type, authorityType, "-h", "-n", "web1,*.example.org", "-z", "77", "-V", "-1d:+1d");
        Assert.Equal((CertificateRole.Host, "id of it", 77UL), (certificate.Role, certificate.KeyId, certificate.Serial));
        Assert.Equal(["web1", "*.example.org"], certificate.Principals);
        Assert.True(certificate.IsSignedByItsAuthority());
        Assert.Null(certificate.WhyNotHost("web1", Now));
        Assert.Null(certificate.WhyNotHost("db.example.org", Now));
        Assert.Equal("it is for web1,*.example.org", certificate.WhyNotHost("web2", Now));
    }

    [Fact]
    public async Task TheCertifiedKeyAndTheAuthorityAreThoseOfTheFiles()
    {
        string key = await _keys.GenerateAsync("-t", "ecdsa"), authority = await _keys.GenerateAsync("-t", "ed25519");
        var certificate = await SignFileAsync(key, authority, "-h");
        Assert.Equal(KeyFolder.PublicBlob(key + ".pub"), certificate.CertifiedBlob.ToArray());
        Assert.Equal(KeyFolder.PublicBlob(authority + ".pub"), certificate.AuthorityBlob.ToArray());
    }

    [Fact]
    public async Task OneWithoutPrincipalsIsForNoHost() =>
        Assert.Equal("it names no host", (await SignAsync("ed25519", "ed25519", "-h")).WhyNotHost("whatever", Now));

    [Theory]
    [InlineData("*", "web1", true)]
    [InlineData("web?", "web1", true)]
    [InlineData("web?", "web10", false)]
    [InlineData("*.example.org", "example.org", false)]
    [InlineData("!web1,*", "web1", true)]
    public async Task PrincipalsOfHostsMayHoldWildcards(string principals, string host, bool isFor) =>
        Assert.Equal(isFor, (await SignAsync("ed25519", "ed25519", "-h", "-n", principals)).WhyNotHost(host, Now) is null);

    [Fact]
    public async Task TimeIsLookedAt()
    {
        var certificate = await SignAsync("ed25519", "ed25519", "-h", "-n", "h", "-V", "20300101000000Z:20300102000000Z");
        Assert.StartsWith("it is not valid before 2030-01-01", certificate.WhyNotHost("h", new(2029, 12, 31, 0, 0, 0, TimeSpan.Zero)), StringComparison.Ordinal);
        Assert.Null(certificate.WhyNotHost("h", new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero)));
        Assert.StartsWith("it has expired at 2030-01-02", certificate.WhyNotHost("h", new(2030, 1, 2, 0, 0, 0, TimeSpan.Zero)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AUsersIsNoHosts() =>
        Assert.Equal("it is a user's", (await SignAsync("ed25519", "ed25519", "-n", "me")).WhyNotHost("me", Now));

    [Fact]
    public async Task ACriticalOptionThatNobodyKnowsCounts() =>
        Assert.Equal(
            "it has a critical option that is not known: x@y",
            (await SignAsync("ed25519", "ed25519", "-h", "-n", "h", "-O", "critical:x@y=z")).WhyNotHost("h", Now));

    [Fact]
    public async Task AChangedByteAnywhereIsSeen()
    {
        var blob = (await SignAsync("ed25519", "ed25519", "-h", "-n", "web1")).Blob.ToArray();
        for (var at = 4; at < blob.Length; at += 7)
        {
            var changed = blob.ToArray();
            changed[at] ^= 1;
            try
            {
                Assert.NotNull(KeyCertificate.Parse(changed).WhyNotHost("web1", Now));
            }
            catch (SshException refusal)
            {
                Assert.Equal(SshFailure.UnusableKey, refusal.Failure);
            }
        }
    }

    [Fact]
    public async Task ASha1SignatureDoesNotCount() =>
        Assert.Equal("its signature is wrong", (await SignAsync("ed25519", "rsa", "-h", "-n", "h", "-t", "ssh-rsa")).WhyNotHost("h", Now));

    [Theory]
    [InlineData("ed25519", "ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("ecdsa", "ecdsa-sha2-nistp256-cert-v01@openssh.com")]
    [InlineData("rsa", "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com")]
    public async Task ACertifiedKeySignsByTheNameOfTheKey(string type, params string[] algorithms)
    {
        var path = await _keys.GenerateAsync("-t", type);
        var certificate = await SignFileAsync(path, await _keys.GenerateAsync("-t", "ed25519"), "-n", "me");
        using var key = KeyFolder.Open(path);
        using var certified = new CertifiedKey(certificate, key, "both");
        Assert.Equal(algorithms, certified.SignatureAlgorithms);
        Assert.Equal((certificate.Type, "both"), (certified.KeyType, certified.Label));
        var signature = await certified.SignAsync(algorithms[0], new byte[10], null, default);
        Assert.Equal(key.SignatureAlgorithms[0], new SshReader(signature, "it").ReadName());
        using var publicKey = PublicKey.Parse(key.PublicBlob.Span);
        Assert.True(publicKey.Verify(key.SignatureAlgorithms[0], new byte[10], signature));
    }

    private async Task<KeyCertificate> SignAsync(string type, string authorityType, params string[] arguments) => await SignFileAsync(
        await _keys.GenerateAsync("-t", type), await _keys.GenerateAsync("-t", authorityType), arguments);

    private static async Task<KeyCertificate> SignFileAsync(string key, string authority, params string[] arguments)
    {
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-s", authority, "-I", "id of it", .. arguments, key + ".pub"]);
        return KeyCertificate.Parse(KeyFolder.PublicBlob(key + "-cert.pub"));
    }
}
