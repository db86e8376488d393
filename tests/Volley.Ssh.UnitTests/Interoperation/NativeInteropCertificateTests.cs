using Volley.Ssh.HostKeys;
using Volley.Ssh.Keys;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Interoperation;

/// <summary>Certificates of hosts and of users, made by ssh-keygen, against a real sshd.</summary>
public sealed class NativeInteropCertificateTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("volley-certificates-").FullName;

    public async ValueTask InitializeAsync()
    {
        await SshKeygen.GenerateAsync(File("ca"));
        await SshKeygen.GenerateAsync(File("ecdsa"), "-t", "ecdsa", "-b", "384");
        await SshKeygen.GenerateAsync(File("rsa"), "-t", "rsa", "-b", "2048");
        await SshKeygen.CertifyHostAsync(File("ca"), File("ecdsa"), "-n", "localhost");
        await SshKeygen.CertifyHostAsync(File("ca"), File("rsa"), "-n", "localhost");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task AHostProvesThatItOwnsTheCertifiedKey()
    {
        await using var fleet = await Fleet.StartAsync(
            $"HostKey={File("ecdsa")}", $"HostKey={File("rsa")}", $"HostCertificate={File("ecdsa-cert.pub")}", $"HostCertificate={File("rsa-cert.pub")}");
        foreach (var (algorithm, name) in ((string, string)[])[
            ("ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa"),
            ("rsa-sha2-512-cert-v01@openssh.com", "rsa"),
            ("rsa-sha2-256-cert-v01@openssh.com", "rsa")])
        {
            HostKeyOffer? offer = null;
            await using var packets = await SshTransport.ConnectAsync(
                await NativeInteropServer.DialAsync(fleet.Port),
                NativeInteropServer.Options(hostKey: algorithm) with
                {
                    CheckHostKey = (offered, _) =>
                    {
                        offer = offered;
                        return ValueTask.CompletedTask;
                    },
                });
            Assert.Equal(algorithm, offer!.Algorithm);
            Assert.Equal(await BlobAsync($"{name}-cert.pub"), offer.Blob.ToArray());
        }
    }

    [Fact]
    public async Task AUserLogsInWithACertificateOfEachType()
    {
        await using var fleet = await Fleet.StartAsync($"TrustedUserCAKeys={File("ca.pub")}");
        foreach (var type in (string[])["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"])
        {
            var key = TransportKey.Create(type);
            await System.IO.File.WriteAllTextAsync(File("user.pub"), key.AuthorizedLine + "\n");
            await SshKeygen.CertifyUserAsync(File("ca"), File("user"), fleet.User);
            var certificate = new CertifiedKey(key, await BlobAsync("user-cert.pub"), $"{type}-cert-v01@openssh.com");
            await using var packets = await NativeInteropServer.ConnectAsync(fleet.Port, fleet.User, certificate, NativeInteropServer.Options());
            await using var connection = new SshConnection(packets);
            await using var channel = await connection.StartAsync("exit 3");
            Assert.Equal(new() { ExitCode = 3 }, await channel.ExitAsync());
        }
    }

    private async Task<byte[]> BlobAsync(string name) =>
        Convert.FromBase64String((await System.IO.File.ReadAllTextAsync(File(name))).Split(' ')[1]);

    private string File(string name) => Path.Combine(_folder, name);

    /// <summary>A key that shows its certificate, and signs as itself.</summary>
    private sealed class CertifiedKey(TransportKey key, byte[] certificate, string algorithm) : UserKey
    {
        public override string Label => "a certificate";

        public override string KeyType => new SshReader(certificate, "the certificate").ReadName();

        public override ReadOnlyMemory<byte> PublicBlob => certificate;

        public override IReadOnlyList<string> SignatureAlgorithms => [algorithm];

        public override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken) =>
            key.SignAsync(algorithm[..^"-cert-v01@openssh.com".Length], data, session, cancellationToken);
    }
}
