using Volley.Ssh.Config;
using Xunit;

namespace Volley.Ssh.Tests.Config;

public sealed class NotPlainTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ProxyCommand nc %h %p")]
    [InlineData("CanonicalizeHostname yes")]
    [InlineData("PKCS11Provider /lib/x.so")]
    [InlineData("KnownHostsCommand /bin/x %H")]
    [InlineData("Compression yes")]
    [InlineData("TCPKeepAlive no")]
    [InlineData("HostbasedAuthentication yes")]
    [InlineData("PubkeyAuthentication no")]
    [InlineData("PreferredAuthentications password,publickey")]
    [InlineData("RekeyLimit 1G")]
    [InlineData("IPQoS none")]
    [InlineData("AddKeysToAgent confirm 5m")]
    [InlineData("BindInterface eth0")]
    [InlineData("GSSAPIAuthentication yes")]
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
    [InlineData("Compression no\nCompression yes")]
    [InlineData("PreferredAuthentications gssapi-with-mic,publickey,password")]
    [InlineData("GSSAPIAuthentication no")]
    [InlineData("GSSAPIDelegateCredentials yes")]
    [InlineData("ForwardAgent yes")]
    [InlineData("ForwardAgent $OTHER_AGENT")]
    [InlineData("ForwardX11 yes\nForwardX11Trusted yes\nForwardX11Timeout 1h")]
    [InlineData("EscapeChar ^b")]
    [InlineData("LocalForward 80 a:80")]
    [InlineData("RemoteCommand tmux attach")]
    [InlineData("ControlPath ~/.ssh/%C\nControlMaster auto")]
    [InlineData("ProxyJump gate")]
    [InlineData("RevokedHostKeys /no/such/file")]
    [InlineData("RevokedHostKeys none\nRevokedHostKeys /x/%h")]
    [InlineData("IgnoreUnknown UseK*,Nope\nNope yes")]
    [InlineData("Match host bar exec \"exit 0\"\nCompression yes")]
    [InlineData("Match exec \"exit 0\" host bar\nCompression yes")]
    [InlineData("Host bar\nCompression yes\nProxyCommand nc\nMatch user nobody\nAddKeysToAgent yes")]
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
    [InlineData("UserKnownHostsFile ~no-such-account/x", "UserKnownHostsFile in another's home folder at {file} line 1")]
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

    [Fact]
    public void NamesTheCommandLine()
    {
        var settings = SshConfig.Load(SshConfigFiles.None).Resolve("foo", new SshOverrides { Options = ["Compression=yes"] });
        Assert.Equal(["Compression at command line"], settings.NotPlainBecause);
    }

    [Fact]
    public void ReasonsAreSaidOnceThoughTheFilesAreReadTwice()
    {
        Assert.Single(Resolve("Match final\nPort 3\nMatch all\nNope 1\nCompression yes\nMatch exec true\n").NotPlainBecause, reason => reason.StartsWith("Nope", StringComparison.Ordinal));
    }

    [Fact]
    public void GssapiChangesNothingWithoutATicket()
    {
        string file = _folder.Write("config", "GSSAPIAuthentication yes\nGSSAPIKeyExchange yes\n");
        Assert.True(SshConfig.Load(_folder.Files with { OnlyFile = file, MayHaveKerberosTicket = false }).Resolve("foo").IsPlain);
    }

    private SshHostSettings Resolve(string text)
    {
        string file = _folder.Write("config", text);
        return SshConfig.Load(_folder.Files with { OnlyFile = file }).Resolve("foo");
    }
}
