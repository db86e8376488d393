using Volley.Ssh.HostKeys;

namespace Volley.Ssh.Transport;

/// <summary>The options of a transport.</summary>
internal sealed record SshTransportOptions
{
    internal const long DefaultRekeyAfterBytes = 1L << 30;

    /// <summary>
    /// Checks the host key, and throws if it is not accepted. It is called once, after the host has proved that it owns the key, and before
    /// anything sensitive is sent. For a certificate, the host has proved that it owns the certified key; everything else about the
    /// certificate must be checked here.
    /// </summary>
    /// <exception cref="SshException">The key is rejected: <see cref="SshFailure.HostKeyRejected"/>.</exception>
    public required Func<HostKeyOffer, CancellationToken, ValueTask> CheckHostKey { get; init; }

    /// <summary>The key exchanges in order of preference, from <see cref="SshAlgorithms.KeyExchanges"/>.</summary>
    public IReadOnlyList<string> KeyExchanges { get; init; } = SshAlgorithms.KeyExchanges;

    /// <summary>The host key algorithms in order of preference, from <see cref="SshAlgorithms.HostKeys"/>.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = SshAlgorithms.HostKeys;

    /// <summary>The ciphers of both directions in order of preference, from <see cref="SshAlgorithms.Ciphers"/>.</summary>
    public IReadOnlyList<string> Ciphers { get; init; } = SshAlgorithms.Ciphers;

    /// <summary>The MACs for ciphers that do not authenticate, in order of preference, from <see cref="SshAlgorithms.Macs"/>.</summary>
    public IReadOnlyList<string> Macs { get; init; } = SshAlgorithms.Macs;

    /// <summary>The number of bytes in one direction after which keys are exchanged again, at least 1. The default is 1 GiB (RFC 4253 section 9).</summary>
    public long RekeyAfterBytes { get; init; } = DefaultRekeyAfterBytes;

    /// <summary>
    /// The time after which keys are exchanged again, as soon as something is sent or received. The default is never, as in ssh.
    /// </summary>
    public TimeSpan RekeyAfter { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The clock of <see cref="RekeyAfter"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
