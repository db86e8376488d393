using Xunit;

namespace Volley.Ssh.UnitTests.HostKeys;

/// <summary>Certificates of hosts, and the authorities in files of known hosts.</summary>
public sealed class HostCertificateTests : HostKeyScene
{
    [Fact]
    public async Task AnAuthorityForAHostWithoutItsPortServesItsPorts()
    {
        var certificate = await CertificateAsync("-n", "web1");
        Write($"@cert-authority web1 {Public(Two)}\n");
        await CheckAsync(Strict("web1", 2222), certificate);
        Write($"@cert-authority web2 {Public(Two)}\n");
        Assert.Contains("does not count: it is for web1", await RefusalAsync(Strict("web2", 2222), certificate), StringComparison.Ordinal);
        // A key that is known for the port changes nothing about the certificate; an alias has no port.
        Write($"@cert-authority web1 {Public(Two)}\n[web1]:2222 {Public(Ecdsa)}\n");
        await CheckAsync(Strict("web1", 2222), certificate);
        Write($"@cert-authority web1 {Public(Two)}\n");
        Assert.Contains("No ED25519 host key is known for farm", await RefusalAsync(Strict("web1", 2222) with { Alias = "farm" }, certificate), StringComparison.Ordinal);
        // What is revoked without a port is revoked for it.
        Write($"@cert-authority web1 {Public(Two)}\n@revoked web1 {Public(One)}\n");
        Assert.Contains("revoked", await RefusalAsync(Strict("web1", 2222), certificate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostCertificateIsAcceptedByItsAuthority()
    {
        var certificate = await CertificateAsync("-n", "web1", "-V", "-1h:+1h");
        Write($"@cert-authority web*,[web*]:* {Public(Two)}\n");
        await CheckAsync(Strict("web1"), certificate);
        await CheckAsync(Strict("web1", 2222), certificate);
        await CheckAsync(Strict("10.1.1.1") with { Alias = "web1" }, certificate);
        Assert.Contains("does not count: it is for web1", await RefusalAsync(Strict("web2"), certificate), StringComparison.Ordinal);
        Assert.Contains("No ED25519 host key is known for db1", await RefusalAsync(Strict("db1"), certificate), StringComparison.Ordinal);
        // Its key by itself is known as any other.
        Write($"db1 {Public(One)}\n");
        await CheckAsync(Strict("db1"), certificate);
    }

    [Fact]
    public async Task AnExpiredCertificateFallsBackToItsKey()
    {
        var certificate = await CertificateAsync("-n", "web1", "-V", "20200101:20200102");
        Write($"@cert-authority * {Public(Two)}\n");
        Assert.Contains("it has expired", await RefusalAsync(Strict("web1"), certificate), StringComparison.Ordinal);
        Write($"@cert-authority * {Public(Two)}\nweb1 {Public(One)}\n");
        await CheckAsync(Strict("web1"), certificate);
    }

    [Fact]
    public async Task UnderAnAuthorityAPlainKeyIsStillANewOne()
    {
        Write($"@cert-authority * {Public(Two)}\n");
        await CheckAsync(Policy("web1"), One);
        Assert.EndsWith($"web1 {Public(One)}\n", await File.ReadAllTextAsync(Known), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedAuthorityOrKeyRefusesTheCertificate()
    {
        var certificate = await CertificateAsync("-n", "web1");
        foreach (var revoked in new[] { One, Two })
        {
            Write($"@cert-authority * {Public(Two)}\n@revoked * {Public(revoked)}\n");
            Assert.Contains("revoked", await RefusalAsync(Policy("web1"), certificate), StringComparison.Ordinal);
        }
    }
}
