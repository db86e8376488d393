using System.Collections.Immutable;
using Volley.Interop.Text;
using Volley.Ssh.Config;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Resolving;

namespace Volley.Ssh;

/// <summary>The settings of a host in ssh_config. A null property is not configured: the caller's default applies, or ssh's.</summary>
public sealed record SshHostSettings
{
    /// <summary>The local environment, cached because each enumeration allocates a string for every variable.</summary>
    private static readonly Lazy<KeyValuePair<string, string>[]> OwnVariables = new(static () =>
    [
        .. SystemEnvironment.Variables()
            .Select(variable => variable.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .Select(parts => KeyValuePair.Create(parts[0], parts[1])),
    ]);

    /// <summary>The host as the user wrote it.</summary>
    public required string OriginalHost { get; init; }

    /// <summary>The name or address to connect to: HostName, or the host itself. Names are in lower case.</summary>
    public required string HostName { get; init; }

    /// <summary>The login name: User, or the local user.</summary>
    public required string User { get; init; }

    /// <summary>The port: Port, or 22.</summary>
    public required int Port { get; init; }

    /// <summary>The identity files in the order of their use, expanded; the default files if none is configured.</summary>
    public required ImmutableArray<string> IdentityFiles { get; init; }

    /// <summary>Whether <see cref="IdentityFiles"/> are the default files, of which a missing one is not reported.</summary>
    public required bool HasDefaultIdentityFiles { get; init; }

    /// <summary>The certificate files, expanded.</summary>
    public ImmutableArray<string> CertificateFiles { get; init; } = [];

    /// <summary>IdentitiesOnly: whether to use only those keys of an agent that are in <see cref="IdentityFiles"/>.</summary>
    public bool IdentitiesOnly { get; init; }

    /// <summary>The agent's socket, expanded; "none" for no agent; null for the socket in SSH_AUTH_SOCK.</summary>
    public string? IdentityAgent { get; init; }

    /// <summary>The jump hosts, in the order of the connections.</summary>
    public ImmutableArray<SshJumpHost> ProxyJump { get; init; } = [];

    /// <summary>The command of ProxyCommand as the configuration states it, which this client does not run; null for none.</summary>
    public string? ProxyCommand { get; init; }

    /// <summary>The connect timeout.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>The time of silence after which a keepalive is sent; zero for never.</summary>
    public TimeSpan? ServerAliveInterval { get; init; }

    /// <summary>The number of keepalives that may stay unanswered.</summary>
    public int? ServerAliveCountMax { get; init; }

    /// <summary>The handling of unknown and changed host keys.</summary>
    public SshHostKeyPolicy? StrictHostKeyChecking { get; init; }

    /// <summary>The user's known hosts files, expanded. New keys are added to the first.</summary>
    public required ImmutableArray<string> UserKnownHostsFiles { get; init; }

    /// <summary>The system's known hosts files.</summary>
    public required ImmutableArray<string> GlobalKnownHostsFiles { get; init; }

    /// <summary>The name under which the host key is looked up, instead of the host's name.</summary>
    public string? HostKeyAlias { get; init; }

    /// <summary>
    /// The name under which the host key is looked up and recorded, in lower case: <see cref="HostKeyAlias"/>, or the host, with its port if that
    /// is not 22.
    /// </summary>
    public string HostKeyName => HostKeys.HostKeyRules.GetName(HostName, Port, HostKeyAlias);

    /// <summary>Whether names are hashed when they are added to the known hosts.</summary>
    public bool HashKnownHosts { get; init; }

    /// <summary>The file of revoked host keys, as configured; null for none. If it can't be read, every host is refused.</summary>
    public string? RevokedHostKeys { get; init; }

    /// <summary>The key exchange methods.</summary>
    internal SshAlgorithmList? KexAlgorithms { get; init; }

    /// <summary>The ciphers.</summary>
    internal SshAlgorithmList? Ciphers { get; init; }

    /// <summary>The message authentication codes.</summary>
    internal SshAlgorithmList? Macs { get; init; }

    /// <summary>The host key algorithms; names may be patterns.</summary>
    internal SshAlgorithmList? HostKeyAlgorithms { get; init; }

    /// <summary>The signature algorithms for logging in; names may be patterns.</summary>
    internal SshAlgorithmList? PubkeyAcceptedAlgorithms { get; init; }

    /// <summary>The signature algorithms that certificate authorities may use for host certificates; names may be patterns.</summary>
    internal SshAlgorithmList? CaSignatureAlgorithms { get; init; }

    /// <summary>The minimum size of RSA keys of hosts and users, in bits; 0 if it is not configured.</summary>
    public int RequiredRsaSize { get; init; }

    /// <summary>The number of bytes in one direction after which keys are renegotiated (RekeyLimit); null for the default.</summary>
    public long? RekeyBytes { get; init; }

    /// <summary>The time after which keys are renegotiated (RekeyLimit); null for no limit.</summary>
    public TimeSpan? RekeyTime { get; init; }

    /// <summary>Whether password authentication may be used (PasswordAuthentication, PreferredAuthentications).</summary>
    public bool PasswordAuthentication { get; init; } = true;

    /// <summary>Whether keyboard-interactive authentication may be used (KbdInteractiveAuthentication, PreferredAuthentications).</summary>
    public bool KbdInteractiveAuthentication { get; init; } = true;

    /// <summary>The patterns of the local variables to send.</summary>
    public ImmutableArray<string> SendEnv { get; init; } = [];

    /// <summary>The variables to send, each as NAME=VALUE.</summary>
    public ImmutableArray<string> SetEnv { get; init; } = [];

    /// <summary>The address family to use (AddressFamily); unspecified for both.</summary>
    public System.Net.Sockets.AddressFamily AddressFamily { get; init; }

    /// <summary>The number of attempts to connect, a second apart.</summary>
    public int ConnectionAttempts { get; init; } = 1;

    /// <summary>The type of service of packets for commands without a terminal (the last value of IPQoS), 0 to 255; null for the system's default.</summary>
    public int? TypeOfService { get; init; }

    /// <summary>The local address to connect from; null for any.</summary>
    public string? BindAddress { get; init; }

    /// <summary>The control socket, expanded; null for none.</summary>
    internal string? ControlPath { get; init; }

    /// <summary>Whether ssh opens the control socket itself.</summary>
    internal ControlMasterChoice ControlMaster { get; init; }

    /// <summary>
    /// The time for which an idle master stays open: null to close it with its initial client, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </summary>
    internal TimeSpan? ControlPersist { get; init; }

    /// <summary>The verbosity of ssh's own messages.</summary>
    internal SshLogLevel? LogLevel { get; init; }

    /// <summary>BatchMode: whether ssh must not prompt.</summary>
    public bool BatchMode { get; init; }

    /// <summary>
    /// The directives that allow login methods that only ssh supports (GSSAPIAuthentication, HostbasedAuthentication), each with its position. They
    /// don't affect <see cref="IsPlain"/>, because the user's keys can be tried natively first.
    /// </summary>
    public IReadOnlyList<string> UnsupportedLogins => [.. OtherLogins.Select(login => login.Directive)];

    /// <summary>The login methods of <see cref="UnsupportedLogins"/>.</summary>
    internal IReadOnlyList<OtherLogin> OtherLogins { get; init; } = [];

    /// <summary>The configured directives that do not affect a batch login (ForwardAgent, Compression), each with its position.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>
    /// The reasons why only ssh can connect to the host, each with its position (<c>ProxyCommand at /home/me/.ssh/config line 12</c>). If there are
    /// any, the other values may be incomplete.
    /// </summary>
    internal IReadOnlyList<string> NotPlainBecause { get; init; } = [];

    /// <summary>Whether only ssh can determine the values, by running a command, examining the network or resolving the name.</summary>
    public bool HasUnknownConditions { get; init; }

    /// <summary>Whether these settings cover the whole configuration, so that the host can be served natively.</summary>
    public bool IsPlain => NotPlainBecause.Count == 0;

    /// <summary>
    /// Why <see cref="SshClient"/> can't connect to the host: the features that only ssh supports, or a list that names no supported algorithm;
    /// null if it can.
    /// </summary>
    public string? UnsupportedReason => IsPlain ? AllowedAlgorithms.WhyNone(this) : string.Join(", ", NotPlainBecause);

    /// <summary>Returns the variables that ssh would send to this host: the local ones that SendEnv matches, then those of SetEnv.</summary>
    /// <returns>Names and values.</returns>
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
