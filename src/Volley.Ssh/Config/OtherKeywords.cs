using System.Collections.Frozen;

namespace Volley.Ssh.Config;

/// <summary>
/// The directives without a setting. Some change nothing for one command on a connection of our own; others allow a login that only
/// ssh can try; the rest leave a host plain only at the value that is the default anyway.
/// </summary>
internal static class OtherKeywords
{
    /// <summary>The list is closed: a directive that is not known is left to ssh.</summary>
    private static readonly FrozenDictionary<string, Directive> Directives = new Dictionary<string, Directive>
    {
        // Forwardings and tunnels: never opened (ClearAllForwardings, Tunnel=no), so neither do their details matter.
        ["localforward"] = Skipped(ValueKinds.Forwarding),
        ["remoteforward"] = Skipped(ValueKinds.Forwarding),
        ["dynamicforward"] = Skipped(ValueKinds.Forwarding),
        ["permitremoteopen"] = Skipped(ValueKinds.OfSsh),
        ["exitonforwardfailure"] = Skipped(ValueKinds.Flag),
        ["gatewayports"] = Skipped(ValueKinds.Flag),
        ["tunnel"] = Skipped(ValueKinds.OneOf("yes", "no", "true", "false", "point-to-point", "ethernet")),
        ["tunneldevice"] = Skipped(ValueKinds.OfSsh),
        ["streamlocalbindmask"] = Skipped(ValueKinds.OfSsh),
        ["streamlocalbindunlink"] = Skipped(ValueKinds.Flag),
        ["clearallforwardings"] = Meaningless(ValueKinds.Flag),

        // The session: the caller's command and terminal instead of the configured ones.
        ["localcommand"] = Skipped(ValueKinds.Any),
        ["permitlocalcommand"] = Skipped(ValueKinds.Flag),
        ["remotecommand"] = Skipped(ValueKinds.Any),
        ["requesttty"] = Skipped(ValueKinds.OneOf("yes", "no", "true", "false", "force", "auto")),
        ["sessiontype"] = Skipped(ValueKinds.OfSsh),
        ["stdinnull"] = Skipped(ValueKinds.OfSsh),
        ["forkafterauthentication"] = Skipped(ValueKinds.OfSsh),
        ["escapechar"] = Skipped(ValueKinds.EscapeCharacter),
        ["enableescapecommandline"] = Skipped(ValueKinds.OfSsh),
        ["obscurekeystroketiming"] = Skipped(ValueKinds.OfSsh),

        // The agent and X11: never forwarded (ForwardAgent=no, ForwardX11=no). ForwardAgent may name a socket.
        ["forwardagent"] = Skipped(ValueKinds.Usually("yes", "no", "true", "false")),
        ["forwardx11"] = Skipped(ValueKinds.Flag),
        ["forwardx11trusted"] = Skipped(ValueKinds.Flag),
        ["forwardx11timeout"] = Skipped(ValueKinds.Time),
        ["xauthlocation"] = Skipped(ValueKinds.Text),

        // What ssh writes about itself.
        ["visualhostkey"] = Skipped(ValueKinds.Flag),
        ["fingerprinthash"] = Skipped(ValueKinds.Usually("sha256", "md5")),
        ["syslogfacility"] = Skipped(ValueKinds.Usually("user", "auth", "daemon")),
        ["logverbose"] = Skipped(ValueKinds.OfSsh),
        ["warnweakcrypto"] = Skipped(ValueKinds.OfSsh),

        // Questions that are not asked, and what is not learned or stored: a host's further keys, a key's passphrase.
        ["numberofpasswordprompts"] = Skipped(ValueKinds.Number),
        ["updatehostkeys"] = Skipped(ValueKinds.OneOf("yes", "no", "true", "false", "ask")),
        ["addkeystoagent"] = Skipped(ValueKinds.Usually("yes", "no", "true", "false", "ask", "confirm")),
        ["usekeychain"] = Skipped(ValueKinds.OfSsh),

        // Compression is negotiated, and changes no result.
        ["compression"] = Skipped(ValueKinds.Usually("yes", "no")),

        // Details of CanonicalizeHostname, HostbasedAuthentication and GSSAPIAuthentication, which are judged by themselves.
        ["canonicaldomains"] = Meaningless(ValueKinds.OfSsh),
        ["canonicalizemaxdots"] = Meaningless(ValueKinds.Number),
        ["canonicalizefallbacklocal"] = Meaningless(ValueKinds.Flag),
        ["enablesshkeysign"] = Meaningless(ValueKinds.Flag),
        ["hostbasedacceptedalgorithms"] = Meaningless(ValueKinds.OfSsh),
        ["hostbasedacceptedkeytypes"] = Meaningless(ValueKinds.OfSsh),
        ["hostbasedkeytypes"] = Meaningless(ValueKinds.OfSsh),
        ["gssapiclientidentity"] = Meaningless(ValueKinds.OfSsh),
        ["gssapiserveridentity"] = Meaningless(ValueKinds.OfSsh),
        ["gssapikexalgorithms"] = Meaningless(ValueKinds.OfSsh),
        ["gssapitrustdns"] = Meaningless(ValueKinds.OfSsh),
        ["gssapirenewalforcesrekey"] = Meaningless(ValueKinds.OfSsh),

        // Read by Match tagged alone.
        ["tag"] = Meaningless(ValueKinds.OfSsh),

        // Without effect in ssh itself.
        ["protocol"] = Meaningless(ValueKinds.Any),
        ["cipher"] = Meaningless(ValueKinds.Any),
        ["compressionlevel"] = Meaningless(ValueKinds.Any),
        ["fallbacktorsh"] = Meaningless(ValueKinds.Any),
        ["globalknownhostsfile2"] = Meaningless(ValueKinds.Any),
        ["userknownhostsfile2"] = Meaningless(ValueKinds.Any),
        ["rhostsauthentication"] = Meaningless(ValueKinds.Any),
        ["rsaauthentication"] = Meaningless(ValueKinds.Any),
        ["rhostsrsaauthentication"] = Meaningless(ValueKinds.Any),
        ["useroaming"] = Meaningless(ValueKinds.Any),
        ["usersh"] = Meaningless(ValueKinds.Any),
        ["useprivilegedport"] = Meaningless(ValueKinds.Any),
        ["afstokenpassing"] = Meaningless(ValueKinds.Any),
        ["kerberosauthentication"] = Meaningless(ValueKinds.Any),
        ["kerberostgtpassing"] = Meaningless(ValueKinds.Any),

        // Logins that only ssh can try. With GSSAPIKeyExchange the host proves by Kerberos who it is, not by a key.
        ["gssapiauthentication"] = new(ValueKinds.Flag, DirectiveEffect.OtherLogin, "no", "false"),
        ["gssapidelegatecredentials"] = Skipped(ValueKinds.Flag),
        ["gssapikeyexchange"] = NeedsSsh(ValueKinds.OfSsh, "no", "false"),
        ["hostbasedauthentication"] = new(ValueKinds.Flag, DirectiveEffect.OtherLogin, "no", "false"),
        ["pubkeyauthentication"] = NeedsSsh(ValueKinds.Usually("yes", "no", "true", "false"), "yes", "true"),
        ["kbdinteractivedevices"] = NeedsSsh(ValueKinds.Text),
        ["pkcs11provider"] = NeedsSsh(ValueKinds.Text, "none"),
        ["securitykeyprovider"] = NeedsSsh(ValueKinds.OfSsh, "internal"),

        // The connection, and whose it is.
        ["bindinterface"] = NeedsSsh(ValueKinds.Text),
        ["canonicalizehostname"] = NeedsSsh(ValueKinds.OneOf("yes", "no", "true", "false", "always"), "no", "false"),
        ["canonicalizepermittedcnames"] = NeedsSsh(ValueKinds.OfSsh, "none"),
        ["channeltimeout"] = NeedsSsh(ValueKinds.OfSsh, "none"),
        ["checkhostip"] = NeedsSsh(ValueKinds.Flag, "no", "false"),
        ["knownhostscommand"] = NeedsSsh(ValueKinds.OfSsh, "none"),
        ["nohostauthenticationforlocalhost"] = NeedsSsh(ValueKinds.Flag, "no", "false"),
        ["proxyusefdpass"] = NeedsSsh(ValueKinds.Flag, "no", "false"),
        ["refuseconnection"] = NeedsSsh(ValueKinds.OfSsh),
        ["tcpkeepalive"] = NeedsSsh(ValueKinds.Flag, "yes", "true"),
        ["verifyhostkeydns"] = NeedsSsh(ValueKinds.OneOf("yes", "no", "true", "false", "ask"), "no", "false"),
        ["versionaddendum"] = NeedsSsh(ValueKinds.OfSsh, "none"),

        // Of single vendors.
        ["protocolkeepalives"] = NeedsSsh(ValueKinds.OfSsh),
        ["setuptimeout"] = NeedsSsh(ValueKinds.OfSsh),
    }.ToFrozenDictionary();

