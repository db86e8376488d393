using System.Collections.Immutable;
using Volley.Ssh.Config;

namespace Volley.Ssh;

/// <summary>How the key of one host is checked.</summary>
public sealed record HostKeyPolicy
{
    /// <summary>The host's name or address for the look-up. <see cref="Alias"/> takes precedence.</summary>
    public required string Host { get; init; }

    /// <summary>The port. It is part of the name if it is not 22.</summary>
    public int Port { get; init; } = SshDefaults.Port;

    /// <summary>HostKeyAlias: the name for the look-up in place of host and port; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>The name for the look-up, in lower case: the alias, or the host, with its port if that is not 22.</summary>
    public string Name => AsciiText.ToLower(Alias ?? (Port == SshDefaults.Port ? Host : $"[{Host}]:{Port}"));

    /// <summary>The user's known_hosts files. New keys are recorded in the first one.</summary>
    public ImmutableArray<string> UserFiles { get; init; } = [];

    /// <summary>The system's known_hosts files.</summary>
    public ImmutableArray<string> GlobalFiles { get; init; } = [];

    /// <summary>The file of keys that are rejected for every host (RevokedHostKeys); null for none.</summary>
    public string? RevokedFile { get; init; }

    /// <summary>The smallest size of an RSA key in bits (RequiredRSASize); 0 for only the limit of <see cref="PublicKey"/>.</summary>
    public int RequiredRsaSize { get; init; }

    /// <summary>The signature algorithms that authorities may use for certificates (CASignatureAlgorithms); null for ssh's default.</summary>
    public SshAlgorithmList? CaSignatureAlgorithms { get; init; }

    /// <summary>What happens to an unknown or changed key. Ask rejects it, because the user can't be asked here.</summary>
    public HostKeyChecking Checking { get; init; } = HostKeyChecking.AcceptNew;

    /// <summary>Whether names are recorded as hashes (HashKnownHosts).</summary>
    public bool HashesNames { get; init; }

    /// <summary>Returns the policy for a host's settings in ssh_config.</summary>
    /// <param name="settings">The host's settings.</param>
    /// <param name="otherwise">The value of StrictHostKeyChecking if none is configured.</param>
    public static HostKeyPolicy FromSettings(SshHostSettings settings, HostKeyChecking otherwise = HostKeyChecking.AcceptNew)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new()
        {
            Host = settings.HostName,
            Port = settings.Port,
            Alias = settings.HostKeyAlias,
            UserFiles = settings.UserKnownHostsFiles,
            GlobalFiles = settings.GlobalKnownHostsFiles,
            RevokedFile = settings.RevokedHostKeys,
            RequiredRsaSize = settings.RequiredRsaSize,
            CaSignatureAlgorithms = settings.CaSignatureAlgorithms,
            Checking = settings.StrictHostKeyChecking ?? otherwise,
            HashesNames = settings.HashKnownHosts,
        };
    }
}
