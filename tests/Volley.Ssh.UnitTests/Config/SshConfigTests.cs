using Volley.Ssh.Config.Resolving;
using Xunit;

namespace Volley.Ssh.UnitTests.Config;

public sealed class SshConfigTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheUsersFileComesBeforeTheSystems()
    {
        _folder.Write(".ssh/config", "User a\nIdentityFile ~/x\n");
        _folder.Write("etc/ssh_config", "User b\nPort 3\nIdentityFile ~/x\nIdentityFile ~/y\n");
        var settings = Resolve("foo");
        Assert.Equal(("a", 3), (settings.User, settings.Port));
        Assert.Equal([$"{_folder.Home}/x", $"{_folder.Home}/y"], settings.IdentityFiles);
    }

    [Fact]
    public void BlocksEndWithTheirFile()
    {
        _folder.Write(".ssh/config", "Host bar\nUser a\n");
        _folder.Write("etc/ssh_config", "Port 3\n");
        Assert.Equal(3, Resolve("foo").Port);
    }

    [Fact]
    public void TheSystemsFileIncludesFromItsFolder()
    {
        _folder.Write("etc/ssh_config", "Include ssh_config.d/*.conf\nPort 4\n");
        _folder.Write("etc/ssh_config.d/10.conf", "Port 3\n");
        Assert.Equal(3, Resolve("foo").Port);
    }

    [Fact]
    public void TheSystemsFileIncludesNothingFromHomeFolders()
    {
        string file = _folder.Write("etc/ssh_config", "\nInclude ~/x\n");
        var refused = Assert.Throws<SshConfigException>(() => Resolve("foo"));
        Assert.Equal((file, 2), (refused.File, refused.Line));
    }

    [Fact]
    public void MissingFilesAreNothing()
    {
        var settings = Resolve("Foo");
        Assert.Equal(("foo", "Foo", "me", 22), (settings.HostName, settings.OriginalHost, settings.User, settings.Port));
        Assert.True(settings.IsPlain);
        Assert.True(settings.HasDefaultIdentityFiles);
        Assert.Equal(SshDefaults.IdentityNames.Select(name => $"{_folder.Home}/.ssh/{name}"), settings.IdentityFiles);
        Assert.Equal([$"{_folder.Home}/.ssh/known_hosts", $"{_folder.Home}/.ssh/known_hosts2"], settings.UserKnownHostsFiles);
    }

    [Fact]
    public void AMissingOnlyFileIsRefused()
    {
        var refused = Assert.Throws<SshConfigException>(() => SshConfig.Load(_folder.Files with { OnlyFile = "/no/such/file" }));
        Assert.Equal("/no/such/file: can't open it: No such file or directory", refused.Message);
    }

    [Fact]
    public void OnlyFileStandsInsteadOfBoth()
    {
        _folder.Write(".ssh/config", "User a\n");
        _folder.Write("etc/ssh_config", "Port 3\n");
        string only = _folder.Write("only", "User b\n");
        var settings = SshConfig.Load(_folder.Files with { OnlyFile = only }).Resolve("foo");
        Assert.Equal(("b", 22), (settings.User, settings.Port));
        Assert.Equal("me", SshConfig.Load(_folder.Files with { OnlyFile = "none" }).Resolve("foo").User);
    }

    [Fact]
    public void AnErrorNamesFileAndLine()
    {
        string file = _folder.Write(".ssh/config", "Host bar\n\n  Port 99999\n");
        var refused = Assert.Throws<SshConfigException>(() => Resolve("foo"));
        Assert.Equal($"{file} line 3: bad port '99999'", refused.Message);
        Assert.Equal((file, 3), (refused.File, refused.Line));
    }

    [Fact]
    public void AnErrorInATokenNamesTheLineAndConcernsItsHostsOnly()
    {
        string file = _folder.Write(".ssh/config", "Host bar\nIdentityFile /%z\n");
        var config = SshConfig.Load(_folder.Files);
        Assert.Equal(22, config.Resolve("foo").Port);
        Assert.StartsWith($"{file} line 2: ", Assert.Throws<SshConfigException>(() => config.Resolve("bar")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0b110_000_010)]
    [InlineData(0b110_010_010)]
    public void AFileThatOthersCanWriteToIsRefused(int mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no modes");
        ConfigFolder.SetMode(_folder.Write(".ssh/config", "Port 3\n"), mode);
        Assert.Contains("bad permissions", Assert.Throws<SshConfigException>(() => Resolve("foo")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhetherTheGroupMayWriteIsForSshToSay()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no modes");
        ConfigFolder.SetMode(_folder.Write(".ssh/config", "Port 3\n"), 0b110_110_000);
        Assert.False(Resolve("foo").IsPlain);
    }

    [Fact]
    public void AnotherAccountsFileIsRefused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "only root gives files away");
        string file = _folder.Write(".ssh/config", "Port 3\n");
        using (var chown = System.Diagnostics.Process.Start("chown", ["12345", file]))
            chown.WaitForExit();
        Assert.Contains("bad owner", Assert.Throws<SshConfigException>(() => Resolve("foo")).Message, StringComparison.Ordinal);
        Assert.Equal(3, SshConfig.Load(_folder.Files with { UserId = 12345 }).Resolve("foo").Port);
    }

    [Fact]
    public void IncludedFilesAreCheckedAndAnOnlyFileIsNot()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no modes");
        string only = _folder.Write("only", "Port 3\n");
        ConfigFolder.SetMode(only, 0b110_110_110);
        var files = _folder.Files with { OnlyFile = only };
        Assert.True(SshConfig.Load(files).Resolve("foo").IsPlain);
        string including = _folder.Write("including", $"Include {only}\n");
        Assert.Throws<SshConfigException>(() => SshConfig.Load(files with { OnlyFile = including }));
    }

    [Fact]
    public void IdentityFilesAreExpandedAsOtherPathsAre()
    {
        _folder.Write(".ssh/config", "ControlPath ~/%h-%n-%p-%r-%u-%i-%d-%k-%C-%L-%%\nIdentityFile ~/%h-%n-%p-%r-%u-%i-%d-%k-%C-%L-%%\n"
            + "CertificateFile ~/%h-%n-%p-%r-%u-%i-%d-%k-%C-%L-%%\nHostName real\nPort 3\nUser you\n");
        var settings = Resolve("foo");
        Assert.StartsWith($"{_folder.Home}/real-foo-3-you-me-", settings.ControlPath, StringComparison.Ordinal);
        Assert.Equal([settings.ControlPath!], settings.IdentityFiles);
        Assert.Equal([settings.ControlPath!], settings.CertificateFiles);
    }

    [Fact]
    public void AJumpHostKnowsTheHostBehindIt()
    {
        _folder.Write(".ssh/config", "ProxyJump %r@%h-gate:7,[fe80::1]\nHostName real\nUser you\n");
        Assert.Equal([new("you", "real-gate", 7), new(null, "fe80::1", null)], Resolve("foo").ProxyJump);
        Assert.Equal("[fe80::1]", Resolve("foo").ProxyJump[1].ToString());
    }

    [Fact]
    public void NothingConfiguredIsLeftToTheCaller()
    {
        var settings = Resolve("foo");
        Assert.Null(settings.ConnectTimeout);
        Assert.Null(settings.ServerAliveInterval);
        Assert.Null(settings.StrictHostKeyChecking);
        Assert.Null(settings.Ciphers);
        Assert.Null(settings.LogLevel);
    }

    [Fact]
    public void HostsAreResolvedFromSeveralThreads()
    {
        _folder.Write(".ssh/config", string.Concat(Enumerable.Range(0, 200).Select(i => $"Host h{i}\nHostName real{i}\nPort {i + 1}\n")));
        var config = SshConfig.Load(_folder.Files);
        Parallel.For(0, 200, i =>
        {
            var settings = config.Resolve($"h{i}");
            Assert.Equal(($"real{i}", i + 1), (settings.HostName, settings.Port));
        });
    }

    private SshHostSettings Resolve(string host) => SshConfig.Load(_folder.Files).Resolve(host);
}
