using System.Collections.Immutable;
using Volley.Ssh;
using Volley.Ssh.Config;
using Volley.Ssh.HostKeys;

namespace Volley.Transports.Native;

/// <summary>What the configuration makes of the algorithms that we have.</summary>
internal static class Algorithms
{
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
            ?? None("MACs", settings.Macs, SshAlgorithms.Macs)
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
            CheckHostKey = (offer, _) =>
            {
                checker.Check(offer);
                return ValueTask.CompletedTask;
            },
            KeyExchanges = Apply(settings.KexAlgorithms, SshAlgorithms.KeyExchanges),
            // As ssh does it, an order that the user wants goes before that of the keys that are known.
            HostKeys = settings.HostKeyAlgorithms is null or { Change: AlgorithmListChange.Remove } ? checker.Order(hostKeys) : hostKeys,
            Ciphers = Apply(settings.Ciphers, SshAlgorithms.Ciphers),
            Macs = Apply(settings.Macs, SshAlgorithms.Macs),
        };
    }

    /// <summary>The signatures that the user allows; null for all.</summary>
    public static IReadOnlyList<string>? Signatures(SshHostSettings settings) => settings.PubkeyAcceptedAlgorithms?.Apply(AllSignatures, AllSignatures);

    /// <summary>Whether ssh would sign by an algorithm. Of those that we lack it does so by none that the configuration does not name.</summary>
    public static bool SshSignsBy(SshHostSettings settings, string algorithm) =>
        settings.PubkeyAcceptedAlgorithms is { } list
            ? list.Apply(AllSignatures, [.. AllSignatures, algorithm]).Contains(algorithm)
            : AllSignatures.Contains(algorithm);

    private static ImmutableArray<string> Apply(SshAlgorithmList? list, ImmutableArray<string> ours) => list?.Apply(ours, ours) ?? ours;
}
