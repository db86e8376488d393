using System.Globalization;
using Volley.Ssh.Config.Keywords;

namespace Volley.Ssh.UnitTests.Config;

/// <summary>Writes settings as <c>ssh -G</c> does, key by key.</summary>
internal static class SettingsText
{
    /// <summary>Which of ssh's defaults and which of its known algorithms each list is applied to.</summary>
    private static readonly (string Key, string Topic, Func<SshHostSettings, SshAlgorithmList?> List)[] AlgorithmKeys =
    [
        ("kexalgorithms", "kex", s => s.KexAlgorithms),
        ("ciphers", "cipher", s => s.Ciphers),
        ("macs", "mac", s => s.Macs),
        ("hostkeyalgorithms", "HostKeyAlgorithms", s => s.HostKeyAlgorithms),
        ("casignaturealgorithms", "sig", s => s.CaSignatureAlgorithms),
        ("pubkeyacceptedalgorithms", "PubkeyAcceptedAlgorithms", s => s.PubkeyAcceptedAlgorithms),
    ];

    private static readonly Lazy<Task<Dictionary<string, string[]>>> Supported = new(async () =>
    {
        var supported = new Dictionary<string, string[]>();
        foreach (var (key, topic, _) in AlgorithmKeys)
            supported[key] = await SshOracle.SupportedAsync(topic).ConfigureAwait(false);
        return supported;
    });

    /// <summary>The settings, ssh's own defaults in the place of what is not configured.</summary>
    public static async Task<IReadOnlyList<(string Key, string Value)>> WriteAsync(SshHostSettings settings)
    {
        var defaults = await SshOracle.DefaultsAsync().ConfigureAwait(false);
        var supported = await Supported.Value.ConfigureAwait(false);
        string intervalInBatchMode = await SshOracle.IntervalInBatchModeAsync().ConfigureAwait(false);
        List<(string, string)> lines =
        [
            ("hostname", settings.HostName),
            ("user", settings.User),
            ("port", Number(settings.Port)),
            ("identitiesonly", YesNo(settings.IdentitiesOnly)),
            ("connecttimeout", Seconds(settings.ConnectTimeout) ?? "none"),
            ("serveralivecountmax", Number(settings.ServerAliveCountMax ?? 3)),
            ("requiredrsasize", settings.RequiredRsaSize == 0 ? "1024" : Number(settings.RequiredRsaSize)),
            ("rekeylimit", string.Create(CultureInfo.InvariantCulture, $"{settings.RekeyBytes ?? 0} {Seconds(settings.RekeyTime) ?? "0"}")),
            ("connectionattempts", Number(settings.ConnectionAttempts)),
            ("stricthostkeychecking", settings.StrictHostKeyChecking switch
            {
                SshHostKeyPolicy.Strict => "true",
                SshHostKeyPolicy.AcceptAny => "false",
                SshHostKeyPolicy.AcceptNew => "accept-new",
                _ => "ask",
            }),
            ("userknownhostsfile", Files(settings.UserKnownHostsFiles)),
            ("globalknownhostsfile", Files(settings.GlobalKnownHostsFiles)),
            ("hashknownhosts", YesNo(settings.HashKnownHosts)),
            ("passwordauthentication", YesNo(settings.PasswordAuthentication)),
            ("kbdinteractiveauthentication", YesNo(settings.KbdInteractiveAuthentication)),
            ("addressfamily", settings.AddressFamily switch
            {
                System.Net.Sockets.AddressFamily.InterNetwork => "inet",
                System.Net.Sockets.AddressFamily.InterNetworkV6 => "inet6",
                _ => "any",
            }),
            ("controlmaster", settings.ControlMaster switch
            {
                ControlMasterChoice.No => "false",
                ControlMasterChoice.Yes => "true",
                _ => AsciiLower(settings.ControlMaster.ToString()),
            }),
            ("controlpersist", settings.ControlPersist is not { } time ? "no" : Seconds(time) ?? "yes"),
            ("loglevel", settings.LogLevel switch
            {
                null => "INFO",
                SshLogLevel.Quiet => "SILENT",
                SshLogLevel.Debug1 => "DEBUG",
                { } level => level.ToString().ToUpperInvariant(),
            }),
            ("batchmode", YesNo(settings.BatchMode)),
            ("serveraliveinterval", Seconds(settings.ServerAliveInterval) ?? (settings.BatchMode ? intervalInBatchMode : "0")),
        ];
        lines.AddRange(settings.IdentityFiles.Select(file => ("identityfile", file)));
        lines.AddRange(settings.CertificateFiles.Select(file => ("certificatefile", file)));
        lines.AddRange(settings.SendEnv.Select(name => ("sendenv", name)));
        lines.AddRange(settings.SetEnv.Select(pair => ("setenv", pair)));
        if (settings.ProxyJump.Length > 0)
            lines.Add(("proxyjump", string.Join(',', settings.ProxyJump)));
        AddIfSet("identityagent", settings.IdentityAgent);
        AddIfSet("hostkeyalias", settings.HostKeyAlias);
        AddIfSet("revokedhostkeys", settings.RevokedHostKeys);
        AddIfSet("bindaddress", settings.BindAddress);
        AddIfSet("controlpath", settings.ControlPath);
        foreach (var (key, _, list) in AlgorithmKeys)
        {
            string[] byDefault = defaults[key].Single().Split(',');
            lines.Add((key, string.Join(',', list(settings)?.Apply(byDefault, supported[key]) ?? [.. byDefault])));
        }
        return lines;

        void AddIfSet(string key, string? value)
        {
            if (value is not null)
                lines.Add((key, value));
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string? Seconds(TimeSpan? time) =>
        time is { } value && value != Timeout.InfiniteTimeSpan ? Number((int)value.TotalSeconds) : null;

    private static string Files(IReadOnlyList<string> files) => files.Count == 0 ? "none" : string.Join(' ', files);

    private static string AsciiLower(string text) => text.ToLowerInvariant();
}
