namespace Volley.Ssh;

/// <summary>What can be chosen about a transport.</summary>
public sealed record SshTransportOptions
{
    internal const long DefaultRekeyAfterBytes = 1L << 30;

    /// <summary>
    /// Decides whether the host's key is the right one, and throws if it isn't; asked once, after the host has proved
    /// that it owns the key, and before anything is sent that matters. For a certificate, the host has proved to own the
    /// certified key; all else about the certificate is for the one who is asked to check.
    /// </summary>
    /// <exception cref="SshException">The key is refused: <see cref="SshFailure.HostKeyRejected"/>.</exception>
    public required Func<HostKeyOffer, CancellationToken, ValueTask> CheckHostKey { get; init; }

    /// <summary>The key exchanges, the preferred one first; of <see cref="SshAlgorithms.KeyExchanges"/>.</summary>
    public IReadOnlyList<string> KeyExchanges { get; init; } = SshAlgorithms.KeyExchanges;

    /// <summary>The host key algorithms, the preferred one first; of <see cref="SshAlgorithms.HostKeys"/>.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = SshAlgorithms.HostKeys;

    /// <summary>The ciphers of both directions, the preferred one first; of <see cref="SshAlgorithms.Ciphers"/>.</summary>
    public IReadOnlyList<string> Ciphers { get; init; } = SshAlgorithms.Ciphers;

    /// <summary>The MACs for ciphers that do not authenticate, the preferred one first; of <see cref="SshAlgorithms.Macs"/>.</summary>
    public IReadOnlyList<string> Macs { get; init; } = SshAlgorithms.Macs;

    /// <summary>After how many bytes in one direction new keys are agreed on; 1 GiB if nothing else is said (RFC 4253 section 9).</summary>
    public long RekeyAfterBytes { get; init; } = DefaultRekeyAfterBytes;

    /// <summary>After what time new keys are agreed on, as soon as something is sent or received; by default never, as ssh does it.</summary>
    public TimeSpan RekeyAfter { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The clock of <see cref="RekeyAfter"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
