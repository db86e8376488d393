using System.Collections.Frozen;

namespace Volley.Ssh.Config;

/// <summary>
/// The directives without a setting. Some change nothing for one command on a connection of our own; others allow a login that only
/// ssh can try; the rest leave a host plain only at the value that is the default anyway.
/// </summary>
internal static class OtherKeywords
{
    /// <summary>Skipped whatever they say, so their values are not judged. The list is closed: a directive that is not known is left to ssh.</summary>
    private static readonly FrozenSet<string> Skipped = new HashSet<string>
    {
        // Forwardings and tunnels: never opened (ClearAllForwardings, Tunnel=no), so neither do their details matter.
        "localforward", "remoteforward", "dynamicforward", "permitremoteopen", "tunnel", "tunneldevice", "streamlocalbindmask",
        // The session: the caller's command and terminal instead of the configured ones.
        "localcommand", "remotecommand", "requesttty", "sessiontype", "escapechar", "obscurekeystroketiming",
        // The agent and X11: never forwarded (ForwardAgent=no, ForwardX11=no). ForwardAgent may name a socket.
        "forwardagent", "xauthlocation", "forwardx11timeout",
        // What ssh writes about itself.
        "fingerprinthash", "syslogfacility", "logverbose", "warnweakcrypto",
        // Questions that are not asked.
        "numberofpasswordprompts",
        // Learning a host's further keys: we never do.
        "updatehostkeys",
    }.ToFrozenSet();

    /// <summary>The same for those that take yes or no.</summary>
    private static readonly FrozenSet<string> SkippedFlags = new HashSet<string>
    {
        "exitonforwardfailure", "gatewayports", "streamlocalbindunlink", "permitlocalcommand", "stdinnull", "forkafterauthentication",
        "enableescapecommandline", "visualhostkey", "forwardx11", "forwardx11trusted",
        // Compression is negotiated, and changes no result.
        "compression",
    }.ToFrozenSet();

    /// <summary>Without a meaning of their own: there is nothing to skip.</summary>
    private static readonly FrozenSet<string> Meaningless = new HashSet<string>
    {
        // Details of CanonicalizeHostname, HostbasedAuthentication and GSSAPIAuthentication, which are judged by themselves.
        "canonicaldomains", "canonicalizemaxdots", "hostbasedacceptedalgorithms", "hostbasedkeytypes", "hostbasedacceptedkeytypes",
        "gssapiclientidentity", "gssapiserveridentity", "gssapikexalgorithms",
        // Read by Match tagged alone.
        "tag",
        // Without effect in ssh itself.
        "protocol", "cipher", "compressionlevel", "fallbacktorsh", "globalknownhostsfile2", "userknownhostsfile2",
        "rhostsauthentication", "rsaauthentication", "rhostsrsaauthentication", "useroaming", "usersh", "useprivilegedport",
        "afstokenpassing", "kerberosauthentication", "kerberostgtpassing",
    }.ToFrozenSet();

    /// <summary>The same for those that take yes or no.</summary>
    private static readonly FrozenSet<string> MeaninglessFlags = new HashSet<string>
    {
        // What Volley does anyway.
        "clearallforwardings",
        "canonicalizefallbacklocal", "enablesshkeysign", "gssapitrustdns", "gssapirenewalforcesrekey",
    }.ToFrozenSet();

    /// <summary>Those that take yes or no, and the value that leaves a host plain.</summary>
    private static readonly FrozenDictionary<string, bool> PlainFlags = new Dictionary<string, bool>
    {
        ["checkhostip"] = false,
        ["nohostauthenticationforlocalhost"] = false,
        ["proxyusefdpass"] = false,
        ["tcpkeepalive"] = true,
        ["keepalive"] = true,
    }.ToFrozenDictionary();

    /// <summary>The others, with the values that leave a host plain; a directive that has none always needs ssh.</summary>
    private static readonly FrozenDictionary<string, string[]> PlainValues = new Dictionary<string, string[]>
    {
        ["bindinterface"] = [],
        ["canonicalizehostname"] = ["no", "false"],
        ["canonicalizepermittedcnames"] = ["none"],
        ["channeltimeout"] = ["none"],
        ["kbdinteractivedevices"] = [],
        ["knownhostscommand"] = ["none"],
        ["pkcs11provider"] = ["none"],
        ["smartcarddevice"] = ["none"],
        ["pubkeyauthentication"] = ["yes", "true"],
        ["dsaauthentication"] = ["yes", "true"],
        ["refuseconnection"] = [],
        ["securitykeyprovider"] = ["internal"],
        ["versionaddendum"] = ["none"],
        // Of single vendors.
        ["protocolkeepalives"] = [],
        ["setuptimeout"] = [],
    }.ToFrozenDictionary();

