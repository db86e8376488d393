using System.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.UnitTests.Keys;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Authentication;

/// <summary>Which keys are shown to a server, in which order, and which of them sign.</summary>
public sealed class PublicKeyLoginTests
{
    private const string Secret = "s3cret päss";

    private readonly List<TransportKey> _keys = [TransportKey.Create("ssh-ed25519"), TransportKey.Create("ecdsa-sha2-nistp256"), TransportKey.Create("ssh-rsa")];

    [Theory]
    [InlineData("a password")]
    [InlineData("an RSA key first")]
    [InlineData("no key")]
    public async Task NoneIsEnoughWhereTheServerSaysSo(string kind)
    {
        await using var scene = await LoginScene.StartAsync(new("me")
        {
            Keys = kind switch { "no key" => [], "an RSA key first" => [_keys[2], _keys[0]], _ => _keys },
            Password = kind == "a password" ? Encoding.UTF8.GetBytes(Secret) : null,
        });
        Assert.Equal(LoginScene.None, await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
        Assert.All(_keys, key => Assert.Equal(0, key.Signatures));
    }

    [Fact]
    public async Task AKeyThatNeedsNoWordOfTheServersGoesWithTheFirstRequest()
    {
        // The service is asked for and not granted yet.
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys }, hasService: false);
        Assert.Equal(LoginScene.Offer(_keys[0], "ssh-ed25519", isSigned: false), await scene.Server.ReadAsync());
        await scene.GrantServiceAsync();
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", _keys[0].PublicBlob.ToArray()));
        await scene.CheckSignedAsync(_keys[0], "ssh-ed25519");
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Fact]
    public async Task WhereNoKeyWasTakenNoneMayStillBeEnough()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[0]] });
        await scene.RefuseAsync("publickey,password", _keys[0]);
        Assert.Equal(LoginScene.None, await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AServerThatHasHadEnoughOfUsThenHasRefusedTheKeys(bool saysSo)
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[0]] });
        await scene.RefuseAsync("publickey,password", _keys[0]);
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        if (saysSo)
            await scene.Server.SendAsync(Wire.Message(MessageNumber.Disconnect, 2u, "Too many authentication failures", ""));
        else
            await scene.Server.DisposeAsync();
        var refusal = await scene.RefusalAsync();
        Assert.Equal((SshFailure.AuthenticationFailed, null), (refusal.Failure, refusal.ReasonCode));
        Assert.Equal("Permission denied (the server takes publickey,password); tried: a key of type ssh-ed25519", refusal.Message);
    }

    [Fact]
    public async Task KeysAreOfferedInOrderAndOnlyTheAcceptedOneSigns()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys });
        await scene.RefuseAsync("publickey,password", _keys[0]);
        var offer = await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        Assert.Equal(LoginScene.Offer(_keys[1], "ecdsa-sha2-nistp256", isSigned: false), offer);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ecdsa-sha2-nistp256", _keys[1].PublicBlob.ToArray()));
        await scene.CheckSignedAsync(_keys[1], "ecdsa-sha2-nistp256");
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
        Assert.Equal([0, 1, 0], _keys.Select(key => key.Signatures));
    }

    [Theory]
    [InlineData(null, "rsa-sha2-512")]
    [InlineData("ssh-ed25519,rsa-sha2-256", "rsa-sha2-256")]
    [InlineData("rsa-sha2-256,rsa-sha2-512", "rsa-sha2-512")]
    public async Task ARsaKeySignsAsTheServerLikesIt(string? serverAlgorithms, string expected)
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[2]] }, serverAlgorithms);
        await scene.RefuseAsync("publickey");
        Assert.Equal(LoginScene.Offer(_keys[2], expected, isSigned: false), await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, expected, _keys[2].PublicBlob.ToArray()));
        await scene.CheckSignedAsync(_keys[2], expected);
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Theory]
    [InlineData("ssh-rsa")]
    [InlineData("rsa-sha2-256")]
    public async Task AnAnswerMayNameAnyAlgorithmOfTheKeysType(string algorithm)
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[2]] });
        await scene.RefuseAsync("publickey");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, algorithm, _keys[2].PublicBlob.ToArray()));
        // It signs as it said, nevertheless.
        await scene.CheckSignedAsync(_keys[2], "rsa-sha2-512");
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Theory]
    [InlineData("ssh-ed25519", 0)]
    [InlineData("ssh-rsa-cert-v01@openssh.com", 2)]
    [InlineData("ssh-ed25519", 2)]
    [InlineData("unknown", 2)]
    [InlineData("ssh-rsa", 0)]
    public async Task AnAnswerAboutAnotherKeyLeadsToTheNext(string algorithm, int named)
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[2], _keys[1]] });
        await scene.RefuseAsync("publickey");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, algorithm, _keys[named].PublicBlob.ToArray()));
        await scene.RefuseAsync("publickey", _keys[1]);
        Assert.Contains($"{_keys[2].Label} (the server answered about another key)", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
        Assert.All(_keys, key => Assert.Equal(0, key.Signatures));
    }

    [Theory]
    [InlineData("OpenSSH_7.4", true)]
    [InlineData("OpenSSH_7.4p1 Debian-10", true)]
    [InlineData("OpenSSH_7.3", false)]
    public async Task OpenSsh74TakesSignaturesThatItDoesNotName(string software, bool isTried)
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[2]] }, "ssh-rsa,ssh-ed25519", software: software);
        await scene.RefuseAsync("publickey");
        if (isTried)
            await scene.RefuseAsync("publickey", _keys[2], "rsa-sha2-512");
        Assert.Equal(isTried ? 0 : 1, (await scene.RefusalAsync()).Message.Split("that both sides allow").Length - 1);
    }

    [Theory]
    [InlineData("ed25519", true)]
    [InlineData("ecdsa", true)]
    [InlineData("rsa", false)]
    public async Task AKeyAtHandIsOnlyAskedAboutWhereASignatureCostsMore(string type, bool signsAtOnce)
    {
        using var folder = new KeyFolder();
        using var key = KeyFolder.Open(await folder.GenerateAsync("-t", type));
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[0], key, _keys[1]] });
        await scene.RefuseAsync("publickey", _keys[0]);
        if (signsAtOnce)
            await scene.CheckSignedAsync(key, key.SignatureAlgorithms[0]);
        else
            Assert.Equal(LoginScene.Offer(key, key.SignatureAlgorithms[0], isSigned: false), await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "publickey", false));
        // A refused one leads to the next, as ever.
        await scene.RefuseAsync("publickey", _keys[1]);
        await scene.RefuseAsync("publickey");
        var refusal = await scene.RefusalAsync();
        Assert.Contains($"tried: {_keys[0].Label}; {key.Label}; {_keys[1].Label}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyThatNoAlgorithmFitsIsPassedOver()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[2], _keys[0]] }, "ssh-ed25519,ssh-rsa");
        await scene.RefuseAsync("publickey");
        await scene.RefuseAsync("publickey", _keys[0]);
        var refusal = await scene.RefusalAsync();
        Assert.Contains("a key of type ssh-rsa (no ssh-rsa signature that both sides allow)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheUsersOwnAlgorithmsDecideToo()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys, SignatureAlgorithms = ["rsa-sha2-256"] });
        await scene.RefuseAsync("publickey");
        Assert.Equal(LoginScene.Offer(_keys[2], "rsa-sha2-256", isSigned: false), await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
    }

    [Fact]
    public async Task AKeyThatCannotSignLeadsToTheNext()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [new BrokenKey(_keys[0]), _keys[1]] });
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", _keys[0].PublicBlob.ToArray()));
        // The server has not said yet what it takes.
        await scene.RefuseAsync("publickey");
        await scene.RefuseAsync("publickey", _keys[1]);
        var refusal = await scene.RefusalAsync();
        Assert.Equal("Permission denied (the server takes publickey); tried: broken (the agent is gone); a key of type ecdsa-sha2-nistp256", refusal.Message);
    }

    private sealed class BrokenKey(TransportKey key) : UserKey
    {
        public override string Label => "broken";

        public override string KeyType => key.KeyType;

        public override ReadOnlyMemory<byte> PublicBlob => key.PublicBlob;

        public override IReadOnlyList<string> SignatureAlgorithms => key.SignatureAlgorithms;

        public override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken) =>
            throw new SshException(SshFailure.AuthenticationFailed, "the agent is gone");
    }
}
