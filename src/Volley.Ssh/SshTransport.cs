using Volley.Ssh.Packets;

namespace Volley.Ssh;

/// <summary>Makes an encrypted transport of a stream (RFC 4253).</summary>
public static class SshTransport
{
    /// <summary>Greets, agrees on keys, and has the host's key checked; what it returns is ready for <see cref="Authentication.UserAuthentication"/>.</summary>
    /// <param name="stream">A connection to an SSH server; it belongs to the transport from here on, and is disposed if this fails.</param>
    /// <param name="options">The algorithms, and who checks the host's key.</param>
    /// <param name="cancellationToken">Ends it at any point.</param>
    /// <exception cref="SshException">The server speaks no SSH that we can, or its key is refused, or the stream ended.</exception>
    /// <exception cref="ArgumentException">The options name an algorithm that is not of <see cref="SshAlgorithms"/>.</exception>
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
