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

    /// <summary>The algorithms of a connection to a host, and who checks its key.</summary>
    /// <exception cref="TransportException">The configuration leaves none that we have.</exception>
    /// <exception cref="SshException">A file of known hosts can't be read.</exception>
    public static SshTransportOptions TransportOptions(SshHostSettings settings, HostKeyChecker checker)
    {
        var hostKeys = Apply("HostKeyAlgorithms", settings.HostKeyAlgorithms, SshAlgorithms.HostKeys);
        return new SshTransportOptions
        {
            CheckHostKey = checker.CheckAsync,
            KeyExchanges = Apply("KexAlgorithms", settings.KexAlgorithms, SshAlgorithms.KeyExchanges),
            // As ssh does it, an order that the user wants goes before that of the keys that are known.
            HostKeys = settings.HostKeyAlgorithms is null or { Change: AlgorithmListChange.Remove } ? checker.Order(hostKeys) : hostKeys,
            Ciphers = Apply("Ciphers", settings.Ciphers, SshAlgorithms.Ciphers),
            Macs = Apply("MACs", settings.Macs, SshAlgorithms.Macs),
        };
    }

    /// <summary>The signatures that the user allows; null for all.</summary>
    public static IReadOnlyList<string>? Signatures(SshHostSettings settings) => settings.PubkeyAcceptedAlgorithms?.Apply(AllSignatures, AllSignatures);

    private static ImmutableArray<string> Apply(string directive, SshAlgorithmList? list, ImmutableArray<string> ours)
    {
        if (list is null)
            return ours;
        var applied = list.Apply(ours, ours);
        return !applied.IsEmpty ? applied : throw new TransportException(
            NodeOutcome.ConnectFailed,
            $"the native transport can't do what is configured: {directive} {list} names none that it has, which are {string.Join(',', ours)}; use --transport openssh");
    }
}
