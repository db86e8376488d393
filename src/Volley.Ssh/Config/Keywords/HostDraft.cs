using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>The settings of a host while the configuration is applied to it.</summary>
internal sealed class HostDraft(SshConfigFiles files, string originalHost)
{
    private readonly HashSet<string> _reasonsSeen = [];
    private readonly HashSet<string> _judged = [];

    public SshConfigFiles Files { get; } = files;

    public string OriginalHost { get; } = originalHost;

    /// <summary>The name that Host lines are matched against: the original host, or in the final pass the resolved one.</summary>
    public string Host { get; set; } = originalHost;

    /// <summary>Whether this is the final pass, in which Match final and Match canonical hold.</summary>
    public bool IsFinalPass { get; set; }

    /// <summary>Whether a condition was found that only ssh can evaluate, so that the values may be incomplete or different.</summary>
    public bool HasUnknownConditions { get; set; }

    public FirstValue<string> HostName { get; } = new();
    public FirstValue<string> User { get; } = new();
    public FirstValue<int?> Port { get; } = new();
    public List<Identity> Identities { get; } = [];
    public List<Identity> Certificates { get; } = [];
    public FirstValue<bool?> IdentitiesOnly { get; } = new();
    public FirstValue<string> IdentityAgent { get; } = new();
    public FirstValue<IReadOnlyList<SshJumpHost>> ProxyJump { get; } = new();
    public FirstValue<string> ProxyCommand { get; } = new();
    public FirstValue<int?> ConnectTimeout { get; } = new();
    public FirstValue<int?> ServerAliveInterval { get; } = new();
    public FirstValue<int?> ServerAliveCountMax { get; } = new();
    public FirstValue<SshHostKeyPolicy?> StrictHostKeyChecking { get; } = new();
    public FirstValue<IReadOnlyList<string>?> UserKnownHostsFiles { get; } = new();
    public FirstValue<IReadOnlyList<string>?> GlobalKnownHostsFiles { get; } = new();
    public FirstValue<string> HostKeyAlias { get; } = new();
    public FirstValue<bool?> HashKnownHosts { get; } = new();
    public FirstValue<string> RevokedHostKeys { get; } = new();
    public FirstValue<SshAlgorithmList> KexAlgorithms { get; } = new();
    public FirstValue<SshAlgorithmList> Ciphers { get; } = new();
    public FirstValue<SshAlgorithmList> Macs { get; } = new();
    public FirstValue<SshAlgorithmList> HostKeyAlgorithms { get; } = new();
    public FirstValue<SshAlgorithmList> PubkeyAcceptedAlgorithms { get; } = new();
    public FirstValue<SshAlgorithmList> CaSignatureAlgorithms { get; } = new();
    public FirstValue<int?> RequiredRsaSize { get; } = new();
    public FirstValue<long?> RekeyBytes { get; } = new();
    public FirstValue<int?> RekeySeconds { get; } = new();
    public FirstValue<bool?> PasswordAuthentication { get; } = new();
    public FirstValue<bool?> KbdInteractiveAuthentication { get; } = new();
    public FirstValue<string> PreferredAuthentications { get; } = new();
    public List<string> SendEnv { get; } = [];
    public FirstValue<IReadOnlyList<string>?> SetEnv { get; } = new();
    public FirstValue<System.Net.Sockets.AddressFamily?> AddressFamily { get; } = new();
    public FirstValue<int?> ConnectionAttempts { get; } = new();
    public FirstValue<int?> TypeOfService { get; } = new();
    public FirstValue<string> BindAddress { get; } = new();
    public FirstValue<string> ControlPath { get; } = new();
    public FirstValue<ControlMasterChoice?> ControlMaster { get; } = new();
    public FirstValue<TimeSpan?> ControlPersist { get; } = new();
    public FirstValue<SshLogLevel?> LogLevel { get; } = new();
    public FirstValue<bool?> BatchMode { get; } = new();
    public FirstValue<string> IgnoreUnknown { get; } = new();

    /// <summary>The reasons why only ssh can connect to this host.</summary>
    public List<string> NotPlainBecause { get; } = [];

    /// <summary>The configured directives that do not affect a batch login.</summary>
    public List<string> Skipped { get; } = [];

    /// <summary>The configured login methods that only ssh supports.</summary>
    public List<OtherLogin> OtherLogins { get; } = [];

    /// <summary>The user according to the lines applied so far, as Match compares it.</summary>
    public string CurrentUser => User.Value ?? Files.LocalUser;

    /// <summary>The host name according to the lines applied so far, as Match compares it.</summary>
    public string CurrentHostName => IsFinalPass || !HostName.IsSet ? Host : Tokens.ExpandHostName(HostName.Value!, Host, HostName.Place);

    public void AddReason(string what, ConfigPlace place)
    {
        string reason = $"{what} at {place}";
        if (_reasonsSeen.Add(reason))
            NotPlainBecause.Add(reason);
    }

    /// <summary>Applies the effect of a directive without a setting. Only the first occurrence of a keyword counts.</summary>
    public void Judge(string keyword, string written, DirectiveEffect effect, ConfigPlace place)
    {
        if (!_judged.Add(keyword))
            return;
        switch (effect)
        {
            case DirectiveEffect.Skipped:
                Skipped.Add($"{written} at {place}");
                break;
            case DirectiveEffect.OtherLogin:
                OtherLogins.Add(new(keyword == "gssapiauthentication" ? "gssapi-with-mic" : "hostbased", $"{written} at {place}"));
                break;
            case DirectiveEffect.NeedsSsh:
                AddReason(written, place);
                // The canonical name may match other blocks.
                HasUnknownConditions |= keyword == "canonicalizehostname";
                break;
        }
    }
}
