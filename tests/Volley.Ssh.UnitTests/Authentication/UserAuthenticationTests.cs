using System.Text;
using Volley.Ssh.Auth;
using Volley.Ssh.Keys;
using Volley.Ssh.Transport;
using Volley.Ssh.UnitTests.Keys;
using Volley.Ssh.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Authentication;

/// <summary>The login, against a scripted server and against sshd.</summary>
public sealed class UserAuthenticationTests(Fleet fleet) : IClassFixture<Fleet>
{
    private const string Secret = "s3cret päss";

    private readonly List<TransportKey> _keys = [TransportKey.Create("ssh-ed25519"), TransportKey.Create("ecdsa-sha2-nistp256"), TransportKey.Create("ssh-rsa")];

    [Fact]
    public async Task AnAnswerBeforeTheServiceIsGrantedIsRefused()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys }, hasService: false);
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        Assert.Equal(SshFailure.ProtocolViolation, (await scene.RefusalAsync()).Failure);
    }

    [Fact]
    public async Task PartialSuccessGoesOnWithTheOtherKeys()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys, Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("publickey");
        await scene.RefuseAsync("publickey", _keys[0]);
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ecdsa-sha2-nistp256", _keys[1].PublicBlob.ToArray()));
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "publickey,password", true));
        // From the first key on, but without the one that has done its part.
        await scene.RefuseAsync("publickey,password", _keys[0]);
        await scene.RefuseAsync("publickey,password", _keys[2], "rsa-sha2-512");
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", false, Secret), await scene.Server.ReadAsync());
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Fact]
    public async Task NewKeysInTheMiddleOfTheLoginChangeNothing()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys });
        var session = scene.Server.SessionId.ToArray();
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.ExchangeInitsAsync();
        await scene.Server.ExchangeKeysAsync();
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", _keys[0].PublicBlob.ToArray()));
        // The session's name stays that of the first exchange.
        Assert.Equal(session, scene.Server.SessionId.ToArray());
        await scene.CheckSignedAsync(_keys[0], "ssh-ed25519");
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Fact]
    public async Task BannersAreShownAndHarmless()
    {
        var shown = new List<string>();
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys, OnBanner = shown.Add });
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthBanner, "Welcome\n\u001b[31mred\u0007\n", ""));
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
        Assert.Equal(["Welcome\n[31mred\n"], shown);
    }

    [Theory]
    [InlineData(1000, 100)]
    [InlineData(200_000, 3)]
    public async Task ABannerIsCutAndTheLoginGoesOn(int length, int count)
    {
        var shown = new StringBuilder();
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys, OnBanner = text => shown.Append(text) });
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        for (var i = 0; i < count; i++)
            await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthBanner, new string('x', length), ""));
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
        Assert.Equal(new string('x', 64 << 10) + "\n[the banner is cut at 64 KiB]\n", shown.ToString());
    }

    [Theory]
    [InlineData("Scripted")]
    [InlineData("Go")]
    [InlineData("dropbear_2022.83")]
    [InlineData("XOpenSSH_9.9")]
    public async Task AServerThatIsNotOpenSshGetsTheRequestsOneByOneAndNoneFirst(string software)
    {
        using var folder = new KeyFolder();
        using var key = KeyFolder.Open(await folder.GenerateAsync("-t", "ed25519"));
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [key] }, hasService: false, software: software);
        var first = scene.Server.ReadAsync();
        // All that was sent is here by now, for the client waits.
        await scene.Server.SendAsync(Wire.Message(MessageNumber.Ignore, ""));
        Assert.False(first.IsCompleted);
        await scene.GrantServiceAsync();
        Assert.Equal(LoginScene.None, await first);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "publickey", false));
        Assert.Equal(LoginScene.Offer(key, "ssh-ed25519", isSigned: false), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", key.PublicBlob.ToArray()));
        await scene.CheckSignedAsync(key, "ssh-ed25519");
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AServerThatOnlyCallsItselfOpenSshAndHangsUpAtTheFirstRequestDepartsFromTheProtocol(bool saysSo)
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys });
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        if (saysSo)
            await scene.Server.SendAsync(Wire.Message(MessageNumber.Disconnect, 2u, "none first", ""));
        else
            await scene.Server.DisposeAsync();
        var refusal = await scene.RefusalAsync();
        Assert.Equal(SshFailure.ProtocolViolation, refusal.Failure);
        Assert.StartsWith("the server ended the connection at the first request of the login: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerThatNamesNoMethodMayTakeAny()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [_keys[2]], Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("");
        await scene.RefuseAsync("", _keys[2], "rsa-sha2-512");
        await scene.RefuseAsync("");
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", false, Secret), await scene.Server.ReadAsync());
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Fact]
    public async Task WhatTheServerSaysInTheMiddleOfAKeyExchangeIsAnsweredAfterIt()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys });
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.ExchangeInitsAsync();
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", _keys[0].PublicBlob.ToArray()));
        await scene.Server.ExchangeKeysAsync();
        await scene.CheckSignedAsync(_keys[0], "ssh-ed25519");
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Fact]
    public async Task NothingToTryIsSaidWithWhatTheServerTakes()
    {
        await using var scene = await LoginScene.StartAsync(new("me"));
        await scene.RefuseAsync("publickey,hostbased");
        Assert.Equal("Permission denied (the server takes publickey,hostbased); there was nothing to try", (await scene.RefusalAsync()).Message);
    }

    [Theory]
    [InlineData("questions")]
    [InlineData("a thousand million questions")]
    [InlineData("partial successes")]
    [InlineData("an answer to no question")]
    [InlineData("data")]
    [InlineData("a failure cut short")]
    public async Task AHostileServerIsRefused(string kind)
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys, Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.Server.PlayAsync(async server =>
        {
            if (kind is not "an answer to no question")
                await scene.RefuseAsync(kind.Contains("question", StringComparison.Ordinal) ? "keyboard-interactive" : "publickey");
            for (var i = 0; i < 200 && !scene.Login.IsCompleted; i++)
            {
                await server.SendAsync(kind switch
                {
                    "questions" => Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 0u),
                    "a thousand million questions" => Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1_000_000_000u),
                    "partial successes" => Wire.Message(MessageNumber.UserAuthFailure, "publickey", true),
                    "an answer to no question" => Wire.Message(MessageNumber.UserAuthMethod, ""),
                    "data" => Wire.Data(0, "data"),
                    _ => [MessageNumber.UserAuthFailure, 0xff],
                });
            }
        });
        // Partial successes come to an end where the keys do.
        Assert.Equal(kind == "partial successes" ? SshFailure.AuthenticationFailed : SshFailure.ProtocolViolation, (await scene.RefusalAsync()).Failure);
        Assert.All(_keys, key => Assert.Equal(0, key.Signatures));
    }

    [Fact]
    public async Task ACancellationEndsALogin()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = _keys });
        await scene.RefuseAsync("publickey");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scene.Login.WaitAsync(TransportServer.Limit));
    }

    [Fact]
    public async Task SshdRefusesAfterTooManyKeysAndTheMessageSaysWhich()
    {
        var refusal = await Assert.ThrowsAsync<SshException>(() => LogInAsync(SpecialHosts.WithTries(2, 1), _keys));
        Assert.Equal(SshFailure.AuthenticationFailed, refusal.Failure);
        Assert.Contains("Too many authentication failures", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("a key of type ssh-ed25519", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SshdThatWantsTwoKeysGetsThem()
    {
        var host = SpecialHosts.WithTwoKeys(1);
        await File.AppendAllLinesAsync(Path.Combine(fleet.Folder, "authorized_keys"), [_keys[1].AuthorizedLine]);
        await Assert.ThrowsAsync<SshException>(() => LogInAsync(host, _keys));
        await File.AppendAllLinesAsync(Path.Combine(fleet.Folder, "authorized_keys"), [_keys[2].AuthorizedLine]);
        await LogInAsync(host, _keys);
        Assert.True(_keys[2].Signatures > 0);
    }

    [Fact]
    public async Task SshdShowsItsBanner()
    {
        await File.AppendAllLinesAsync(Path.Combine(fleet.Folder, "authorized_keys"), [_keys[0].AuthorizedLine]);
        var shown = new StringBuilder();
        await LogInAsync(SpecialHosts.WithBanner(1), _keys, text => shown.Append(text));
        Assert.Equal(SpecialHosts.Banner, shown.ToString());
    }

    private async Task LogInAsync(string host, IEnumerable<UserKey> keys, Action<string>? onBanner = null)
    {
        await using var packets = await SshTransport.ConnectAsync(await NativeInteropServer.DialAsync(fleet.Port, host), NativeInteropServer.Options());
        await UserAuthentication.AuthenticateAsync(packets, new(fleet.User) { Keys = keys, OnBanner = onBanner });
    }
}
