using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>A real sshd with SFTP, and with subsystems that fail in its place.</summary>
public sealed class SftpFleet : IAsyncLifetime
{
    /// <summary>The program of OpenSSH.</summary>
    public const string Program = "/usr/lib/openssh/sftp-server";

    /// <summary>The server.</summary>
    public Fleet Fleet { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Fleet = await Fleet.StartAsync(
        "Subsystem=sftp internal-sftp",
        $"Subsystem=external {Program}",
        // sshd runs these lines by the login shell.
        "Subsystem=fails echo no disk >&2; exit 3",
        "Subsystem=ends exit 0",
        // What a start-up file of the login shell prints before the protocol.
        $"Subsystem=greets echo Welcome; exec {Program}",
        "Subsystem=prints printf Hi; exit 0");

    public ValueTask DisposeAsync() => Fleet.DisposeAsync();
}
