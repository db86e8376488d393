using Xunit;

namespace Volley.Ssh.UnitTests.Config;

public sealed class NotPlainTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ProxyCommand nc %h %p")]
    [InlineData("CanonicalizeHostname yes")]
    [InlineData("PKCS11Provider /lib/x.so")]
    [InlineData("KnownHostsCommand /bin/x %H")]
    [InlineData("TCPKeepAlive no")]
    [InlineData("PubkeyAuthentication no")]
    [InlineData("PreferredAuthentications password,publickey")]
    [InlineData("VerifyHostKeyDNS yes")]
    [InlineData("BindInterface eth0")]
    [InlineData("GSSAPIKeyExchange yes")]
    [InlineData("NoSuchDirective 1")]
    public void NamesTheDirectiveAndItsPlace(string line)
    {
        string file = _folder.Write("config", $"Host foo\n\n{line}\n");
        var settings = SshConfig.Load(_folder.Files with { OnlyFile = file }).Resolve("foo");
        Assert.False(settings.IsPlain);
        Assert.Equal([$"{line.Split(' ')[0]} at {file} line 3"], settings.NotPlainBecause);
    }

    [Theory]
    [InlineData("ProxyCommand none\nProxyCommand nc")]
    [InlineData("TCPKeepAlive yes\nTCPKeepAlive no")]
    [InlineData("RekeyLimit 1G 1h\nIPQoS af21 cs1\nConnectionAttempts 3\nRequiredRSASize 3072\nCASignatureAlgorithms ssh-ed25519")]
    [InlineData("GSSAPIAuthentication yes\nHostbasedAuthentication yes")]
    [InlineData("PreferredAuthentications gssapi-with-mic,publickey,password")]
    [InlineData("GSSAPIAuthentication no")]
    [InlineData("GSSAPIDelegateCredentials yes")]
    [InlineData("ForwardAgent yes")]
    [InlineData("ForwardAgent $OTHER_AGENT")]
    [InlineData("ForwardX11 yes\nForwardX11Trusted yes\nForwardX11Timeout 1h")]
    [InlineData("EscapeChar ^b")]
    [InlineData("LocalForward 8080 a:80")]
    [InlineData("RemoteCommand tmux attach")]
    [InlineData("ControlPath ~/.ssh/%C\nControlMaster auto")]
    [InlineData("ProxyJump gate")]
    [InlineData("RevokedHostKeys /no/such/file")]
    [InlineData("RevokedHostKeys none\nRevokedHostKeys /x/%h")]
    [InlineData("IgnoreUnknown UseK*,Nope\nNope yes")]
    [InlineData("Match host bar exec \"exit 0\"\nTCPKeepAlive no")]
    [InlineData("Match exec \"exit 0\" host bar\nTCPKeepAlive no")]
    [InlineData("Host bar\nTCPKeepAlive no\nProxyCommand nc\nMatch user nobody\nBindInterface eth0")]
    public void StaysPlain(string text)
    {
        Assert.Empty(Resolve(text).NotPlainBecause);
    }

    [Theory]
    [InlineData("Match exec \"exit 0\"\nPort 3", "Match exec at {file} line 1")]
    [InlineData("Match host foo exec true\nPort 3", "Match exec at {file} line 1")]
    [InlineData("Match !exec true host foo\nPort 3", "Match exec at {file} line 1")]
    [InlineData("Match tagged x\nPort 3", "Match tagged at {file} line 1")]
    [InlineData("Match localnetwork 10.0.0.0/8\nPort 3", "Match localnetwork at {file} line 1")]
    [InlineData("Host bar\nMatch moon full\nPort 3", "Match moon at {file} line 2")]
    [InlineData("Host bar\nNope 1", "Nope at {file} line 2")]
    [InlineData("ProxyJump gate\nControlPath ~/.ssh/%C", "ControlPath with %C beside ProxyJump at {file} line 2")]
    [InlineData("User %h", "User with a token at {file} line 1")]
    [InlineData("RevokedHostKeys ~/x", "RevokedHostKeys with a token at {file} line 1")]
    [InlineData("RevokedHostKeys /x/%h", "RevokedHostKeys with a token at {file} line 1")]
    [InlineData("RevokedHostKeys ${HOME}/x", "RevokedHostKeys with a token at {file} line 1")]
    [InlineData("UserKnownHostsFile ~no-such-account/x", "UserKnownHostsFile in another user's home directory at {file} line 1")]
    public void LeavesToSshWhatOnlySshCanTell(string text, string reason)
    {
        string expected = reason.Replace("{file}", Path.Combine(_folder.Home, "config"), StringComparison.Ordinal);
        Assert.Equal([expected], Resolve(text).NotPlainBecause);
    }

    [Theory]
    [InlineData("SSHKRL\n\0", "RevokedHostKeys with a KRL")]
    [InlineData("SSHKRL", null)]
    [InlineData("ssh-ed25519 AAAA", null)]
    [InlineData("", null)]
    public void OnlySshReadsAKrl(string content, string? reason)
    {
        string revoked = _folder.Write("revoked", content);
        Assert.Equal(reason is null ? [] : [$"{reason} at {Path.Combine(_folder.Home, "config")} line 1"], Resolve($"RevokedHostKeys {revoked}").NotPlainBecause);
    }

    /// <summary>ssh ends at once at a port that only root may listen at; another user's host is left to it.</summary>
    [Theory]
    [InlineData("LocalForward 80 a:80", 1000, false)]
    [InlineData("DynamicForward localhost:1023", 1000, false)]
    [InlineData("RemoteForward 80 a:80", 1000, true)]
    [InlineData("LocalForward 1024 a:80", 1000, true)]
    [InlineData("LocalForward 80 a:80", 0, true)]
    public void PortsOfRootAreLeftToSsh(string line, int user, bool isPlain)
    {
        string file = _folder.Write("config", line);
        Assert.Equal(isPlain, SshConfig.Load(_folder.Files with { OnlyFile = file, UserId = user }).Resolve("foo").IsPlain);
    }

    [Fact]
    public void NamesTheCommandLine()
    {
        var settings = SshConfig.Load(SshConfigFiles.None).Resolve("foo", new SshOverrides { Directives = ["TCPKeepAlive=no"] });
        Assert.Equal(["TCPKeepAlive at command line"], settings.NotPlainBecause);
    }

    [Fact]
    public void ReasonsAreSaidOnceThoughTheFilesAreReadTwice()
    {
        Assert.Single(Resolve("Match final\nPort 3\nMatch all\nNope 1\nTCPKeepAlive no\nMatch exec true\n").NotPlainBecause, reason => reason.StartsWith("Nope", StringComparison.Ordinal));
    }

    [Fact]
    public void GssapiChangesNothingWithoutATicket()
    {
        string file = _folder.Write("config", "GSSAPIAuthentication yes\nGSSAPIKeyExchange yes\n");
        var settings = SshConfig.Load(_folder.Files with { OnlyFile = file, MayHaveKerberosTicket = false }).Resolve("foo");
        Assert.True(settings.IsPlain);
        Assert.Empty(settings.OtherLogins);
    }

    [Theory]
    [InlineData("GSSAPIAuthentication yes", "GSSAPIAuthentication")]
    [InlineData("HostbasedAuthentication yes\nPreferredAuthentications publickey,hostbased", "HostbasedAuthentication")]
    [InlineData("GSSAPIAuthentication no\nGSSAPIAuthentication yes", null)]
    [InlineData("GSSAPIAuthentication yes\nHostbasedAuthentication yes\nPreferredAuthentications publickey", null)]
    public void LoginsThatOnlySshCanTryAreNamed(string text, string? directive)
    {
        string file = Path.Combine(_folder.Home, "config");
        Assert.Equal(directive is null ? [] : [$"{directive} at {file} line 1"], Resolve(text).OtherLogins.Select(login => login.Directive));
    }

    /// <summary>A login by key brings no credentials along, and what a file says about them is overridden in any case.</summary>
    [Fact]
    public void CredentialsThatAreToBeDelegatedAreSshsWhereTheCommandLineAsksForThem()
    {
        var config = SshConfig.Load(_folder.Files with { OnlyFile = _folder.Write("config", "GSSAPIAuthentication yes\nGSSAPIDelegateCredentials yes\n") });
        Assert.True(config.Resolve("foo").IsPlain);
        Assert.Equal(["GSSAPIDelegateCredentials at command line"], config.Resolve("foo", new SshOverrides { Directives = ["GSSAPIDelegateCredentials=yes"] }).NotPlainBecause);
    }

    [Theory]
    [InlineData("ForwardAgent yes")]
    [InlineData("ForwardAgent /run/agent")]
    [InlineData("ForwardX11 yes")]
    [InlineData("ForwardX11Trusted yes")]
    [InlineData("LocalForward 8080 a:80")]
    [InlineData("RemoteCommand tmux attach")]
    [InlineData("RequestTTY force")]
    [InlineData("Compression yes")]
    [InlineData("AddKeysToAgent yes")]
    [InlineData("AddKeysToAgent 1h30m")]
    [InlineData("AddKeysToAgent confirm 5m")]
    [InlineData("UseKeychain yes")]
    [InlineData("VerifyHostKeyDNS ask")]
    [InlineData("GSSAPIDelegateCredentials yes")]
    public void WhatIsSkippedIsNamedOnceWithItsPlace(string line)
    {
        var settings = Resolve($"Host foo\n{line}\nMatch final\n{line}\n");
        Assert.Empty(settings.NotPlainBecause);
        Assert.Equal([$"{line.Split(' ')[0]} at {Path.Combine(_folder.Home, "config")} line 2"], settings.Skipped);
    }

    [Theory]
    [InlineData("ForwardAgent no\nForwardAgent yes")]
    [InlineData("ForwardX11 no\nCompression no\nAddKeysToAgent no\nUseKeychain no\nVerifyHostKeyDNS no\nTunnel no\nEscapeChar none")]
    [InlineData("Host bar\nForwardAgent yes")]
    [InlineData("ClearAllForwardings yes\nProtocol 2\nGSSAPIKexAlgorithms gss-curve25519-sha256-,gss-new-\nHostbasedAcceptedAlgorithms ssh-ed25519")]
    public void WhatAsksForNothingIsNotNamed(string text) => Assert.Empty(Resolve(text).Skipped);

    private SshHostSettings Resolve(string text)
    {
        string file = _folder.Write("config", text);
        return SshConfig.Load(_folder.Files with { OnlyFile = file }).Resolve("foo");
    }
}
