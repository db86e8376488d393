using Volley.Ssh.Transport;


namespace Volley.Ssh.Auth;

/// <summary>Logs in (RFC 4252): tries each method and each key in order until the server grants access.</summary>
internal static class UserAuthentication
{
    /// <summary>Logs in. Afterwards the packets carry the connection protocol.</summary>
    /// <param name="packets">The transport from <see cref="SshTransport.ConnectAsync"/>.</param>
    /// <param name="credentials">The user and the credentials.</param>
    /// <param name="cancellationToken">Cancels the login; then the transport can't be used any more.</param>
    /// <exception cref="SshException">
    /// The server accepted none of the credentials (<see cref="SshFailure.AuthenticationFailed"/>; the message names the methods that it
    /// accepts and what was tried), or the connection ended.
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
