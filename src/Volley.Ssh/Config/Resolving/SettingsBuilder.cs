using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Volley.Interop.Text;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Resolving;

/// <summary>Builds the settings of a host after all files were applied: adds defaults, and expands <c>~</c>, tokens and variables.</summary>
internal sealed class SettingsBuilder(HostDraft host, string hostName)
{
    private readonly SshConfigFiles _files = host.Files;
    private readonly string _user = host.CurrentUser;
    private readonly string _port = (host.Port.Value ?? SshDefaults.Port).ToString(CultureInfo.InvariantCulture);

    private IReadOnlyList<SshJumpHost> Jumps => host.ProxyJump.Value ?? [];

    /// <exception cref="SshConfigException">A token is unknown, or a variable is not set.</exception>
    public SshHostSettings Build()
    {
        JudgeProxyCommand();
        JudgePreferredAuthentications();
        // OpenSSH 10.1 and newer expand tokens in User.
        if (_user.Contains('%') || _user.Contains("${", StringComparison.Ordinal))
            host.AddReason("User with a token", host.User.Place);
        // The expansion may add reasons, so they are copied last.
        return Values() with { NotPlainBecause = [.. host.NotPlainBecause], HasUnknownConditions = host.HasUnknownConditions };
    }

    private SshHostSettings Values() => new()
    {
        OriginalHost = host.OriginalHost,
        HostName = hostName,
        User = _user,
        Port = host.Port.Value ?? SshDefaults.Port,
        IdentityFiles = Identities(),
        HasDefaultIdentityFiles = host.Identities.Count == 0,
        CertificateFiles = Expanded(host.Certificates, "CertificateFile"),
        IdentitiesOnly = host.IdentitiesOnly.Value ?? false,
        IdentityAgent = IdentityAgent(),
        ProxyJump = [.. Jumps.Select(ExpandJump)],
        ProxyCommand = host.ProxyCommand.Value is { } command && !IsNone(command) ? command : null,
        ConnectTimeout = Time(host.ConnectTimeout),
        ServerAliveInterval = Time(host.ServerAliveInterval),
        ServerAliveCountMax = host.ServerAliveCountMax.Value,
        StrictHostKeyChecking = host.StrictHostKeyChecking.Value,
        UserKnownHostsFiles = UserKnownHosts(),
        GlobalKnownHostsFiles = GlobalKnownHosts(),
        HostKeyAlias = host.HostKeyAlias.Value,
        RevokedHostKeys = RevokedHostKeys(),
        HashKnownHosts = host.HashKnownHosts.Value ?? false,
        KexAlgorithms = host.KexAlgorithms.Value,
        Ciphers = host.Ciphers.Value,
        Macs = host.Macs.Value,
        HostKeyAlgorithms = host.HostKeyAlgorithms.Value,
        PubkeyAcceptedAlgorithms = host.PubkeyAcceptedAlgorithms.Value,
        CaSignatureAlgorithms = host.CaSignatureAlgorithms.Value,
        RequiredRsaSize = host.RequiredRsaSize.Value ?? 0,
        RekeyBytes = RekeyBytes(),
        RekeyTime = RekeyTime(),
        PasswordAuthentication = Allows(host.PasswordAuthentication, "password"),
        KbdInteractiveAuthentication = Allows(host.KbdInteractiveAuthentication, "keyboard-interactive"),
        SendEnv = [.. host.SendEnv],
        SetEnv = [.. host.SetEnv.Value ?? []],
        AddressFamily = host.AddressFamily.Value ?? System.Net.Sockets.AddressFamily.Unspecified,
        ConnectionAttempts = host.ConnectionAttempts.Value ?? 1,
        TypeOfService = TypeOfService(),
        BindAddress = host.BindAddress.Value,
        ControlPath = ControlPath(),
        ControlMaster = host.ControlMaster.Value ?? ControlMasterChoice.No,
        ControlPersist = ControlPersist(),
        LogLevel = host.LogLevel.Value,
        BatchMode = host.BatchMode.Value ?? false,
        OtherLogins = [.. host.OtherLogins.Where(login => Prefers(login.Method))],
        Skipped = [.. host.Skipped],
    };

    private static TimeSpan? Time(FirstValue<int?> seconds) => seconds.Value is { } value ? TimeSpan.FromSeconds(value) : null;

    private static bool IsNone(string text) => AsciiText.ToLower(text) == "none";

    private static IEnumerable<string> WithoutNone(IEnumerable<string> files) => files.Where(file => !IsNone(file));

    private void JudgeProxyCommand()
    {
        if (host.ProxyCommand.Value is { } command && !IsNone(command))
            host.AddReason("ProxyCommand", host.ProxyCommand.Place);
    }

    /// <summary>Leaves a host to ssh unless publickey is its first supported method, because the native client always tries keys first.</summary>
    private void JudgePreferredAuthentications()
    {
        if (host.PreferredAuthentications.Value is { } methods
            && methods.Split(',').FirstOrDefault(method => method is "publickey" or "keyboard-interactive" or "password") != "publickey")
        {
            host.AddReason("PreferredAuthentications", host.PreferredAuthentications.Place);
        }
    }

