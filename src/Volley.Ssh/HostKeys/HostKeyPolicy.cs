using System.Collections.Immutable;
using Volley.Ssh.Config;

namespace Volley.Ssh.HostKeys;

/// <summary>How the key of one host is judged.</summary>
public sealed record HostKeyPolicy
{
    /// <summary>The host's name or address as it is looked up, in lower case; HostKeyAlias goes before it.</summary>
    public required string Host { get; init; }

    /// <summary>The port, which is part of the name where it is not 22.</summary>
    public int Port { get; init; } = SshDefaults.Port;

    /// <summary>HostKeyAlias: what the key is looked up by instead of host and port.</summary>
    public string? Alias { get; init; }

    /// <summary>What the key is looked up by: the alias, or the host, with its port if that is not 22.</summary>
    public string Name => AsciiText.ToLower(Alias ?? (Port == SshDefaults.Port ? Host : $"[{Host}]:{Port}"));

    /// <summary>The user's files; new keys are recorded in the first.</summary>
    public ImmutableArray<string> UserFiles { get; init; } = [];

    /// <summary>The system's files.</summary>
    public ImmutableArray<string> GlobalFiles { get; init; } = [];

    /// <summary>The file of keys that are refused wherever they come from (RevokedHostKeys); null for none.</summary>
    public string? RevokedFile { get; init; }

    /// <summary>The fewest bits of an RSA key (RequiredRSASize); 0 for no limit but that of <see cref="Keys.PublicKey"/>.</summary>
    public int RequiredRsaSize { get; init; }

    /// <summary>The algorithms by which authorities may sign certificates (CASignatureAlgorithms); null for ssh's default.</summary>
    public SshAlgorithmList? CaSignatureAlgorithms { get; init; }

    /// <summary>What happens to a key that is not known, or not the known one. To ask is to refuse: nobody is asked here.</summary>
    public HostKeyChecking Checking { get; init; } = HostKeyChecking.AcceptNew;

    /// <summary>Whether names are recorded as hashes.</summary>
    public bool HashesNames { get; init; }

    /// <summary>Takes what ssh_config says about a host.</summary>
    /// <param name="settings">The host's settings.</param>
    /// <param name="otherwise">What StrictHostKeyChecking is where nothing is configured.</param>
    public static HostKeyPolicy Of(SshHostSettings settings, HostKeyChecking otherwise = HostKeyChecking.AcceptNew)
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
