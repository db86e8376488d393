using System.Collections.Frozen;

namespace Volley.Ssh.Config;

/// <summary>
/// The directives without a setting. Some change nothing for one command on a connection of our own; the others leave
/// a host plain only at the value that is the default anyway.
/// </summary>
internal static class OtherKeywords
{
    /// <summary>Whatever they say changes nothing, and so it is not judged either.</summary>
    private static readonly FrozenSet<string> ChangeNothing = new HashSet<string>
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

    /// <summary>The same for those that take yes or no, for the same reasons.</summary>
    private static readonly FrozenSet<string> FlagsThatChangeNothing = new HashSet<string>
    {
        "clearallforwardings", "exitonforwardfailure", "gatewayports", "streamlocalbindunlink", "permitlocalcommand", "stdinnull",
        "forkafterauthentication", "enableescapecommandline", "visualhostkey", "forwardx11", "forwardx11trusted", "canonicalizefallbacklocal",
        "enablesshkeysign", "gssapidelegatecredentials", "gssapitrustdns", "gssapirenewalforcesrekey",
    }.ToFrozenSet();

    /// <summary>Those that take yes or no, and the value that leaves a host plain.</summary>
    private static readonly FrozenDictionary<string, bool> PlainFlags = new Dictionary<string, bool>
    {
        ["checkhostip"] = false,
        ["compression"] = false,
        ["hostbasedauthentication"] = false,
        ["nohostauthenticationforlocalhost"] = false,
        ["proxyusefdpass"] = false,
        ["tcpkeepalive"] = true,
        ["keepalive"] = true,
    }.ToFrozenDictionary();

    /// <summary>The others, with the values that leave a host plain; a directive that has none always needs ssh.</summary>
    private static readonly FrozenDictionary<string, string[]> PlainValues = new Dictionary<string, string[]>
    {
        ["addkeystoagent"] = ["no", "false"],
        ["bindinterface"] = [],
        ["canonicalizehostname"] = ["no", "false"],
        ["canonicalizepermittedcnames"] = ["none"],
        ["casignaturealgorithms"] = [],
        ["channeltimeout"] = ["none"],
        ["connectionattempts"] = ["1"],
        ["ipqos"] = [],
        ["kbdinteractivedevices"] = [],
        ["knownhostscommand"] = ["none"],
        ["pkcs11provider"] = ["none"],
        ["smartcarddevice"] = ["none"],
        ["pubkeyauthentication"] = ["yes", "true"],
        ["dsaauthentication"] = ["yes", "true"],
        ["refuseconnection"] = [],
        ["rekeylimit"] = ["default", "default none"],
        ["requiredrsasize"] = ["1024"],
        ["securitykeyprovider"] = ["internal"],
        ["verifyhostkeydns"] = ["no", "false"],
        ["versionaddendum"] = ["none"],
        // Of single vendors.
        ["protocolkeepalives"] = [],
        ["setuptimeout"] = [],
        ["usekeychain"] = ["no"],
    }.ToFrozenDictionary();

    private static readonly DirectiveItem Nothing = new(static _ => { });

    public static ConfigItem Read(ConfigLine line, SshConfigFiles files)
    {
        string keyword = line.Keyword;
        if (FlagsThatChangeNothing.Contains(keyword))
        {
            line.Flag();
            return Nothing;
        }
        if (ChangeNothing.Contains(keyword))
            return line.Words.Count > 0 ? Nothing : throw line.Error($"{line.Written} needs an argument");
        // Without a ticket GSSAPI has nothing to offer, and ssh goes on to the next method.
        if (keyword is "gssapiauthentication" or "gssapikeyexchange")
            return Judged(line, line.Flag() == false || !files.KerberosIsPossible);
        if (PlainFlags.TryGetValue(keyword, out bool flag))
            return Judged(line, line.Flag() == flag);
        if (PlainValues.TryGetValue(keyword, out var values))
        {
            if (line.Words.Count == 0)
                throw line.Error($"{line.Written} needs an argument");
            return Judged(line, values.Contains(AsciiText.ToLower(string.Join(' ', line.Words))));
        }
        return new UnknownItem(line.Written, keyword, line.Place);
    }

    /// <summary>Whether each value that is read here is one that ssh takes, too: only of those that take yes or no.</summary>
    public static bool JudgesValue(string keyword) =>
        FlagsThatChangeNothing.Contains(keyword) || PlainFlags.ContainsKey(keyword) || keyword is "gssapiauthentication" or "gssapikeyexchange";

    private static DirectiveItem Judged(ConfigLine line, bool isPlain)
    {
        string directive = line.Keyword switch
        {
            "keepalive" => "tcpkeepalive",
            "smartcarddevice" => "pkcs11provider",
            "dsaauthentication" => "pubkeyauthentication",
            _ => line.Keyword,
        };
        return new(host => host.Judge(directive, line.Written, isPlain, line.Place));
    }
}
