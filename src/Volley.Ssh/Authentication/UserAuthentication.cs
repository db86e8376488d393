using Volley.Ssh.Packets;

namespace Volley.Ssh.Authentication;

/// <summary>Logs in (RFC 4252): tries each method and each key in order until the server has seen enough.</summary>
public static class UserAuthentication
{
    /// <summary>Logs in; after it, the packets carry the connection protocol.</summary>
    /// <param name="packets">A transport as <see cref="SshTransport.ConnectAsync"/> returns it.</param>
    /// <param name="credentials">Who, and with what.</param>
    /// <param name="cancellationToken">Ends it at any point; the transport is of no use then.</param>
    /// <exception cref="SshException">
    /// The server accepts none of it (<see cref="SshFailure.AuthenticationFailed"/>; the message says what it would take
    /// and what was tried), or the connection ended.
    /// </exception>
    public static async ValueTask AuthenticateAsync(
        EncryptedPackets packets, SshCredentials credentials, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(packets);
        ArgumentNullException.ThrowIfNull(credentials);
        using var login = new Login(packets, credentials);
        await login.RunAsync(cancellationToken).ConfigureAwait(false);
        packets.IsAuthenticated = true;
    }
}
