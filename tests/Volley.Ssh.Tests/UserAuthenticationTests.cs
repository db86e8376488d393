using System.Text;
using Volley.Ssh.Authentication;
using Volley.Ssh.Keys;
using Volley.Ssh.Messages;
using Volley.Ssh.Packets;
using Volley.Ssh.Tests.Keys;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.Tests;

/// <summary>The login, against a scripted server and against sshd.</summary>
public sealed class UserAuthenticationTests
{
    private const string Secret = "s3cret päss";

    private readonly List<TransportKey> _keys = [TransportKey.Create("ssh-ed25519"), TransportKey.Create("ecdsa-sha2-nistp256"), TransportKey.Create("ssh-rsa")];

    [Theory]
    [InlineData("a password")]
    [InlineData("an RSA key first")]
    [InlineData("no key")]
    public async Task NoneIsEnoughWhereTheServerSaysSo(string kind)
    {
        await using var scene = await Scene.StartAsync(new("me")
        {
            Keys = kind switch { "no key" => [], "an RSA key first" => [_keys[2], _keys[0]], _ => _keys },
            Password = kind == "a password" ? Encoding.UTF8.GetBytes(Secret) : null,
        });
        Assert.Equal(None, await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
        Assert.All(_keys, key => Assert.Equal(0, key.Signatures));
    }

    [Fact]
    public async Task AKeyThatNeedsNoWordOfTheServersGoesWithTheFirstRequest()
    {
        // The service is asked for and not granted yet.
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys }, hasService: false);
        Assert.Equal(Offer(_keys[0], "ssh-ed25519", isSigned: false), await scene.Server.ReadAsync());
        await scene.GrantServiceAsync();
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", _keys[0].PublicBlob.ToArray()));
        await CheckSignedAsync(scene, _keys[0], "ssh-ed25519");
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Fact]
    public async Task WhereNoKeyWasTakenNoneMayStillBeEnough()
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = [_keys[0]] });
        await scene.RefuseAsync("publickey,password", _keys[0]);
        Assert.Equal(None, await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AServerThatHasHadEnoughOfUsThenHasRefusedTheKeys(bool saysSo)
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = [_keys[0]] });
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
    public async Task AnAnswerBeforeTheServiceIsGrantedIsRefused()
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys }, hasService: false);
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        Assert.Equal(SshFailure.ProtocolViolation, (await scene.RefusalAsync()).Failure);
    }

    [Fact]
    public async Task KeysAreOfferedInOrderAndOnlyTheAcceptedOneSigns()
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys });
        await scene.RefuseAsync("publickey,password", _keys[0]);
        var offer = await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        Assert.Equal(Offer(_keys[1], "ecdsa-sha2-nistp256", isSigned: false), offer);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ecdsa-sha2-nistp256", _keys[1].PublicBlob.ToArray()));
        await CheckSignedAsync(scene, _keys[1], "ecdsa-sha2-nistp256");
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
        await using var scene = await Scene.StartAsync(new("me") { Keys = [_keys[2]] }, serverAlgorithms);
        await scene.RefuseAsync("publickey");
        Assert.Equal(Offer(_keys[2], expected, isSigned: false), await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, expected, _keys[2].PublicBlob.ToArray()));
        await CheckSignedAsync(scene, _keys[2], expected);
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Theory]
    [InlineData("ed25519", true)]
    [InlineData("ecdsa", true)]
    [InlineData("rsa", false)]
    public async Task AKeyAtHandIsOnlyAskedAboutWhereASignatureCostsMore(string type, bool signsAtOnce)
    {
        using var folder = new KeyFolder();
        using var key = KeyFolder.Open(await folder.GenerateAsync("-t", type));
        await using var scene = await Scene.StartAsync(new("me") { Keys = [_keys[0], key, _keys[1]] });
        await scene.RefuseAsync("publickey", _keys[0]);
        if (signsAtOnce)
            await CheckSignedAsync(scene, key, key.SignatureAlgorithms[0]);
        else
            Assert.Equal(Offer(key, key.SignatureAlgorithms[0], isSigned: false), await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
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
        await using var scene = await Scene.StartAsync(new("me") { Keys = [_keys[2], _keys[0]] }, "ssh-ed25519,ssh-rsa");
        await scene.RefuseAsync("publickey");
        await scene.RefuseAsync("publickey", _keys[0]);
        var refusal = await scene.RefusalAsync();
        Assert.Contains("a key of type ssh-rsa (no ssh-rsa signature that both sides allow)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheUsersOwnAlgorithmsDecideToo()
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys, SignatureAlgorithms = ["rsa-sha2-256"] });
        await scene.RefuseAsync("publickey");
        Assert.Equal(Offer(_keys[2], "rsa-sha2-256", isSigned: false), await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest));
    }

    [Fact]
    public async Task AKeyThatCannotSignLeadsToTheNext()
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = [new BrokenKey(_keys[0]), _keys[1]] });
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", _keys[0].PublicBlob.ToArray()));
        // The server has not said yet what it takes.
        await scene.RefuseAsync("publickey");
        await scene.RefuseAsync("publickey", _keys[1]);
        var refusal = await scene.RefusalAsync();
        Assert.Equal("Permission denied (the server takes publickey); tried: broken (the agent is gone); a key of type ecdsa-sha2-nistp256", refusal.Message);
    }

    [Fact]
    public async Task AfterTheKeysComeTheQuestionAndThePassword()
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = [_keys[0]], Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("password,publickey,keyboard-interactive");
        await scene.RefuseAsync("password,publickey,keyboard-interactive", _keys[0]);
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "keyboard-interactive", "", ""), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, "Password: ", false));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthInfoResponse, 1u, Secret), await scene.Server.ReadAsync());
        // PAM ends with a question of nothing.
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 0u));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthInfoResponse, 0u), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "password,publickey,keyboard-interactive", false));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", false, Secret), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "password,publickey,keyboard-interactive", false));
        var refusal = await scene.RefusalAsync();
        Assert.Equal(SshFailure.AuthenticationFailed, refusal.Failure);
        Assert.DoesNotContain(Secret, refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Verification code: ", true)]
    [InlineData("Your name", true)]
    public async Task AQuestionThatThePasswordDoesNotAnswerIsNotAnswered(string question, bool echo)
    {
        await using var scene = await Scene.StartAsync(new("me") { Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("keyboard-interactive");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, question, echo));
        Assert.Contains($"nobody can answer \"{question.Trim()}\"", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASecondQuestionDoesNotGetThePasswordAgain()
    {
        await using var scene = await Scene.StartAsync(new("me") { Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("keyboard-interactive");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, "Password: ", false));
        await scene.Server.ExpectAsync(MessageNumber.UserAuthInfoResponse);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, "One-time code: ", false));
        Assert.Contains("One-time code", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnExpiredPasswordIsSaidToBeOne()
    {
        await using var scene = await Scene.StartAsync(new("me") { Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("password");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "expired since yesterday", ""));
        Assert.Contains("the password (it must be changed: expired since yesterday)", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PartialSuccessGoesOnWithTheOtherKeys()
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys, Password = Encoding.UTF8.GetBytes(Secret) });
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
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys });
        var session = scene.Server.SessionId.ToArray();
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.ExchangeInitsAsync();
        await scene.Server.ExchangeKeysAsync();
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", _keys[0].PublicBlob.ToArray()));
        // The session's name stays that of the first exchange.
        Assert.Equal(session, scene.Server.SessionId.ToArray());
        await CheckSignedAsync(scene, _keys[0], "ssh-ed25519");
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
    }

    [Fact]
    public async Task BannersAreShownAndHarmless()
    {
        var shown = new List<string>();
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys, OnBanner = shown.Add });
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthBanner, "Welcome\n\u001b[31mred\u0007\n", ""));
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync([MessageNumber.UserAuthSuccess]);
        await scene.Login;
        Assert.Equal(["Welcome\n[31mred\n"], shown);
    }

    [Fact]
    public async Task NothingToTryIsSaidWithWhatTheServerTakes()
    {
        await using var scene = await Scene.StartAsync(new("me"));
        await scene.RefuseAsync("publickey,hostbased");
        Assert.Equal("Permission denied (the server takes publickey,hostbased); there was nothing to try", (await scene.RefusalAsync()).Message);
    }

    [Theory]
    [InlineData("banners")]
    [InlineData("a key that was not asked about")]
    [InlineData("questions")]
    [InlineData("a thousand million questions")]
    [InlineData("partial successes")]
    [InlineData("an answer to no question")]
    [InlineData("data")]
    [InlineData("a failure cut short")]
    public async Task AHostileServerIsRefused(string kind)
    {
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys, Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.Server.PlayAsync(async server =>
        {
            if (kind is not "an answer to no question")
                await scene.RefuseAsync(kind.Contains("question", StringComparison.Ordinal) ? "keyboard-interactive" : "publickey");
            for (var i = 0; i < 200 && !scene.Login.IsCompleted; i++)
            {
                await server.SendAsync(kind switch
                {
                    "banners" => Wire.Message(MessageNumber.UserAuthBanner, new byte[1000], ""),
                    "a key that was not asked about" => Wire.Message(MessageNumber.UserAuthMethod, "ssh-ed25519", new byte[51]),
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
        await using var scene = await Scene.StartAsync(new("me") { Keys = _keys });
        await scene.RefuseAsync("publickey");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scene.Login.WaitAsync(TransportServer.Limit));
    }

    [Fact]
    public async Task SshdRefusesAfterTooManyKeysAndTheMessageSaysWhich()
    {
        await using var fleet = await Fleet.StartAsync("MaxAuthTries=2");
        var refusal = await Assert.ThrowsAsync<SshException>(() => LogInAsync(fleet, _keys));
        Assert.Equal(SshFailure.AuthenticationFailed, refusal.Failure);
        Assert.Contains("Too many authentication failures", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("a key of type ssh-ed25519", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SshdThatWantsTwoKeysGetsThem()
    {
        await using var fleet = await Fleet.StartAsync("AuthenticationMethods=publickey,publickey");
        await File.AppendAllLinesAsync(Path.Combine(fleet.Folder, "authorized_keys"), [_keys[1].AuthorizedLine]);
        await Assert.ThrowsAsync<SshException>(() => LogInAsync(fleet, _keys));
        await File.AppendAllLinesAsync(Path.Combine(fleet.Folder, "authorized_keys"), [_keys[2].AuthorizedLine]);
        await LogInAsync(fleet, _keys);
        Assert.True(_keys[2].Signatures > 0);
    }

    [Fact]
    public async Task SshdShowsItsBanner()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "Authorised use only.\n");
        try
        {
            await using var fleet = await Fleet.StartAsync($"Banner={path}");
            await File.AppendAllLinesAsync(Path.Combine(fleet.Folder, "authorized_keys"), [_keys[0].AuthorizedLine]);
            var shown = new StringBuilder();
            await LogInAsync(fleet, _keys, text => shown.Append(text));
            Assert.Equal("Authorised use only.\n", shown.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] None => Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "none");

    private static byte[] Offer(UserKey key, string algorithm, bool isSigned) =>
        Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "publickey", isSigned, algorithm, key.PublicBlob.ToArray());

    /// <summary>The signature is over the session and the very request.</summary>
    private static async Task CheckSignedAsync(Scene scene, UserKey key, string algorithm)
    {
        var request = await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        var unsigned = Offer(key, algorithm, isSigned: true);
        Assert.Equal(unsigned, request[..unsigned.Length]);
        byte[] data = [.. Wire.UInt32((uint)scene.Server.SessionId.Length), .. scene.Server.SessionId.Span, .. unsigned];
        using var publicKey = PublicKey.Parse(key.PublicBlob.Span);
        Assert.True(publicKey.Verify(algorithm, data, request.AsSpan(unsigned.Length + 4)));
    }

    private static async Task LogInAsync(Fleet fleet, IEnumerable<UserKey> keys, Action<string>? onBanner = null)
    {
        await using var packets = await SshTransport.ConnectAsync(await NativeInteropServer.DialAsync(fleet.Port), NativeInteropServer.Options());
        await UserAuthentication.AuthenticateAsync(packets, new(fleet.User) { Keys = keys, OnBanner = onBanner });
    }

    /// <summary>A login that has come as far as the first request.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly CancellationTokenSource _cancel = new();
        private readonly EncryptedPackets _packets;

        private Scene(TransportServer server, EncryptedPackets packets, SshCredentials credentials)
        {
            (Server, _packets) = (server, packets);
            Login = UserAuthentication.AuthenticateAsync(packets, credentials, _cancel.Token).AsTask();
        }

        public TransportServer Server { get; }

        public Task Login { get; }

        public static async Task<Scene> StartAsync(SshCredentials credentials, string? serverAlgorithms = null, bool hasService = true)
        {
            var server = await TransportServer.StartAsync();
            var packets = await server.ConnectFullyAsync();
            if (serverAlgorithms is not null)
                await server.SendAsync(Wire.Message(MessageNumber.ExtInfo, 1u, "server-sig-algs", serverAlgorithms));
            var scene = new Scene(server, packets, credentials);
            Assert.Equal(Wire.Message(MessageNumber.ServiceRequest, "ssh-userauth"), await server.ReadAsync());
            if (hasService)
                await scene.GrantServiceAsync();
            return scene;
        }

        public Task GrantServiceAsync() => Server.SendAsync(Wire.Message(MessageNumber.ServiceAccept, "ssh-userauth"));

        /// <summary>Refuses the next request, which must be about the key if there is one.</summary>
        public async Task RefuseAsync(string methods, TransportKey? key = null, string? algorithm = null)
        {
            var request = await Server.ExpectAsync(MessageNumber.UserAuthRequest);
            if (key is not null)
                Assert.Equal(Offer(key, algorithm ?? key.KeyType, isSigned: false), request);
            await Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, methods, false));
        }

        public Task<SshException> RefusalAsync() => Assert.ThrowsAsync<SshException>(() => Login.WaitAsync(TransportServer.Limit));

        public Task CancelAsync() => _cancel.CancelAsync();

        public async ValueTask DisposeAsync()
        {
            await _packets.DisposeAsync();
            await Server.DisposeAsync();
            _cancel.Dispose();
        }
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