    public static ConfigItem Read(ConfigLine line, SshConfigFiles files)
    {
        if (EffectOf(line, files) is not { } effect)
            return new UnknownItem(line.Written, line.Keyword, line.Place);
        string directive = line.Keyword switch
        {
            "keepalive" => "tcpkeepalive",
            "smartcarddevice" => "pkcs11provider",
            "dsaauthentication" => "pubkeyauthentication",
            _ => line.Keyword,
        };
        return new DirectiveItem(host => host.Judge(directive, line.Written, effect, line.Place));
    }

    /// <summary>Whether each value that is read here is one that ssh takes, too: only of those that take yes or no.</summary>
    public static bool JudgesValue(string keyword) =>
        SkippedFlags.Contains(keyword) || MeaninglessFlags.Contains(keyword) || PlainFlags.ContainsKey(keyword)
        || keyword is "gssapiauthentication" or "gssapikeyexchange" or "gssapidelegatecredentials" or "hostbasedauthentication";

    /// <summary>What a directive does; null if it is not known.</summary>
    private static DirectiveEffect? EffectOf(ConfigLine line, SshConfigFiles files)
    {
        string keyword = line.Keyword;
        if (SkippedFlags.Contains(keyword))
            return If(line.Flag() == true, DirectiveEffect.Skipped);
        if (PlainFlags.TryGetValue(keyword, out bool flag))
            return If(line.Flag() != flag, DirectiveEffect.NeedsSsh);
        if (MeaninglessFlags.Contains(keyword))
        {
            line.Flag();
            return DirectiveEffect.None;
        }
        if (Meaningless.Contains(keyword))
        {
            Value(line);
            return DirectiveEffect.None;
        }
        switch (keyword)
        {
            // Without a ticket GSSAPI has nothing to offer, and ssh goes on to the next method.
            case "gssapiauthentication":
                return If(line.Flag() == true && files.KerberosIsPossible, DirectiveEffect.OtherLogin);
            // The host then proves by Kerberos who it is, not by a key.
            case "gssapikeyexchange":
                return If(line.Flag() == true && files.KerberosIsPossible, DirectiveEffect.NeedsSsh);
            // Only a GSSAPI login brings the credentials along; what a file says is overridden.
            case "gssapidelegatecredentials":
                return line.Flag() != true ? DirectiveEffect.None
                    : line.Place == ConfigPlace.CommandLine && files.KerberosIsPossible ? DirectiveEffect.NeedsSsh : DirectiveEffect.Skipped;
            case "hostbasedauthentication":
                return If(line.Flag() == true, DirectiveEffect.OtherLogin);
        }
        if (Skipped.Contains(keyword))
            return If(Value(line) is not ("no" or "false" or "none"), DirectiveEffect.Skipped);
        if (PlainValues.TryGetValue(keyword, out var values))
            return If(!values.Contains(Value(line)), DirectiveEffect.NeedsSsh);
        return keyword switch
        {
            "addkeystoagent" => AddKeysToAgent(line),
            "usekeychain" => Choice(line, skipped: ["yes"]),
            // It says what the DNS has, and believes it only where it is yes.
            "verifyhostkeydns" => Choice(line, skipped: ["ask"]),
            _ => null,
        };
    }

    private static DirectiveEffect If(bool condition, DirectiveEffect effect) => condition ? effect : DirectiveEffect.None;

    private static string Value(ConfigLine line) =>
        line.Words.Count > 0 ? AsciiText.ToLower(string.Join(' ', line.Words)) : throw line.Error($"{line.Written} needs an argument");

    private static DirectiveEffect Choice(ConfigLine line, string[] skipped) => Value(line) switch
    {
        "no" or "false" => DirectiveEffect.None,
        var value when skipped.Contains(value) => DirectiveEffect.Skipped,
        _ => DirectiveEffect.NeedsSsh,
    };

    /// <summary>Keys that are read from files are used and not given to an agent: no login depends on that.</summary>
    private static DirectiveEffect AddKeysToAgent(ConfigLine line)
    {
        const string Confirm = "confirm ";
        string value = Value(line);
        if (value is "no" or "false")
            return DirectiveEffect.None;
        string time = value.StartsWith(Confirm, StringComparison.Ordinal) ? value[Confirm.Length..] : value;
        return value is "yes" or "true" or "ask" or "confirm" || ArgumentValues.Seconds(time) is not null ? DirectiveEffect.Skipped : DirectiveEffect.NeedsSsh;
    }
}
