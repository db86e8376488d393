using System.Collections.Frozen;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>Parser of the directives that have a setting in <see cref="HostDraft"/>. <see cref="OtherKeywords"/> has the others.</summary>
internal static class KeywordTable
{
    private delegate Action<HostDraft> Reader(ConfigLine line);

    private static readonly FrozenDictionary<string, Reader> Readers = new Dictionary<string, Reader>
    {
        ["hostname"] = One(line => line.Argument(), host => host.HostName),
        ["user"] = One(line => line.Argument(), host => host.User),
        ["port"] = One(Port, host => host.Port),
        ["identitiesonly"] = One(ArgumentValues.Flag, host => host.IdentitiesOnly),
        ["proxycommand"] = ProxyCommand,
        ["proxyjump"] = ProxyJump,
        ["connecttimeout"] = One(ArgumentValues.Time, host => host.ConnectTimeout),
        ["serveraliveinterval"] = One(ArgumentValues.Time, host => host.ServerAliveInterval),
        ["serveralivecountmax"] = One(ArgumentValues.Number, host => host.ServerAliveCountMax),
        ["stricthostkeychecking"] = One(StrictHostKeyChecking, host => host.StrictHostKeyChecking),
        ["userknownhostsfile"] = One(Files, host => host.UserKnownHostsFiles),
        ["globalknownhostsfile"] = One(Files, host => host.GlobalKnownHostsFiles),
        ["hostkeyalias"] = One(line => line.Argument(), host => host.HostKeyAlias),
        ["hashknownhosts"] = One(ArgumentValues.Flag, host => host.HashKnownHosts),
        ["revokedhostkeys"] = One(line => line.Argument(), host => host.RevokedHostKeys),
        ["kexalgorithms"] = One(Algorithms, host => host.KexAlgorithms),
        ["ciphers"] = One(Algorithms, host => host.Ciphers),
        ["macs"] = One(Algorithms, host => host.Macs),
        ["hostkeyalgorithms"] = One(Algorithms, host => host.HostKeyAlgorithms),
        ["casignaturealgorithms"] = One(Algorithms, host => host.CaSignatureAlgorithms),
        ["pubkeyacceptedalgorithms"] = One(Algorithms, host => host.PubkeyAcceptedAlgorithms),
        ["pubkeyacceptedkeytypes"] = One(Algorithms, host => host.PubkeyAcceptedAlgorithms),
        ["requiredrsasize"] = One(ArgumentValues.Number, host => host.RequiredRsaSize),
        // The name that RHEL used before OpenSSH had the directive.
        ["rsaminsize"] = One(ArgumentValues.Number, host => host.RequiredRsaSize),
        ["rekeylimit"] = RekeyLimit,
        ["passwordauthentication"] = One(ArgumentValues.Flag, host => host.PasswordAuthentication),
        ["kbdinteractiveauthentication"] = One(ArgumentValues.Flag, host => host.KbdInteractiveAuthentication),
        ["challengeresponseauthentication"] = One(ArgumentValues.Flag, host => host.KbdInteractiveAuthentication),
        ["skeyauthentication"] = One(ArgumentValues.Flag, host => host.KbdInteractiveAuthentication),
        ["tisauthentication"] = One(ArgumentValues.Flag, host => host.KbdInteractiveAuthentication),
        ["preferredauthentications"] = One(line => line.Argument(), host => host.PreferredAuthentications),
        ["sendenv"] = SendEnv,
        ["setenv"] = One(SetEnv, host => host.SetEnv),
        ["addressfamily"] = One(AddressFamily, host => host.AddressFamily),
        ["connectionattempts"] = One(ConnectionAttempts, host => host.ConnectionAttempts),
        ["ipqos"] = One(line => TypeOfService.Read(line), host => host.TypeOfService),
        ["bindaddress"] = One(line => line.Argument(), host => host.BindAddress),
        ["controlpath"] = One(line => line.Argument(), host => host.ControlPath),
        ["controlmaster"] = One(ControlMaster, host => host.ControlMaster),
        ["controlpersist"] = One(ControlPersist, host => host.ControlPersist),
        ["loglevel"] = One(LogLevel, host => host.LogLevel),
        ["batchmode"] = One(ArgumentValues.Flag, host => host.BatchMode),
        ["ignoreunknown"] = One(line => line.Argument(), host => host.IgnoreUnknown),
    }.ToFrozenDictionary();

