using System.Collections.Immutable;
using Volley.Ssh.Config;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.Keys;

namespace Volley.Ssh.HostKeys;

/// <summary>How the key of one host is checked.</summary>
internal sealed record HostKeyRules
{
    /// <summary>The host's name or address for the look-up. <see cref="Alias"/> takes precedence.</summary>
    public required string Host { get; init; }

    /// <summary>The port. It is part of the name if it is not 22.</summary>
    public int Port { get; init; } = SshDefaults.Port;

    /// <summary>HostKeyAlias: the name for the look-up in place of host and port; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>The name for the look-up, in lower case: the alias, or the host, with its port if that is not 22.</summary>
    public string Name => GetName(Host, Port, Alias);

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
    public SshHostKeyPolicy Checking { get; init; } = SshHostKeyPolicy.AcceptNew;

    /// <summary>Whether names are recorded as hashes (HashKnownHosts).</summary>
    public bool HashesNames { get; init; }

    /// <summary>Returns the name for the look-up of a host, in lower case.</summary>
    public static string GetName(string host, int port, string? alias) => AsciiText.ToLower(alias ?? (port == SshDefaults.Port ? host : $"[{host}]:{port}"));

    /// <summary>Returns the rules for a host's settings in ssh_config.</summary>
    /// <param name="settings">The host's settings.</param>
    /// <param name="options">The policy, and its value if none is configured.</param>
    public static HostKeyRules FromSettings(SshHostSettings settings, SshClientOptions options)
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
            Checking = options.HostKeyPolicy ?? settings.StrictHostKeyChecking ?? options.DefaultHostKeyPolicy,
            HashesNames = settings.HashKnownHosts,
        };
    }
}
