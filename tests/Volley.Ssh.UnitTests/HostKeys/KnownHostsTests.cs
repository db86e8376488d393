using Volley.Ssh.HostKeys;
using Volley.Ssh.Transport;
using Volley.Ssh.UnitTests.Keys;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.HostKeys;

/// <summary>Files of known hosts; what ssh-keygen finds in them, we find, and the other way round.</summary>
public sealed class KnownHostsTests : HostKeyScene
{
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
        Write($"# a comment\n\n{names} {Public(One)} and words\n");
        var lookedUp = port == 22 ? host : $"[{host}]:{port}";
        var found = (await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-F", lookedUp, "-f", Known))).ExitCode == 0;
        Assert.Equal(found, await IsAcceptedAsync(Strict(host, port), One));
    }

    [Fact]
    public async Task HashedNamesOfSshAreFound()
    {
        Write($"web1 {Public(One)}\n[web2]:2222 {Public(Two)}\n");
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-H", "-f", Known]);
        Assert.DoesNotContain("web1", await File.ReadAllTextAsync(Known), StringComparison.Ordinal);
        Assert.True(await IsAcceptedAsync(Strict("web1"), One));
        Assert.True(await IsAcceptedAsync(Strict("web2", 2222), Two));
        Assert.False(await IsAcceptedAsync(Strict("web3"), One));
        Assert.Contains("line 1", await RefusalAsync(Strict("web1"), Two), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ANewKeyIsRecordedSoThatSshFindsIt(bool isHashed)
    {
        var policy = Policy("web1", 2222) with { HashesNames = isHashed };
        await CheckAsync(policy, One);
        var text = await File.ReadAllTextAsync(Known);
        Assert.Equal(!isHashed, text.Contains("web1", StringComparison.Ordinal));
        Assert.Contains(Public(One), await KeyFolder.RunAsync("ssh-keygen", ["-F", "[web1]:2222", "-f", Known]), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(Known));
        // Again, by what was read and by what another run reads.
        Assert.True(await IsAcceptedAsync(policy with { Checking = SshHostKeyPolicy.Strict }, One));
        Assert.Contains("host key changed", await RefusalAsync(policy, Two), StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(Known));
    }

    [Fact]
    public async Task AFileWithoutALastNewlineStaysALineALine()
    {
        Write($"web1 {Public(One)}");
        await CheckAsync(Policy("web2"), Two);
        Assert.Equal($"web1 {Public(One)}\nweb2 {Public(Two)}\n", await File.ReadAllTextAsync(Known));
    }

    [Fact]
    public async Task AChangedKeyIsRefusedWithItsPlaceAndSshsAdvice()
    {
        Write($"# first\nweb1 {Public(Ecdsa)}\nweb1 {Public(One)}\n");
        Assert.Equal(
            $"host key changed ({Known} line 3); if the change is expected, remove the old one with: ssh-keygen -f \"{Known}\" -R \"web1\"",
            await RefusalAsync(Policy("web1"), Two));
    }

    [Fact]
    public async Task AKeyOfAnotherTypeThanTheKnownOneIsAChangedOne()
    {
        Write($"web1 {Public(Ecdsa)}\n");
        Assert.Contains($"host key changed ({Known} line 1)", await RefusalAsync(Policy("web1"), One), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedKeyIsRefusedWhateverElseIsSaid()
    {
        Write($"web1 {Public(One)}\n@revoked * {Public(One)}\n");
        foreach (var checking in Enum.GetValues<SshHostKeyPolicy>())
            Assert.Contains($"is marked as revoked ({Known} line 2)", await RefusalAsync(Policy("web1") with { Checking = checking }, One), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SshHostKeyPolicy.Strict, false)]
    [InlineData(SshHostKeyPolicy.Ask, false)]
    [InlineData(SshHostKeyPolicy.AcceptNew, true)]
    [InlineData(SshHostKeyPolicy.AcceptAny, true)]
    public async Task AnUnknownKeyIsUpToStrictHostKeyChecking(SshHostKeyPolicy checking, bool isAccepted)
    {
        Write("");
        Assert.Equal(isAccepted, await IsAcceptedAsync(Policy("web1") with { Checking = checking }, One));
        Assert.Equal(isAccepted, new FileInfo(Known).Length > 0);
    }

    [Fact]
    public async Task AChangedKeyPassesUnderNoAloneAndIsNotRecorded()
    {
        Write($"web1 {Public(One)}\n");
        var checker = Checker(Policy("web1") with { Checking = SshHostKeyPolicy.AcceptAny });
        await checker.CheckAsync(Offer(Two));
        Assert.True(checker.HasAcceptedChangedKey);
        Assert.Equal($"web1 {Public(One)}\n", File.ReadAllText(Known));
    }

    [Fact]
    public async Task AHostThatIsKnownWithoutItsPortIsKnown()
    {
        Write($"web1 {Public(One)}\n");
        Assert.True(await IsAcceptedAsync(Strict("web1", 2222), One));
        Assert.False(await IsAcceptedAsync(Strict("web1", 2222), Two));
    }

    [Fact]
    public async Task AnAliasGoesBeforeHostAndPort()
    {
        Write($"farm {Public(One)}\n");
        Assert.True(await IsAcceptedAsync(Strict("web1", 2222) with { Alias = "farm" }, One));
        Assert.False(await IsAcceptedAsync(Strict("web1", 2222), One));
    }

    [Fact]
    public async Task AllFilesCountAndTheFirstIsWrittenTo()
    {
        string second = Folder.NewPath("known"), global = Folder.NewPath("known");
        File.WriteAllText(second, $"web1 {Public(One)}\n");
        File.WriteAllText(global, $"web2 {Public(Two)}\n");
        var policy = Policy("web1") with { UserFiles = [Known, second], GlobalFiles = [global] };
        Assert.True(await IsAcceptedAsync(policy with { Checking = SshHostKeyPolicy.Strict }, One));
        Assert.True(await IsAcceptedAsync(policy with { Checking = SshHostKeyPolicy.Strict, Host = "web2" }, Two));
        await CheckAsync(policy with { Host = "web3" }, One);
        Assert.Equal($"web3 {Public(One)}\n", File.ReadAllText(Known));
    }

    [Fact]
    public async Task AFileThatCantBeReadIsAFailureAndNeverAcceptance()
    {
        Directory.CreateDirectory(Known);
        foreach (var checking in Enum.GetValues<SshHostKeyPolicy>())
            Assert.Contains($"{Known} can't be read, so no host key can be trusted", await RefusalAsync(Policy("web1") with { Checking = checking }, One), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/nowhere/known")]
    [InlineData("/dev/full")]
    public async Task AHostWhoseKeyCantBeRecordedIsAcceptedAsInSsh(string file)
    {
        var policy = Policy("web1") with { UserFiles = [file] };
        var checker = Checker(policy);
        await checker.CheckAsync(Offer(One));
        Assert.Equal(("ssh-ed25519", file), (checker.Recording?.KeyType, checker.Recording?.File));
        Assert.NotNull(checker.Recording?.Failure);
        foreach (var checking in new[] { SshHostKeyPolicy.Strict, SshHostKeyPolicy.Ask })
            Assert.Contains("No ED25519 host key is known", await RefusalAsync(policy with { Checking = checking }, One), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatCantBeReadAnyMoreWhenAKeyIsRecordedRefuses()
    {
        Write("");
        var checker = Checker(Policy("web1"));
        Assert.NotNull(checker.Order(SshAlgorithms.HostKeys));
        File.Delete(Known);
        Directory.CreateDirectory(Known);
        var refusal = await Assert.ThrowsAsync<SshException>(async () => await checker.CheckAsync(Offer(One)));
        Assert.Contains("can't be read, so no host key can be trusted", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsRecordedIsTold()
    {
        var files = new KnownHosts();
        foreach (var (host, isNew) in new[] { ("web1", true), ("web1", false), ("web2", true) })
        {
            var checker = new HostKeyChecker(Policy(host), files);
            await checker.CheckAsync(Offer(One));
            Assert.Equal(isNew ? new SshHostKeyRecording("ssh-ed25519", Known, Failure: null) : null, checker.Recording);
        }

        var device = Checker(Policy("web1") with { UserFiles = ["/dev/null"] });
        await device.CheckAsync(Offer(One));
        Assert.Null(device.Recording);
    }

    [Fact]
    public async Task ADeviceForgets()
    {
        var checker = Policy("web1") with { UserFiles = ["/dev/null"] };
        await CheckAsync(checker, One);
        await CheckAsync(checker, Two);
    }

    [Fact]
    public async Task TheAlgorithmsOfKnownKeysComeFirst()
    {
        Write($"web1 {Public(Ecdsa)}\n@cert-authority web2 {Public(One)}\n");
        Assert.Equal("ecdsa-sha2-nistp256", Checker(Policy("web1")).Order(SshAlgorithms.HostKeys)[0]);
        Assert.Equal(SshAlgorithms.HostKeys, Checker(Policy("web2")).Order(SshAlgorithms.HostKeys));
        string[] plainFirst = ["ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"];
        Assert.Equal(plainFirst.Reverse(), Checker(Policy("web2")).Order(plainFirst));
        Assert.Equal(plainFirst, Checker(Policy("web3")).Order(plainFirst));
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
        Write(line.Replace("{0}", Public(One), StringComparison.Ordinal) + "\n");
        Assert.Contains("No ED25519 host key is known for web1", await RefusalAsync(Strict("web1"), One), StringComparison.Ordinal);
    }
}
