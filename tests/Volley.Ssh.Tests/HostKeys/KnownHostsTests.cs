using System.Text;
using Volley.Ssh.Config;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Tests.Keys;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.Tests.HostKeys;

/// <summary>Files of known hosts; what ssh-keygen finds in them, we find, and the other way round.</summary>
public sealed class KnownHostsTests : IAsyncLifetime
{
    private readonly KeyFolder _keys = new();
    private string _one = "", _two = "", _ecdsa = "";
    private string _file = "";

    public async ValueTask InitializeAsync()
    {
        _one = await _keys.GenerateAsync("-t", "ed25519");
        _two = await _keys.GenerateAsync("-t", "ed25519");
        _ecdsa = await _keys.GenerateAsync("-t", "ecdsa");
        _file = _keys.NewPath("known");
    }

    public ValueTask DisposeAsync()
    {
        _keys.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("web1", "web1", 22)]
    [InlineData("web1", "web2", 22)]
    [InlineData("web1,10.0.0.1", "10.0.0.1", 22)]
    [InlineData("WEB1", "web1", 22)]
    [InlineData("[web1]:2222", "web1", 2222)]
    [InlineData("[web1]:2222", "web1", 22)]
    [InlineData("[::1]:2222", "::1", 2222)]
    [InlineData("*.example.org,!db.example.org", "web.example.org", 22)]
    [InlineData("*.example.org,!db.example.org", "db.example.org", 22)]
    [InlineData("we?1", "web1", 22)]
    [InlineData("[127.*]:2200", "127.0.0.9", 2200)]
    public async Task NamesMatchAsInSsh(string names, string host, int port)
    {
        Write($"# a comment\n\n{names} {Public(_one)} and words\n");
        var lookedUp = port == 22 ? host : $"[{host}]:{port}";
        var found = (await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-F", lookedUp, "-f", _file))).ExitCode == 0;
        Assert.Equal(found, IsAccepted(Strict(host, port), _one));
    }

    [Fact]
    public async Task HashedNamesOfSshAreFound()
    {
        Write($"web1 {Public(_one)}\n[web2]:2222 {Public(_two)}\n");
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-H", "-f", _file]);
        Assert.DoesNotContain("web1", await File.ReadAllTextAsync(_file), StringComparison.Ordinal);
        Assert.True(IsAccepted(Strict("web1"), _one));
        Assert.True(IsAccepted(Strict("web2", 2222), _two));
        Assert.False(IsAccepted(Strict("web3"), _one));
        Assert.Contains("line 1", Refusal(Strict("web1"), _two), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ANewKeyIsRecordedSoThatSshFindsIt(bool isHashed)
    {
        var policy = Policy("web1", 2222) with { HashesNames = isHashed };
        Check(policy, _one);
        var text = await File.ReadAllTextAsync(_file);
        Assert.Equal(!isHashed, text.Contains("web1", StringComparison.Ordinal));
        Assert.Contains(Public(_one), await KeyFolder.RunAsync("ssh-keygen", ["-F", "[web1]:2222", "-f", _file]), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(_file));
        // Again, by what was read and by what another run reads.
        Assert.True(IsAccepted(policy with { Checking = HostKeyChecking.Yes }, _one));
        Assert.Contains("host key changed", Refusal(policy, _two), StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(_file));
    }

    [Fact]
    public async Task AFileWithoutALastNewlineStaysALineALine()
    {
        Write($"web1 {Public(_one)}");
        Check(Policy("web2"), _two);
        Assert.Equal($"web1 {Public(_one)}\nweb2 {Public(_two)}\n", await File.ReadAllTextAsync(_file));
    }

    [Fact]
    public void AChangedKeyIsRefusedWithItsPlaceAndSshsAdvice()
    {
        Write($"# first\nweb1 {Public(_ecdsa)}\nweb1 {Public(_one)}\n");
        Assert.Equal(
            $"host key changed ({_file} line 3); if that is as it should be, remove the old one with: ssh-keygen -f \"{_file}\" -R \"web1\"",
            Refusal(Policy("web1"), _two));
    }

    [Fact]
    public void AKeyOfAnotherTypeThanTheKnownOneIsAChangedOne()
    {
        Write($"web1 {Public(_ecdsa)}\n");
        Assert.Contains($"host key changed ({_file} line 1)", Refusal(Policy("web1"), _one), StringComparison.Ordinal);
    }

    [Fact]
    public void ARevokedKeyIsRefusedWhateverElseIsSaid()
    {
        Write($"web1 {Public(_one)}\n@revoked * {Public(_one)}\n");
        foreach (var checking in Enum.GetValues<HostKeyChecking>())
            Assert.Contains($"is marked as revoked ({_file} line 2)", Refusal(Policy("web1") with { Checking = checking }, _one), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HostKeyChecking.Yes, false)]
    [InlineData(HostKeyChecking.Ask, false)]
    [InlineData(HostKeyChecking.AcceptNew, true)]
    [InlineData(HostKeyChecking.No, true)]
    public void AnUnknownKeyIsUpToStrictHostKeyChecking(HostKeyChecking checking, bool isAccepted)
    {
        Write("");
        Assert.Equal(isAccepted, IsAccepted(Policy("web1") with { Checking = checking }, _one));
        Assert.Equal(isAccepted, new FileInfo(_file).Length > 0);
    }

    [Fact]
    public void AChangedKeyPassesUnderNoAloneAndIsNotRecorded()
    {
        Write($"web1 {Public(_one)}\n");
        var checker = Checker(Policy("web1") with { Checking = HostKeyChecking.No });
        checker.Check(Offer(_two));
        Assert.True(checker.HasLetAChangedKeyPass);
        Assert.Equal($"web1 {Public(_one)}\n", File.ReadAllText(_file));
    }

    [Fact]
    public void AHostThatIsKnownWithoutItsPortIsKnown()
    {
        Write($"web1 {Public(_one)}\n");
        Assert.True(IsAccepted(Strict("web1", 2222), _one));
        Assert.False(IsAccepted(Strict("web1", 2222), _two));
    }

    [Fact]
    public void AnAliasGoesBeforeHostAndPort()
    {
        Write($"farm {Public(_one)}\n");
        Assert.True(IsAccepted(Strict("web1", 2222) with { Alias = "farm" }, _one));
        Assert.False(IsAccepted(Strict("web1", 2222), _one));
    }

    [Fact]
    public void AllFilesCountAndTheFirstIsWrittenTo()
    {
        string second = _keys.NewPath("known"), global = _keys.NewPath("known");
        File.WriteAllText(second, $"web1 {Public(_one)}\n");
        File.WriteAllText(global, $"web2 {Public(_two)}\n");
        var policy = Policy("web1") with { UserFiles = [_file, second], GlobalFiles = [global] };
        Assert.True(IsAccepted(policy with { Checking = HostKeyChecking.Yes }, _one));
        Assert.True(IsAccepted(policy with { Checking = HostKeyChecking.Yes, Host = "web2" }, _two));
        Check(policy with { Host = "web3" }, _one);
        Assert.Equal($"web3 {Public(_one)}\n", File.ReadAllText(_file));
    }

    [Fact]
    public void AFileThatCantBeReadIsAFailureAndNeverAcceptance()
    {
        Directory.CreateDirectory(_file);
        foreach (var checking in Enum.GetValues<HostKeyChecking>())
            Assert.Contains($"{_file} can't be read, so no host key can be trusted", Refusal(Policy("web1") with { Checking = checking }, _one), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCantBeRecordedIsNotAccepted() =>
        Assert.Contains("can't be recorded in /proc/nowhere", Refusal(Policy("web1") with { UserFiles = ["/proc/nowhere/known"] }, _one), StringComparison.Ordinal);

    [Fact]
    public void ADeviceForgets()
    {
        var checker = Policy("web1") with { UserFiles = ["/dev/null"] };
        Check(checker, _one);
        Check(checker, _two);
    }

    [Fact]
    public void TheAlgorithmsOfKnownKeysComeFirst()
    {
        Write($"web1 {Public(_ecdsa)}\n@cert-authority web2 {Public(_one)}\n");
        Assert.Equal("ecdsa-sha2-nistp256", Checker(Policy("web1")).Order(SshAlgorithms.HostKeys)[0]);
        Assert.Equal(SshAlgorithms.HostKeys, Checker(Policy("web2")).Order(SshAlgorithms.HostKeys));
        string[] plainFirst = ["ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"];
        Assert.Equal(plainFirst.Reverse(), Checker(Policy("web2")).Order(plainFirst));
        Assert.Equal(plainFirst, Checker(Policy("web3")).Order(plainFirst));
    }

    [Fact]
    public async Task AHostCertificateIsAcceptedByItsAuthority()
    {
        var certificate = await CertificateAsync("-n", "web1", "-V", "-1h:+1h");
        Write($"@cert-authority web*,[web*]:* {Public(_two)}\n");
        Check(Strict("web1"), certificate);
        Check(Strict("web1", 2222), certificate);
        Check(Strict("10.1.1.1") with { Alias = "web1" }, certificate);
        Assert.Contains("does not count: it is for web1", Refusal(Strict("web2"), certificate), StringComparison.Ordinal);
        Assert.Contains("No ED25519 host key is known for db1", Refusal(Strict("db1"), certificate), StringComparison.Ordinal);
        // Its key by itself is known as any other.
        Write($"db1 {Public(_one)}\n");
        Check(Strict("db1"), certificate);
    }

    [Fact]
    public async Task AnExpiredCertificateFallsBackToItsKey()
    {
        var certificate = await CertificateAsync("-n", "web1", "-V", "20200101:20200102");
        Write($"@cert-authority * {Public(_two)}\n");
        Assert.Contains("it has expired", Refusal(Strict("web1"), certificate), StringComparison.Ordinal);
        Write($"@cert-authority * {Public(_two)}\nweb1 {Public(_one)}\n");
        Check(Strict("web1"), certificate);
    }

    [Fact]
    public async Task UnderAnAuthorityAPlainKeyIsStillANewOne()
    {
        Write($"@cert-authority * {Public(_two)}\n");
        Check(Policy("web1"), _one);
        Assert.EndsWith($"web1 {Public(_one)}\n", await File.ReadAllTextAsync(_file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedAuthorityOrKeyRefusesTheCertificate()
    {
        var certificate = await CertificateAsync("-n", "web1");
        foreach (var revoked in new[] { _one, _two })
        {
            Write($"@cert-authority * {Public(_two)}\n@revoked * {Public(revoked)}\n");
            Assert.Contains("revoked", Refusal(Policy("web1"), certificate), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ThreeHundredFirstContactsAtOnceAreRecordedOnceEach()
    {
        var files = new KnownHosts();
        var offer = Offer(_one);
        // Each name three times, as a host that is listed more than once.
        await Parallel.ForAsync(0, 300, (i, _) =>
        {
            new HostKeyChecker(Policy($"web{i % 100}"), files).Check(offer);
            return ValueTask.CompletedTask;
        });
        var lines = await File.ReadAllLinesAsync(_file);
        Assert.Equal(100, lines.Length);
        Assert.Equal(100, lines.Distinct().Count());
        Assert.All(lines, line => Assert.EndsWith(Public(_one), line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatAnotherRunRecordsMeanwhileCounts()
    {
        KnownHosts ours = new(), theirs = new();
        Write("");
        var checker = new HostKeyChecker(Policy("web1"), ours);
        Assert.NotNull(checker.Order(SshAlgorithms.HostKeys));
        new HostKeyChecker(Policy("web1"), theirs).Check(Offer(_one));
        Assert.Contains("host key changed", Assert.Throws<SshException>(() => checker.Check(Offer(_two))).Message, StringComparison.Ordinal);
        new HostKeyChecker(Policy("web1"), ours).Check(Offer(_one));
        Assert.Single(await File.ReadAllLinesAsync(_file));
    }

    [Theory]
    [InlineData("web1")]
    [InlineData("web1 ssh-ed25519")]
    [InlineData("web1 ssh-ed25519 AAAA")]
    [InlineData("web1 ssh-ed25519 !!!!")]
    [InlineData("@unknown web1 {0}")]
    [InlineData("|1|broken web1 {0}")]
    [InlineData("|2|YQ==|YQ== {0}")]
    [InlineData("# web1 {0}")]
    public void ALineThatSshPassesOverSaysNothing(string line)
    {
        Write(line.Replace("{0}", Public(_one), StringComparison.Ordinal) + "\n");
        Assert.Contains("No ED25519 host key is known for web1", Refusal(Strict("web1"), _one), StringComparison.Ordinal);
    }

    private HostKeyPolicy Policy(string host, int port = 22) => new() { Host = host, Port = port, UserFiles = [_file] };

    private HostKeyPolicy Strict(string host, int port = 22) => Policy(host, port) with { Checking = HostKeyChecking.Yes };

    private static HostKeyChecker Checker(HostKeyPolicy policy) => new(policy, new KnownHosts());

    private static void Check(HostKeyPolicy policy, string key) => Checker(policy).Check(Offer(key));

    private static void Check(HostKeyPolicy policy, HostKeyOffer offer) => Checker(policy).Check(offer);

    private static bool IsAccepted(HostKeyPolicy policy, string key)
    {
        try
        {
            Check(policy, key);
            return true;
        }
        catch (SshException refusal)
        {
            Assert.Equal(SshFailure.HostKeyRejected, refusal.Failure);
            return false;
        }
    }

    private static string Refusal(HostKeyPolicy policy, string key) => Refusal(policy, Offer(key));

    private static string Refusal(HostKeyPolicy policy, HostKeyOffer offer)
    {
        var refusal = Assert.Throws<SshException>(() => Check(policy, offer));
        Assert.Equal(SshFailure.HostKeyRejected, refusal.Failure);
        return refusal.Message;
    }

    private static HostKeyOffer Offer(string key)
    {
        var words = File.ReadAllText(key + ".pub").Split(' ');
        return new(words[0], Convert.FromBase64String(words[1]));
    }

    private static string Public(string key) => string.Join(' ', File.ReadAllText(key + ".pub").Split(' ')[..2]);

    private async Task<HostKeyOffer> CertificateAsync(params string[] arguments)
    {
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-s", _two, "-I", "id", "-h", .. arguments, _one + ".pub"]);
        return Offer(_one + "-cert");
    }

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private void Write(string text) => File.WriteAllText(_file, text, Encoding.ASCII);
}
