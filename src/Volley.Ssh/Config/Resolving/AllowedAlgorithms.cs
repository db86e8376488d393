using System.Collections.Immutable;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Keys;
using Volley.Ssh.Transport;
using Volley.Ssh.Transport.Ciphers;

namespace Volley.Ssh.Config.Resolving;

/// <summary>Selects the supported algorithms that the configuration of a host allows.</summary>
internal static class AllowedAlgorithms
{
    /// <summary>The name of RSA keys, and of their SHA-1 signatures, which are never made here.</summary>
    public const string RsaBySha1 = RsaPublicKey.TypeName;

    /// <summary>Explains which directive of the configuration allows none of the supported algorithms; null if every list allows one.</summary>
    public static string? WhyNone(SshHostSettings settings)
    {
        return None("KexAlgorithms", settings.KexAlgorithms, SshAlgorithms.KeyExchanges)
            ?? None("HostKeyAlgorithms", settings.HostKeyAlgorithms, SshAlgorithms.HostKeys)
            ?? None("Ciphers", settings.Ciphers, SshAlgorithms.Ciphers)
            ?? (Ciphers(settings).Length > 0 ? null : None("MACs", settings.Macs, SshAlgorithms.Macs))
            ?? None("PubkeyAcceptedAlgorithms", settings.PubkeyAcceptedAlgorithms, SshAlgorithms.UserKeys);

        static string? None(string directive, SshAlgorithmList? list, ImmutableArray<string> ours) => Apply(list, ours).IsEmpty
            ? $"{directive} {list} names no supported algorithm; supported are {string.Join(',', ours)}"
            : null;
    }

    /// <summary>Returns the options of a connection to a host: its algorithms and the check of its key.</summary>
    /// <exception cref="SshException">A known_hosts file can't be read.</exception>
    public static SshTransportOptions TransportOptions(SshHostSettings settings, HostKeyChecker checker)
    {
        var hostKeys = Apply(settings.HostKeyAlgorithms, SshAlgorithms.HostKeys);
        return new SshTransportOptions
        {
            CheckHostKey = checker.CheckAsync,
            KeyExchanges = Apply(settings.KexAlgorithms, SshAlgorithms.KeyExchanges),
            // As in ssh, an order in the user's configuration overrides the order by known keys.
            HostKeys = settings.HostKeyAlgorithms is null or { Change: AlgorithmListChange.Remove } ? checker.Order(hostKeys) : hostKeys,
            Ciphers = Ciphers(settings),
            Macs = Apply(settings.Macs, SshAlgorithms.Macs) is { IsEmpty: false } macs ? macs : SshAlgorithms.Macs,
            RekeyAfterBytes = settings.RekeyBytes ?? SshTransportOptions.DefaultRekeyAfterBytes,
            RekeyAfter = settings.RekeyTime ?? Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Returns the signature algorithms that the user allows; null for all.</summary>
    public static IReadOnlyList<string>? Signatures(SshHostSettings settings) =>
        settings.PubkeyAcceptedAlgorithms?.Apply(SshAlgorithms.UserKeys, SshAlgorithms.UserKeys);

    /// <summary>Returns whether ssh would sign with an algorithm. It uses an algorithm unknown to this library only if the configuration names it.</summary>
    public static bool SshSignsBy(SshHostSettings settings, string algorithm) =>
        settings.PubkeyAcceptedAlgorithms is { } list
            ? list.Apply(SshAlgorithms.UserKeys, [.. SshAlgorithms.UserKeys, algorithm]).Contains(algorithm)
            : SshAlgorithms.UserKeys.Contains(algorithm);

    /// <summary>
    /// Returns whether ssh would sign with SHA-1 and an RSA key: the configuration allows it, and the server does not announce a better
    /// RSA signature (RFC 8332 section 3.3).
    /// </summary>
    /// <param name="settings">The configuration of the host.</param>
    /// <param name="serverAlgorithms">The signature algorithms that the server announced (server-sig-algs); null if it announced none.</param>
    public static bool SshSignsBySha1(SshHostSettings settings, IReadOnlyList<string>? serverAlgorithms) =>
        SshSignsBy(settings, RsaBySha1) && serverAlgorithms?.Any(name => name.StartsWith("rsa-sha2-", StringComparison.Ordinal)) != true;

    /// <summary>Returns the ciphers. If no supported MAC is allowed, returns only ciphers that need none; the MACs then offered are not used.</summary>
    private static ImmutableArray<string> Ciphers(SshHostSettings settings)
    {
        var ciphers = Apply(settings.Ciphers, SshAlgorithms.Ciphers);
        return Apply(settings.Macs, SshAlgorithms.Macs).IsEmpty ? ciphers.RemoveAll(CipherSuite.NeedsMac) : ciphers;
    }

    private static ImmutableArray<string> Apply(SshAlgorithmList? list, ImmutableArray<string> ours) => list?.Apply(ours, ours) ?? ours;
}