    /// <exception cref="SshConfigException">Its argument is not as it must be.</exception>
    public static ConfigItem Read(ConfigLine line, SshConfigFiles files)
    {
        string keyword = line.Keyword switch
        {
            "keepalive" => "tcpkeepalive",
            "smartcarddevice" => "pkcs11provider",
            "dsaauthentication" => "pubkeyauthentication",
            _ => line.Keyword,
        };
        if (!Directives.TryGetValue(keyword, out var directive))
            return new UnknownItem(line.Written, line.Keyword, line.Place);
        bool isJudged = directive.Kind(line);
        var effect = EffectOf(directive, line, files);
        return new DirectiveItem(host => host.Judge(keyword, line.Written, effect, line.Place), isJudged);
    }

    private static DirectiveEffect EffectOf(Directive directive, ConfigLine line, SshConfigFiles files)
    {
        string value = AsciiText.ToLower(string.Join(' ', line.Words));
        if (directive.PlainValues.Contains(value))
            return DirectiveEffect.None;
        return line.Keyword switch
        {
            // ssh ends at these ports for all users but root, unless the system allows them.
            "localforward" or "dynamicforward" when files.UserId != 0 && ValueKinds.ForwardedPort(line) < 1024 => DirectiveEffect.NeedsSsh,
            // Without a ticket GSSAPI has nothing to offer, and ssh goes on to the next method.
            "gssapiauthentication" or "gssapikeyexchange" when !files.KerberosIsPossible => DirectiveEffect.None,
            // Only a GSSAPI login brings the credentials along; what a file says is overridden.
            "gssapidelegatecredentials" when line.Place == ConfigPlace.CommandLine && files.KerberosIsPossible => DirectiveEffect.NeedsSsh,
            // It says what the DNS has, and believes it only where it is yes.
            "verifyhostkeydns" when value == "ask" => DirectiveEffect.Skipped,
            _ => directive.Effect,
        };
    }

    private static Directive Skipped(ValueKind kind) => new(kind, DirectiveEffect.Skipped, "no", "false", "none");

    /// <summary>A directive without a meaning of its own: there is nothing to skip.</summary>
    private static Directive Meaningless(ValueKind kind) => new(kind, DirectiveEffect.None);

    private static Directive NeedsSsh(ValueKind kind, params string[] plainValues) => new(kind, DirectiveEffect.NeedsSsh, plainValues);

    /// <param name="Kind">The values that it takes.</param>
    /// <param name="Effect">What it does.</param>
    /// <param name="PlainValues">The values, in lower case, at which it does nothing.</param>
    private sealed record Directive(ValueKind Kind, DirectiveEffect Effect, params string[] PlainValues);
}
