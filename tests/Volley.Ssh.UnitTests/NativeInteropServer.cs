using System.Net;
using Volley.Ssh.Auth;
using Volley.Ssh.Keys;
using Volley.Ssh.Net;
using Volley.Ssh.Transport;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>A fleet whose sshd has a host key of every kind and lets in a user key of every kind.</summary>
public sealed class NativeInteropServer : IAsyncLifetime
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly string[] UserKeyTypes =
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"];

    private readonly string _keys = Directory.CreateTempSubdirectory("volley-hostkeys-").FullName;
    private readonly Dictionary<string, TransportKey> _userKeys = [];
    private Fleet? _fleet;

    internal Fleet Fleet => _fleet!;

    internal IReadOnlyDictionary<string, TransportKey> UserKeys => _userKeys;

    public async ValueTask InitializeAsync()
    {
        // The fleet has keys of the two commonest kinds itself.
        var options = new List<string>();
        foreach (var (type, bits) in ((string, int)[])[("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048)])
        {
            var path = Path.Combine(_keys, $"{type}{bits}");
            await SshKeygen.GenerateAsync(path, "-t", type, "-b", $"{bits}");
            options.Add($"HostKey={path}");
        }
        _fleet = await Fleet.StartAsync([.. options]);
        foreach (var type in UserKeyTypes)
            _userKeys.Add(type, TransportKey.Create(type));
        await File.AppendAllLinesAsync(Path.Combine(Fleet.Folder, "authorized_keys"), _userKeys.Values.Select(key => key.AuthorizedLine));
    }

    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null)
            await _fleet.DisposeAsync();
        Directory.Delete(_keys, recursive: true);
    }

    /// <summary>Connects and logs in.</summary>
    internal Task<EncryptedPackets> ConnectAsync(SshTransportOptions options, string userKey = "ssh-ed25519", CancellationToken cancellationToken = default) =>
        ConnectAsync(Fleet.Port, Fleet.User, UserKeys[userKey], options, cancellationToken);

    internal static async Task<EncryptedPackets> ConnectAsync(
        int port, string user, UserKey key, SshTransportOptions options, CancellationToken cancellationToken = default)
    {
        var packets = await SshTransport.ConnectAsync(await DialAsync(port, cancellationToken), options, cancellationToken);
        try
        {
            await UserAuthentication.AuthenticateAsync(packets, new(user) { Keys = [key] }, cancellationToken);
            return packets;
        }
        catch
        {
            await packets.DisposeAsync();
            throw;
        }
    }

    internal static Task<SocketStream> DialAsync(int port, CancellationToken cancellationToken = default) =>
        DialAsync(port, "127.0.0.1", cancellationToken);

    internal static Task<SocketStream> DialAsync(int port, string host, CancellationToken cancellationToken = default) =>
        SocketConnector.Default.ConnectAsync(new IPEndPoint(IPAddress.Parse(host), port), cancellationToken: cancellationToken).AsTask();

    /// <summary>Options that take any host key.</summary>
    internal static SshTransportOptions Options(
        string? keyExchange = null, string? cipher = null, string? hostKey = null) => new()
        {
            CheckHostKey = static (_, _) => ValueTask.CompletedTask,
            KeyExchanges = keyExchange is null ? SshAlgorithms.KeyExchanges : [keyExchange],
            Ciphers = cipher is null ? SshAlgorithms.Ciphers : [cipher],
            HostKeys = hostKey is null ? SshAlgorithms.HostKeys : [hostKey],
        };
}