    /// <summary>The directives whose values only the installed ssh can validate.</summary>
    private static readonly FrozenSet<string> ValuesOfSsh = new HashSet<string>
    {
        // The supported algorithms depend on the build of ssh.
        "kexalgorithms", "ciphers", "macs", "hostkeyalgorithms", "casignaturealgorithms", "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes",
        // Each ssh supports only one of the two names.
        "requiredrsasize", "rsaminsize",
    }.ToFrozenSet();

    /// <summary>Parses a directive.</summary>
    /// <exception cref="SshConfigException">The argument is invalid.</exception>
    public static ConfigItem Read(ConfigLine line, SshConfigFiles files, bool isUserFile)
    {
        if (Readers.TryGetValue(line.Keyword, out var reader))
            return new DirectiveItem(reader(line), isJudged: !ValuesOfSsh.Contains(line.Keyword));
        return line.Keyword switch
        {
            "identityfile" or "identityfile2" => IdentityItem(line, isUserFile, host => host.Identities),
            "certificatefile" => IdentityItem(line, isUserFile, host => host.Certificates),
            "identityagent" => new DirectiveItem(IdentityAgent(line, files)),
            _ => OtherKeywords.Read(line, files),
        };
    }

    /// <summary>Returns the reader of a directive whose first value wins.</summary>
    private static Reader One<T>(Func<ConfigLine, T> read, Func<HostDraft, FirstValue<T>> setting) => line =>
    {
        T value = read(line);
        return host => setting(host).Offer(value, line.Place);
    };

    private static int? Port(ConfigLine line) =>
        ArgumentValues.Port(line.Argument()) ?? throw line.Error($"bad port '{line.Argument()}'");

    private static int? ConnectionAttempts(ConfigLine line) =>
        line.Number() is > 0 and var attempts ? attempts : throw line.Error($"bad number '{line.Argument()}' of {line.Written}: 1 or more");

    /// <summary>Parses a size and an optional time. The first value of each wins.</summary>
    private static Action<HostDraft> RekeyLimit(ConfigLine line)
    {
        const int Fewest = 16;
        if (line.Arguments.Count is < 1 or > 2)
            throw line.Error($"{line.Written} takes a size and a time");
        long bytes = line.Arguments[0] == "default" ? 0
            : ArgumentValues.Size(line.Arguments[0]) ?? throw line.Error($"bad size '{line.Arguments[0]}' of {line.Written}, as in 500M or 1G");
        if (bytes is > 0 and < Fewest)
            throw line.Error($"{line.Written} is too small: {Fewest} bytes or more");
        int? seconds = line.Arguments is not [_, not "none" and var time] ? null
            : ArgumentValues.Seconds(time) ?? throw line.Error($"bad time '{time}' of {line.Written}, as in 90 or 1m30s");
        return host =>
        {
            host.RekeyBytes.Offer(bytes, line.Place);
            host.RekeySeconds.Offer(seconds, line.Place);
        };
    }

    private static DirectiveItem IdentityItem(ConfigLine line, bool isUserFile, Func<HostDraft, List<Identity>> list)
    {
        var identity = new Identity(line.Argument(), isUserFile, line.Place);
        return new(host => identity.AddTo(list(host)));
    }

