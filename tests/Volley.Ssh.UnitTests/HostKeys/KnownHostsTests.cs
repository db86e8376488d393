using System.Diagnostics;
using System.Text;
using Volley.Interop;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Transport;
using Volley.Ssh.UnitTests.Keys;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.HostKeys;

/// <summary>Files of known hosts; what ssh-keygen finds in them, we find, and the other way round.</summary>
public sealed class KnownHostsTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

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
        Assert.Equal(found, await IsAcceptedAsync(Strict(host, port), _one));
    }

    [Fact]
    public async Task HashedNamesOfSshAreFound()
    {
        Write($"web1 {Public(_one)}\n[web2]:2222 {Public(_two)}\n");
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-H", "-f", _file]);
        Assert.DoesNotContain("web1", await File.ReadAllTextAsync(_file), StringComparison.Ordinal);
        Assert.True(await IsAcceptedAsync(Strict("web1"), _one));
        Assert.True(await IsAcceptedAsync(Strict("web2", 2222), _two));
        Assert.False(await IsAcceptedAsync(Strict("web3"), _one));
        Assert.Contains("line 1", await RefusalAsync(Strict("web1"), _two), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ANewKeyIsRecordedSoThatSshFindsIt(bool isHashed)
    {
        var policy = Policy("web1", 2222) with { HashesNames = isHashed };
        await CheckAsync(policy, _one);
        var text = await File.ReadAllTextAsync(_file);
        Assert.Equal(!isHashed, text.Contains("web1", StringComparison.Ordinal));
        Assert.Contains(Public(_one), await KeyFolder.RunAsync("ssh-keygen", ["-F", "[web1]:2222", "-f", _file]), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(_file));
        // Again, by what was read and by what another run reads.
        Assert.True(await IsAcceptedAsync(policy with { Checking = SshHostKeyPolicy.Strict }, _one));
        Assert.Contains("host key changed", await RefusalAsync(policy, _two), StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(_file));
    }

    [Fact]
    public async Task AFileWithoutALastNewlineStaysALineALine()
    {
        Write($"web1 {Public(_one)}");
        await CheckAsync(Policy("web2"), _two);
        Assert.Equal($"web1 {Public(_one)}\nweb2 {Public(_two)}\n", await File.ReadAllTextAsync(_file));
    }

    [Fact]
    public async Task AChangedKeyIsRefusedWithItsPlaceAndSshsAdvice()
    {
        Write($"# first\nweb1 {Public(_ecdsa)}\nweb1 {Public(_one)}\n");
        Assert.Equal(
            $"host key changed ({_file} line 3); if the change is expected, remove the old one with: ssh-keygen -f \"{_file}\" -R \"web1\"",
            await RefusalAsync(Policy("web1"), _two));
    }

    [Fact]
    public async Task AKeyOfAnotherTypeThanTheKnownOneIsAChangedOne()
    {
        Write($"web1 {Public(_ecdsa)}\n");
        Assert.Contains($"host key changed ({_file} line 1)", await RefusalAsync(Policy("web1"), _one), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedKeyIsRefusedWhateverElseIsSaid()
    {
        Write($"web1 {Public(_one)}\n@revoked * {Public(_one)}\n");
        foreach (var checking in Enum.GetValues<SshHostKeyPolicy>())
            Assert.Contains($"is marked as revoked ({_file} line 2)", await RefusalAsync(Policy("web1") with { Checking = checking }, _one), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SshHostKeyPolicy.Strict, false)]
    [InlineData(SshHostKeyPolicy.Ask, false)]
    [InlineData(SshHostKeyPolicy.AcceptNew, true)]
    [InlineData(SshHostKeyPolicy.AcceptAny, true)]
    public async Task AnUnknownKeyIsUpToStrictHostKeyChecking(SshHostKeyPolicy checking, bool isAccepted)
    {
        Write("");
        Assert.Equal(isAccepted, await IsAcceptedAsync(Policy("web1") with { Checking = checking }, _one));
        Assert.Equal(isAccepted, new FileInfo(_file).Length > 0);
    }

    [Fact]
    public async Task AChangedKeyPassesUnderNoAloneAndIsNotRecorded()
    {
        Write($"web1 {Public(_one)}\n");
        var checker = Checker(Policy("web1") with { Checking = SshHostKeyPolicy.AcceptAny });
        await checker.CheckAsync(Offer(_two));
        Assert.True(checker.HasAcceptedChangedKey);
        Assert.Equal($"web1 {Public(_one)}\n", File.ReadAllText(_file));
    }

    [Fact]
    public async Task AHostThatIsKnownWithoutItsPortIsKnown()
    {
        Write($"web1 {Public(_one)}\n");
        Assert.True(await IsAcceptedAsync(Strict("web1", 2222), _one));
        Assert.False(await IsAcceptedAsync(Strict("web1", 2222), _two));
    }

    [Fact]
    public async Task AnAliasGoesBeforeHostAndPort()
    {
        Write($"farm {Public(_one)}\n");
        Assert.True(await IsAcceptedAsync(Strict("web1", 2222) with { Alias = "farm" }, _one));
        Assert.False(await IsAcceptedAsync(Strict("web1", 2222), _one));
    }

    [Fact]
    public async Task AllFilesCountAndTheFirstIsWrittenTo()
    {
        string second = _keys.NewPath("known"), global = _keys.NewPath("known");
        File.WriteAllText(second, $"web1 {Public(_one)}\n");
        File.WriteAllText(global, $"web2 {Public(_two)}\n");
        var policy = Policy("web1") with { UserFiles = [_file, second], GlobalFiles = [global] };
        Assert.True(await IsAcceptedAsync(policy with { Checking = SshHostKeyPolicy.Strict }, _one));
        Assert.True(await IsAcceptedAsync(policy with { Checking = SshHostKeyPolicy.Strict, Host = "web2" }, _two));
        await CheckAsync(policy with { Host = "web3" }, _one);
        Assert.Equal($"web3 {Public(_one)}\n", File.ReadAllText(_file));
    }

    [Fact]
    public async Task AFileThatCantBeReadIsAFailureAndNeverAcceptance()
    {
        Directory.CreateDirectory(_file);
        foreach (var checking in Enum.GetValues<SshHostKeyPolicy>())
            Assert.Contains($"{_file} can't be read, so no host key can be trusted", await RefusalAsync(Policy("web1") with { Checking = checking }, _one), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/nowhere/known")]
    [InlineData("/dev/full")]
    public async Task AHostWhoseKeyCantBeRecordedIsAcceptedAsInSsh(string file)
    {
        var policy = Policy("web1") with { UserFiles = [file] };
        var checker = Checker(policy);
        await checker.CheckAsync(Offer(_one));
        Assert.Equal(("ssh-ed25519", file), (checker.Recording?.KeyType, checker.Recording?.File));
        Assert.NotNull(checker.Recording?.Failure);
        foreach (var checking in new[] { SshHostKeyPolicy.Strict, SshHostKeyPolicy.Ask })
            Assert.Contains("No ED25519 host key is known", await RefusalAsync(policy with { Checking = checking }, _one), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatCantBeReadAnyMoreWhenAKeyIsRecordedRefuses()
    {
        Write("");
        var checker = Checker(Policy("web1"));
        Assert.NotNull(checker.Order(SshAlgorithms.HostKeys));
        File.Delete(_file);
        Directory.CreateDirectory(_file);
        var refusal = await Assert.ThrowsAsync<SshException>(async () => await checker.CheckAsync(Offer(_one)));
        Assert.Contains("can't be read, so no host key can be trusted", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsRecordedIsTold()
    {
        var files = new KnownHosts();
        foreach (var (host, isNew) in new[] { ("web1", true), ("web1", false), ("web2", true) })
        {
            var checker = new HostKeyChecker(Policy(host), files);
            await checker.CheckAsync(Offer(_one));
            Assert.Equal(isNew ? new SshHostKeyRecording("ssh-ed25519", _file, Failure: null) : null, checker.Recording);
        }

        var device = Checker(Policy("web1") with { UserFiles = ["/dev/null"] });
        await device.CheckAsync(Offer(_one));
        Assert.Null(device.Recording);
    }

    [Fact]
    public async Task AnAuthorityForAHostWithoutItsPortServesItsPorts()
    {
        var certificate = await CertificateAsync("-n", "web1");
        Write($"@cert-authority web1 {Public(_two)}\n");
        await CheckAsync(Strict("web1", 2222), certificate);
        Write($"@cert-authority web2 {Public(_two)}\n");
        Assert.Contains("does not count: it is for web1", await RefusalAsync(Strict("web2", 2222), certificate), StringComparison.Ordinal);
        // A key that is known for the port changes nothing about the certificate; an alias has no port.
        Write($"@cert-authority web1 {Public(_two)}\n[web1]:2222 {Public(_ecdsa)}\n");
        await CheckAsync(Strict("web1", 2222), certificate);
        Write($"@cert-authority web1 {Public(_two)}\n");
        Assert.Contains("No ED25519 host key is known for farm", await RefusalAsync(Strict("web1", 2222) with { Alias = "farm" }, certificate), StringComparison.Ordinal);
        // What is revoked without a port is revoked for it.
        Write($"@cert-authority web1 {Public(_two)}\n@revoked web1 {Public(_one)}\n");
        Assert.Contains("revoked", await RefusalAsync(Strict("web1", 2222), certificate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeviceForgets()
    {
        var checker = Policy("web1") with { UserFiles = ["/dev/null"] };
        await CheckAsync(checker, _one);
        await CheckAsync(checker, _two);
    }

    [Fact]
    public async Task TheAlgorithmsOfKnownKeysComeFirst()
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
        await CheckAsync(Strict("web1"), certificate);
        await CheckAsync(Strict("web1", 2222), certificate);
        await CheckAsync(Strict("10.1.1.1") with { Alias = "web1" }, certificate);
        Assert.Contains("does not count: it is for web1", await RefusalAsync(Strict("web2"), certificate), StringComparison.Ordinal);
        Assert.Contains("No ED25519 host key is known for db1", await RefusalAsync(Strict("db1"), certificate), StringComparison.Ordinal);
        // Its key by itself is known as any other.
        Write($"db1 {Public(_one)}\n");
        await CheckAsync(Strict("db1"), certificate);
    }

    [Fact]
    public async Task AnExpiredCertificateFallsBackToItsKey()
    {
        var certificate = await CertificateAsync("-n", "web1", "-V", "20200101:20200102");
        Write($"@cert-authority * {Public(_two)}\n");
        Assert.Contains("it has expired", await RefusalAsync(Strict("web1"), certificate), StringComparison.Ordinal);
        Write($"@cert-authority * {Public(_two)}\nweb1 {Public(_one)}\n");
        await CheckAsync(Strict("web1"), certificate);
    }

    [Fact]
    public async Task UnderAnAuthorityAPlainKeyIsStillANewOne()
    {
        Write($"@cert-authority * {Public(_two)}\n");
        await CheckAsync(Policy("web1"), _one);
        Assert.EndsWith($"web1 {Public(_one)}\n", await File.ReadAllTextAsync(_file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedAuthorityOrKeyRefusesTheCertificate()
    {
        var certificate = await CertificateAsync("-n", "web1");
        foreach (var revoked in new[] { _one, _two })
        {
            Write($"@cert-authority * {Public(_two)}\n@revoked * {Public(revoked)}\n");
            Assert.Contains("revoked", await RefusalAsync(Policy("web1"), certificate), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ThreeHundredFirstContactsAtOnceAreRecordedOnceEach()
    {
        var files = new KnownHosts();
        var offer = Offer(_one);
        // Each name three times, as a host that is listed more than once.
        await Parallel.ForAsync(0, 300, (i, token) => new HostKeyChecker(Policy($"web{i % 100}"), files).CheckAsync(offer, token));
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
        await new HostKeyChecker(Policy("web1"), theirs).CheckAsync(Offer(_one));
        Assert.Contains("host key changed", (await Assert.ThrowsAsync<SshException>(async () => await checker.CheckAsync(Offer(_two)))).Message, StringComparison.Ordinal);
        await new HostKeyChecker(Policy("web1"), ours).CheckAsync(Offer(_one));
        Assert.Single(await File.ReadAllLinesAsync(_file));
    }

    [Fact]
    public async Task AWaitForTheFilesLockIsGivenUpAtOnceAndOthersGoOn()
    {
        Write("");
        var held = LockedFile.Open(_file);
        // It is read in any case: another run that records a key must not lead to a rejection.
        var files = new KnownHosts();
        using var cancellation = new CancellationTokenSource();
        // None of them holds a thread, this one included.
        var waiting = Enumerable.Range(0, 200)
            .Select(i => new HostKeyChecker(Policy($"web{i}"), files).CheckAsync(Offer(_one), cancellation.Token).AsTask()).ToArray();
        var other = new HostKeyChecker(Policy("db1"), files).CheckAsync(Offer(_one)).AsTask();
        var clock = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        foreach (var given in waiting)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given.WaitAsync(Limit));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.False(other.IsCompleted);
        held.Dispose();
        await other.WaitAsync(Limit);
        Assert.Equal([$"db1 {Public(_one)}"], await File.ReadAllLinesAsync(_file));
    }

    [Fact]
    public async Task ALockThatComesTooLateIsGivenBackAndRecordsNothing()
    {
        Write("");
        var held = LockedFile.Open(_file);
        var files = new KnownHosts();
        using var cancellation = new CancellationTokenSource();
        var waiting = new HostKeyChecker(Policy("web1"), files).CheckAsync(Offer(_one), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Limit));
        held.Dispose();
        await new HostKeyChecker(Policy("db1"), files).CheckAsync(Offer(_one)).AsTask().WaitAsync(Limit);
        LockedFile.Open(_file).Dispose();
        Assert.Equal([$"db1 {Public(_one)}"], await File.ReadAllLinesAsync(_file));
    }

    [Fact]
    public async Task AFileThatIsCutToNothingMeanwhileIsReadAgain()
    {
        Write($"web1 {Public(_one)}\n");
        var files = new KnownHosts();
        await new HostKeyChecker(Policy("web1"), files).CheckAsync(Offer(_one));
        Write("");
        await new HostKeyChecker(Policy("db1"), files).CheckAsync(Offer(_one));
        Assert.Equal([$"db1 {Public(_one)}"], await File.ReadAllLinesAsync(_file));
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
    public async Task ALineThatSshPassesOverSaysNothing(string line)
    {
        Write(line.Replace("{0}", Public(_one), StringComparison.Ordinal) + "\n");
        Assert.Contains("No ED25519 host key is known for web1", await RefusalAsync(Strict("web1"), _one), StringComparison.Ordinal);
    }

    private HostKeyRules Policy(string host, int port = 22) => new() { Host = host, Port = port, UserFiles = [_file] };

    private HostKeyRules Strict(string host, int port = 22) => Policy(host, port) with { Checking = SshHostKeyPolicy.Strict };

    private static HostKeyChecker Checker(HostKeyRules policy) => new(policy, new KnownHosts());

    private static Task CheckAsync(HostKeyRules policy, string key) => CheckAsync(policy, Offer(key));

    private static async Task CheckAsync(HostKeyRules policy, HostKeyOffer offer) => await Checker(policy).CheckAsync(offer);

    private static async Task<bool> IsAcceptedAsync(HostKeyRules policy, string key)
    {
        try
        {
            await CheckAsync(policy, key);
            return true;
        }
        catch (SshException refusal)
        {
            Assert.Equal(SshFailure.HostKeyRejected, refusal.Failure);
            return false;
        }
    }

    private static Task<string> RefusalAsync(HostKeyRules policy, string key) => RefusalAsync(policy, Offer(key));

    private static async Task<string> RefusalAsync(HostKeyRules policy, HostKeyOffer offer)
    {
        var refusal = await Assert.ThrowsAsync<SshException>(() => CheckAsync(policy, offer));
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
