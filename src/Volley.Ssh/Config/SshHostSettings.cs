using System.Collections.Immutable;
using Volley.Ssh.Text;

namespace Volley.Ssh.Config;

/// <summary>
/// What ssh_config says about one host. A property that is null is not configured: the caller's default applies, or ssh's.
/// </summary>
public sealed record SshHostSettings
{
    /// <summary>Read once: each look at them makes strings of all.</summary>
    private static readonly Lazy<KeyValuePair<string, string>[]> OwnVariables = new(static () =>
    [
        .. SystemEnvironment.Variables().Select(variable => variable.Split('=', 2)).Where(parts => parts.Length == 2).Select(parts => KeyValuePair.Create(parts[0], parts[1])),
    ]);

    /// <summary>The host as it was asked for.</summary>
    public required string OriginalHost { get; init; }

    /// <summary>The name or address to connect to: HostName, or the host itself; in lower case unless it is an address.</summary>
    public required string HostName { get; init; }

    /// <summary>The login name: User, or the local one.</summary>
    public required string User { get; init; }

    /// <summary>The port: Port, or 22.</summary>
    public required int Port { get; init; }

    /// <summary>The identity files in the order in which they are tried, expanded; the default ones if none is configured.</summary>
    public required ImmutableArray<string> IdentityFiles { get; init; }

    /// <summary>True if <see cref="IdentityFiles"/> are the default ones: one that does not exist is nothing to speak of.</summary>
    public required bool HasDefaultIdentityFiles { get; init; }

    /// <summary>The certificate files, expanded.</summary>
    public ImmutableArray<string> CertificateFiles { get; init; } = [];

    /// <summary>IdentitiesOnly: offer none of an agent's keys but those of <see cref="IdentityFiles"/>.</summary>
    public bool IdentitiesOnly { get; init; }

    /// <summary>The agent's socket, expanded; "none" for no agent; null for the one that SSH_AUTH_SOCK names.</summary>
    public string? IdentityAgent { get; init; }

    /// <summary>The jump hosts, the first hop first.</summary>
    public ImmutableArray<SshJumpHost> ProxyJump { get; init; } = [];

    /// <summary>The time limit of connecting.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>The silence after which the server is asked for a sign of life; zero for never.</summary>
    public TimeSpan? ServerAliveInterval { get; init; }

    /// <summary>How many such questions may stay unanswered.</summary>
    public int? ServerAliveCountMax { get; init; }

    /// <summary>What to do with host keys that are not known.</summary>
    public HostKeyChecking? StrictHostKeyChecking { get; init; }

    /// <summary>The user's files of known hosts, expanded; the first is the one that new keys are added to.</summary>
    public required ImmutableArray<string> UserKnownHostsFiles { get; init; }

    /// <summary>The system's files of known hosts.</summary>
    public required ImmutableArray<string> GlobalKnownHostsFiles { get; init; }

    /// <summary>The name that the host's key is looked up by, instead of the host's.</summary>
    public string? HostKeyAlias { get; init; }

    /// <summary>True if names are hashed when they are added to the known hosts.</summary>
    public bool HashKnownHosts { get; init; }

    /// <summary>The file of host keys that are refused, as it is configured; null for none. Where it can't be read, every host is refused.</summary>
    public string? RevokedHostKeys { get; init; }

    /// <summary>The key exchange methods.</summary>
    public SshAlgorithmList? KexAlgorithms { get; init; }

    /// <summary>The ciphers.</summary>
    public SshAlgorithmList? Ciphers { get; init; }

    /// <summary>The message authentication codes.</summary>
    public SshAlgorithmList? Macs { get; init; }

    /// <summary>The host key algorithms; names may be patterns.</summary>
    public SshAlgorithmList? HostKeyAlgorithms { get; init; }

    /// <summary>The signature algorithms for logging in; names may be patterns.</summary>
    public SshAlgorithmList? PubkeyAcceptedAlgorithms { get; init; }