    private bool Prefers(string method) =>
        host.PreferredAuthentications.Value is not { } methods || methods.Split(',').Contains(method);

    private bool Allows(FirstValue<bool?> authentication, string method) => (authentication.Value ?? true) && Prefers(method);

    private ImmutableArray<string> Identities() => host.Identities.Count > 0
        ? Expanded(host.Identities, "IdentityFile")
        : [.. SshDefaults.IdentityNames.Select(InSshDirectory)];

    private ImmutableArray<string> Expanded(List<Identity> files, string directive) =>
        [.. files.Where(file => !IsNone(file.Path)).Select(file => ExpandPath(file.Path, directive, file.Place)).Distinct()];

    private ImmutableArray<string> UserKnownHosts() => host.UserKnownHostsFiles is { Value: { } files, Place: var place }
        ? [.. WithoutNone(files).Select(file => ExpandPath(file, "UserKnownHostsFile", place))]
        : [.. SshDefaults.KnownHostsNames.Select(InSshDirectory)];

    private ImmutableArray<string> GlobalKnownHosts() =>
        host.GlobalKnownHostsFiles.Value is { } files ? [.. WithoutNone(files)] : SshDefaults.GlobalKnownHostsFiles;

    private long? RekeyBytes() => host.RekeyBytes.Value is > 0 and var bytes ? bytes : null;

    private TimeSpan? RekeyTime() => host.RekeySeconds.Value is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null;

    private int? TypeOfService() => host.TypeOfService.Value is >= 0 and var type ? type : null;

    private string? ControlPath() =>
        host.ControlPath.Value is { } path && !IsNone(path) ? ExpandPath(path, "ControlPath", host.ControlPath.Place) : null;

    private TimeSpan? ControlPersist() => host.ControlPersist.Value is { } time && time != TimeSpan.Zero ? time : null;

    private string? RevokedHostKeys()
    {
        if (host.RevokedHostKeys is not { Value: { } path, Place: var place } || IsNone(path))
            return null;
        // OpenSSH 9.2 uses the path literally; later versions expand it.
        if (path[0] == '~' || path.Contains('%') || path.Contains("${", StringComparison.Ordinal))
            host.AddReason("RevokedHostKeys with a token", place);
        else if (KeyRevocationList.IsAt(path))
            host.AddReason("RevokedHostKeys with a KRL", place);
        return path;
    }

    private string InSshDirectory(string name) => $"{_files.HomeDirectory}/.ssh/{name}";

    private string? IdentityAgent()
    {
        if (host.IdentityAgent is not { Value: { } agent, Place: var place })
            return null;
        string path = ExpandPath(agent, "IdentityAgent", place);
        if (path == "SSH_AUTH_SOCK")
            return null;
        return path.StartsWith('$') ? _files.Variable(path[1..]) ?? "none" : path;
    }

    /// <summary>Expands the tokens in a hop. ssh turns hops into a ProxyCommand, so the tokens of ProxyCommand are available.</summary>
    private SshJumpHost ExpandJump(SshJumpHost hop) => hop with
    {
        User = hop.User is null ? null : Tokens.Expand(hop.User, JumpToken, environment: null, host.ProxyJump.Place),
        Host = Tokens.Expand(hop.Host, JumpToken, environment: null, host.ProxyJump.Place),
    };

    private string? JumpToken(char token) => token switch
    {
        'h' => hostName,
        'n' => host.OriginalHost,
        'p' => _port,
        'r' => _user,
        _ => null,
    };

    private string ExpandPath(string path, string directive, ConfigPlace place)
    {
        if (HomePath.Expand(path, _files.HomeDirectory) is not { } expanded)
        {
            host.AddReason($"{directive} in another user's home directory", place);
            return path;
        }
        return Tokens.Expand(expanded, token => Token(token, directive, place), _files.Variable, place);
    }

    private string? Token(char token, string directive, ConfigPlace place)
    {
        if (token is 'C' or 'j' && Jumps.Count > 0)
        {
            // The jump hosts that the token covers depend on the version: none up to OpenSSH 9.5, then the last one, later all.
            host.AddReason($"{directive} with %{token} beside ProxyJump", place);
        }
        return token switch
        {
            'C' => ConnectionHash(),
            'd' => _files.HomeDirectory,
            'i' => _files.UserId.ToString(CultureInfo.InvariantCulture),
            'j' => Jumps.Count > 0 ? Jumps[^1].Host : "",
            'k' => host.HostKeyAlias.Value ?? host.OriginalHost,
            'L' => _files.LocalHostName.Split('.')[0],
            'l' => _files.LocalHostName,
            'u' => _files.LocalUser,
            _ => JumpToken(token),
        };
    }

    private string ConnectionHash()
    {
        byte[] connection = SystemText.Encode(_files.LocalHostName + hostName + _port + _user);
#pragma warning disable CA5350 // ssh names sockets so; nothing depends on its strength.
        return Convert.ToHexStringLower(SHA1.HashData(connection));
#pragma warning restore CA5350
    }
}
