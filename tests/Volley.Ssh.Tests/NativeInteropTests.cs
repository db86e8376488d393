using Xunit;

namespace Volley.Ssh.Tests;

/// <summary>The transport and the login against a real sshd.</summary>
public sealed class NativeInteropTests(NativeInteropServer server) : IClassFixture<NativeInteropServer>
{
    [Fact]
    public async Task ACommandRuns()
    {
        await using var packets = await server.ConnectAsync(NativeInteropServer.Options("curve25519-sha256", "aes128-gcm@openssh.com", "ssh-ed25519"));
        await using var connection = new SshConnection(packets);
        await using var channel = await connection.StartAsync("echo out; echo err >&2; exit 7");
        Assert.Equal(new() { Status = 7 }, await channel.ExitAsync());
        Assert.Equal(("out\n", "err\n"), await channel.ReadToEndAsync());
    }
}
