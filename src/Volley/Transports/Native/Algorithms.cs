using System.Collections.Immutable;
using Volley.Ssh;
using Volley.Ssh.Config;
using Volley.Ssh.HostKeys;

namespace Volley.Transports.Native;

/// <summary>What the configuration makes of the algorithms that we have.</summary>
internal static class Algorithms
{
    /// <summary>The type of RSA keys, and their signatures by SHA-1, which we never make.</summary>
    public const string RsaBySha1 = "ssh-rsa";

    /// <summary>Signatures that users' keys can make, certificates' and security keys' included.</summary>
    private static readonly ImmutableArray<string> AllSignatures =
    [
        .. SshAlgorithms.HostKeys,
        "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ];

    /// <summary>Which list of the configuration leaves none of the algorithms that we have; null if none does.</summary>
    public static string? WhyNone(SshHostSettings settings)
    {
        return None("KexAlgorithms", settings.KexAlgorithms, SshAlgorithms.KeyExchanges)
            ?? None("HostKeyAlgorithms", settings.HostKeyAlgorithms, SshAlgorithms.HostKeys)
            ?? None("Ciphers", settings.Ciphers, SshAlgorithms.Ciphers)
            ?? (Ciphers(settings).Length > 0 ? null : None("MACs", settings.Macs, SshAlgorithms.Macs))
            ?? None("PubkeyAcceptedAlgorithms", settings.PubkeyAcceptedAlgorithms, AllSignatures);

        static string? None(string directive, SshAlgorithmList? list, ImmutableArray<string> ours) => Apply(list, ours).IsEmpty
            ? $"{directive} {list} names none that it has, which are {string.Join(',', ours)}"
            : null;
    }

    /// <summary>The algorithms of a connection to a host, and who checks its key.</summary>
    /// <exception cref="SshException">A file of known hosts can't be read.</exception>
    public static SshTransportOptions TransportOptions(SshHostSettings settings, HostKeyChecker checker)
    {
        var hostKeys = Apply(settings.HostKeyAlgorithms, SshAlgorithms.HostKeys);
        return new SshTransportOptions
        {
            CheckHostKey = checker.CheckAsync,
            KeyExchanges = Apply(settings.KexAlgorithms, SshAlgorithms.KeyExchanges),
            // As ssh does it, an order that the user wants goes before that of the keys that are known.
            HostKeys = settings.HostKeyAlgorithms is null or { Change: AlgorithmListChange.Remove } ? checker.Order(hostKeys) : hostKeys,
            Ciphers = Ciphers(settings),
            Macs = Apply(settings.Macs, SshAlgorithms.Macs) is { IsEmpty: false } macs ? macs : SshAlgorithms.Macs,
            RekeyAfterBytes = settings.RekeyBytes ?? SshTransportOptions.DefaultRekeyAfterBytes,
            RekeyAfter = settings.RekeyTime ?? Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The signatures that the user allows; null for all.</summary>
    public static IReadOnlyList<string>? Signatures(SshHostSettings settings) => settings.PubkeyAcceptedAlgorithms?.Apply(AllSignatures, AllSignatures);

    /// <summary>Whether ssh would sign by an algorithm. Of those that we lack it does so by none that the configuration does not name.</summary>
    public static bool SshSignsBy(SshHostSettings settings, string algorithm) =>
        settings.PubkeyAcceptedAlgorithms is { } list
            ? list.Apply(AllSignatures, [.. AllSignatures, algorithm]).Contains(algorithm)
            : AllSignatures.Contains(algorithm);

    /// <summary>
    /// Whether ssh would sign by SHA-1 with an RSA key: where that is configured, and the server does not say that it knows better
    /// (RFC 8332 section 3.3).
    /// </summary>
    /// <param name="settings">What is configured.</param>
    /// <param name="serverAlgorithms">What the server says that it takes (server-sig-algs); null if it says nothing.</param>
    public static bool SshSignsBySha1(SshHostSettings settings, IReadOnlyList<string>? serverAlgorithms) =>
        SshSignsBy(settings, RsaBySha1) && serverAlgorithms?.Any(name => name.StartsWith("rsa-sha2-", StringComparison.Ordinal)) != true;

    /// <summary>The ciphers; where none of our MACs is allowed, those that need none (the others' MACs are offered then, and not used).</summary>
    private static ImmutableArray<string> Ciphers(SshHostSettings settings)
    {
        var ciphers = Apply(settings.Ciphers, SshAlgorithms.Ciphers);
        return Apply(settings.Macs, SshAlgorithms.Macs).IsEmpty ? ciphers.RemoveAll(SshAlgorithms.NeedsMac) : ciphers;
    }

    private static ImmutableArray<string> Apply(SshAlgorithmList? list, ImmutableArray<string> ours) => list?.Apply(ours, ours) ?? ours;
}