    private static Action<HostDraft> IdentityAgent(ConfigLine line, SshConfigFiles files)
    {
        string agent = line.Argument();
        // ssh expands variables while it reads the file, and refuses the file if one is not set.
        Tokens.Expand(agent.Replace("%", "%%", StringComparison.Ordinal), _ => null, files.Variable, line.Place);
        if (agent[0] == '$' && !agent.StartsWith("${", StringComparison.Ordinal) && !agent.Skip(1).All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw line.Error($"bad variable name '{agent}'");
        return host => host.IdentityAgent.Offer(agent, line.Place);
    }

    /// <summary>Parses ProxyCommand. The first of ProxyCommand and ProxyJump disables the other.</summary>
    private static Action<HostDraft> ProxyCommand(ConfigLine line)
    {
        string command = line.Command();
        return host =>
        {
            if (!host.ProxyJump.IsSet)
                host.ProxyCommand.Offer(command, line.Place);
        };
    }

    private static Action<HostDraft> ProxyJump(ConfigLine line)
    {
        var hops = JumpHosts.Parse(line.Command()) ?? throw line.Error($"bad ProxyJump '{line.Command()}'");
        return host =>
        {
            if (!host.ProxyCommand.IsSet)
                host.ProxyJump.Offer(hops, line.Place);
        };
    }

    private static SshHostKeyPolicy? StrictHostKeyChecking(ConfigLine line) => AsciiText.ToLower(line.Argument()) switch
    {
        "yes" or "true" => SshHostKeyPolicy.Strict,
        "no" or "false" or "off" => SshHostKeyPolicy.AcceptAny,
        "ask" => SshHostKeyPolicy.Ask,
        "accept-new" => SshHostKeyPolicy.AcceptNew,
        _ => throw line.Error($"bad value '{line.Argument()}' of {line.Written}: yes, no, ask, off or accept-new"),
    };

    private static IReadOnlyList<string>? Files(ConfigLine line)
    {
        var files = line.NonEmptyArguments();
        if (files.Count > 1 && files.Any(file => AsciiText.ToLower(file) == "none"))
            throw line.Error($"none must be {line.Written}'s only argument");
        return files.Count == 0 ? null : files;
    }

    private static SshAlgorithmList Algorithms(ConfigLine line)
    {
        var list = SshAlgorithmList.Parse(line.Argument());
        return list.Change != AlgorithmListChange.Remove && list.Names is [""]
            ? throw line.Error($"{line.Written} names no algorithm")
            : list;
    }

    /// <summary>Adds names. A name that begins with <c>-</c> removes the names that it matches.</summary>
    private static Action<HostDraft> SendEnv(ConfigLine line)
    {
        if (line.Arguments.Count == 0 || line.Arguments.Any(name => name.Length == 0 || name.Contains('=')))
            throw line.Error("bad name of a variable in SendEnv");
        return host =>
        {
            foreach (string name in line.Arguments)
            {
                if (name[0] == '-')
                    host.SendEnv.RemoveAll(sent => Wildcard.Matches(sent, name.AsSpan(1)));
                else
                    host.SendEnv.Add(name);
            }
        };
    }

    /// <summary>Parses variables. The first SetEnv wins as a whole, and within it the first value of each name.</summary>
    private static IReadOnlyList<string>? SetEnv(ConfigLine line)
    {
        if (line.Arguments.Count == 0 || line.Arguments.Any(word => !word.Contains('=')))
            throw line.Error("SetEnv takes NAME=VALUE");
        return [.. line.Arguments.DistinctBy(word => word[..word.IndexOf('=')])];
    }

    private static System.Net.Sockets.AddressFamily? AddressFamily(ConfigLine line) => AsciiText.ToLower(line.Argument()) switch
    {
        "any" => System.Net.Sockets.AddressFamily.Unspecified,
        "inet" => System.Net.Sockets.AddressFamily.InterNetwork,
        "inet6" => System.Net.Sockets.AddressFamily.InterNetworkV6,
        _ => throw line.Error($"bad value '{line.Argument()}' of {line.Written}: any, inet or inet6"),
    };

    private static ControlMasterChoice? ControlMaster(ConfigLine line) => AsciiText.ToLower(line.Argument()) switch
    {
        "yes" or "true" => ControlMasterChoice.Yes,
        "no" or "false" => ControlMasterChoice.No,
        "auto" => ControlMasterChoice.Auto,
        "ask" => ControlMasterChoice.Ask,
        "autoask" => ControlMasterChoice.AutoAsk,
        _ => throw line.Error($"bad value '{line.Argument()}' of {line.Written}: yes, no, auto, ask or autoask"),
    };

    /// <summary>Returns zero for "no", and an infinite time for "yes" and for 0.</summary>
    private static TimeSpan? ControlPersist(ConfigLine line) => line.Argument() switch
    {
        "no" or "false" => TimeSpan.Zero,
        "yes" or "true" => Timeout.InfiniteTimeSpan,
        { } text => ArgumentValues.Seconds(text) switch
        {
            null => throw line.Error($"bad time '{text}' of {line.Written}, as in 90 or 1m30s"),
            0 => Timeout.InfiniteTimeSpan,
            { } seconds => TimeSpan.FromSeconds(seconds),
        },
    };

    private static SshLogLevel? LogLevel(ConfigLine line) => AsciiText.ToLower(line.Argument()) switch
    {
        "silent" or "quiet" => SshLogLevel.Quiet,
        "fatal" => SshLogLevel.Fatal,
        "error" => SshLogLevel.Error,
        "info" => SshLogLevel.Info,
        "verbose" => SshLogLevel.Verbose,
        "debug" or "debug1" => SshLogLevel.Debug1,
        "debug2" => SshLogLevel.Debug2,
        "debug3" => SshLogLevel.Debug3,
        _ => throw line.Error($"bad value '{line.Argument()}' of {line.Written}"),
    };
}
