using Volley.Ssh.Auth;

namespace Volley.Ssh.Transport;

/// <summary>Creates encrypted transports over streams (RFC 4253).</summary>
internal static class SshTransport
{
    /// <summary>
    /// Exchanges versions and keys, and has the host key checked. The result is ready for
    /// <see cref="UserAuthentication"/>.
    /// </summary>
    /// <param name="stream">A connection to an SSH server. The transport takes ownership, and disposes it on failure.</param>
    /// <param name="options">The algorithms and the check of the host key.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SshException">The server does not speak a supported SSH, its key was rejected, or the stream ended.</exception>
    /// <exception cref="ArgumentException">The options name an algorithm that is not in <see cref="SshAlgorithms"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="SshTransportOptions.RekeyAfterBytes"/> is less than 1.</exception>
    public static async ValueTask<EncryptedPackets> ConnectAsync(
        Stream stream, SshTransportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RekeyAfterBytes, 1);
        Check(options.KeyExchanges, SshAlgorithms.KeyExchanges);
        Check(options.HostKeys, SshAlgorithms.HostKeys);
        Check(options.Ciphers, SshAlgorithms.Ciphers);
        Check(options.Macs, SshAlgorithms.Macs);
        var packets = new EncryptedPackets(stream, options);
        try
        {
            await packets.StartAsync(cancellationToken).ConfigureAwait(false);
            return packets;
        }
        catch
        {
            await packets.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Check(IReadOnlyList<string> names, IReadOnlyList<string> known)
    {
        foreach (var name in names)
        {
            if (!known.Contains(name))
                throw new ArgumentException($"no such algorithm: {name}", nameof(names));
        }
    }
}
