using Volley.Ssh.Auth;
using Volley.Ssh.Keys;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>A login that has come as far as the first request.</summary>
internal sealed class LoginScene : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly EncryptedPackets _packets;

    private LoginScene(TransportServer server, EncryptedPackets packets, SshCredentials credentials)
    {
        (Server, _packets) = (server, packets);
        Login = UserAuthentication.AuthenticateAsync(packets, credentials, _cancel.Token).AsTask();
    }

    /// <summary>The request that asks which methods there are.</summary>
    public static byte[] None => Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "none");

    public TransportServer Server { get; }

    public Task Login { get; }

    /// <summary>The request that is about a key.</summary>
    public static byte[] Offer(UserKey key, string algorithm, bool isSigned) =>
        Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "publickey", isSigned, algorithm, key.PublicBlob.ToArray());

    public static async Task<LoginScene> StartAsync(
        SshCredentials credentials, string? serverAlgorithms = null, bool hasService = true, string software = "OpenSSH_9.9")
    {
        var server = await TransportServer.StartAsync();
        server.Version = $"SSH-2.0-{software}";
        var packets = await server.ConnectFullyAsync();
        if (serverAlgorithms is not null)
            await server.SendAsync(Wire.Message(MessageNumber.ExtInfo, 1u, "server-sig-algs", serverAlgorithms));
        var scene = new LoginScene(server, packets, credentials);
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

    /// <summary>Reads a request, whose signature must be over the session and the very request.</summary>
    public async Task CheckSignedAsync(UserKey key, string algorithm)
    {
        var request = await Server.ExpectAsync(MessageNumber.UserAuthRequest);
        var unsigned = Offer(key, algorithm, isSigned: true);
        Assert.Equal(unsigned, request[..unsigned.Length]);
        byte[] data = [.. Wire.UInt32((uint)Server.SessionId.Length), .. Server.SessionId.Span, .. unsigned];
        using var publicKey = PublicKey.Parse(key.PublicBlob.Span);
        Assert.True(publicKey.Verify(algorithm, data, request.AsSpan(unsigned.Length + 4)));
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