    /// <summary>The algorithms by which authorities may sign the certificates of hosts; names may be patterns.</summary>
    public SshAlgorithmList? CaSignatureAlgorithms { get; init; }

    /// <summary>The fewest bits of an RSA key, of a host or of the user; 0 if nothing is configured.</summary>
    public int RequiredRsaSize { get; init; }

    /// <summary>The number of bytes in one direction after which new keys are agreed on (RekeyLimit); null for the default.</summary>
    public long? RekeyBytes { get; init; }

    /// <summary>The time after which new keys are agreed on (RekeyLimit); null for no limit.</summary>
    public TimeSpan? RekeyTime { get; init; }

    /// <summary>False if a password must not be tried (PasswordAuthentication, PreferredAuthentications).</summary>
    public bool PasswordAuthentication { get; init; } = true;

    /// <summary>False if keyboard-interactive must not be tried (KbdInteractiveAuthentication, PreferredAuthentications).</summary>
    public bool KbdInteractiveAuthentication { get; init; } = true;

    /// <summary>Patterns of the names of local variables that are sent.</summary>
    public ImmutableArray<string> SendEnv { get; init; } = [];

    /// <summary>Variables that are sent, each NAME=VALUE.</summary>
    public ImmutableArray<string> SetEnv { get; init; } = [];

    /// <summary>Which kinds of addresses are tried.</summary>
    public AddressFamilyChoice AddressFamily { get; init; }

    /// <summary>The number of attempts to connect, a second apart.</summary>
    public int ConnectionAttempts { get; init; } = 1;

    /// <summary>The type of service of packets for commands without a terminal (the last value of IPQoS), 0 to 255; null for the system's.</summary>
    public int? TypeOfService { get; init; }

    /// <summary>The local address to connect from.</summary>
    public string? BindAddress { get; init; }

    /// <summary>The control socket, expanded; null for none.</summary>
    public string? ControlPath { get; init; }

    /// <summary>Whether ssh would open the control socket itself.</summary>
    public ControlMasterChoice ControlMaster { get; init; }

    /// <summary>How long an idle master stays: null for not at all, <see cref="Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public TimeSpan? ControlPersist { get; init; }

    /// <summary>How much ssh says about itself.</summary>
    public SshLogLevel? LogLevel { get; init; }

    /// <summary>BatchMode: ask nothing.</summary>
    public bool BatchMode { get; init; }

    /// <summary>
    /// The ways to log in that only ssh can try (GSSAPIAuthentication, HostbasedAuthentication). They do not keep a host from being
    /// plain: its keys can be tried first.
    /// </summary>
    public IReadOnlyList<OtherLogin> OtherLogins { get; init; } = [];

    /// <summary>Directives that ask for something and change nothing for a batch login (ForwardAgent, Compression), each with its place.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>
    /// What else the configuration asks for that may change the connection, each with its place
    /// (<c>ProxyCommand at /home/me/.ssh/config line 12</c>): only ssh itself can do it, and the other values may be incomplete.
    /// </summary>
    public IReadOnlyList<string> NotPlainBecause { get; init; } = [];

    /// <summary>True if only ssh itself can tell which values hold: it runs a command, looks at the network or resolves the name for that.</summary>
    internal bool HasUnknownConditions { get; init; }

    /// <summary>True if these settings are all that the configuration asks for.</summary>
    public bool IsPlain => NotPlainBecause.Count == 0;

    /// <summary>The variables that ssh would send to this host: the local ones that SendEnv names, then those of SetEnv.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> EnvironmentToSend()
    {
        var variables = new List<KeyValuePair<string, string>>();
        if (!SendEnv.IsEmpty)
            variables.AddRange(OwnVariables.Value.Where(variable => SendEnv.Any(pattern => Wildcard.Matches(variable.Key, pattern))));
        foreach (string setting in SetEnv)
        {
            if (setting.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                variables.Add(new(setting[..equals], setting[(equals + 1)..]));
        }

        return variables;
    }
}
