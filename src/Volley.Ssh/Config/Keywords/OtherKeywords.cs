using System.Collections.Frozen;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>
/// Parser of the directives without a setting. Some have no effect on a single command over a native connection. Others allow a login method that
/// only ssh supports. A host with one of the rest is served natively only if the value is ssh's default.
/// </summary>
internal static class OtherKeywords
{
    /// <summary>All known directives. Hosts with an unknown directive are left to ssh.</summary>
    private static readonly FrozenDictionary<string, Directive> Directives = new Dictionary<string, Directive>
    {
        // Forwardings and tunnels: never opened (ClearAllForwardings, Tunnel=no), so their details do not matter either.
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

        // The session: the caller determines the command and the terminal.
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

        // ssh's own messages.
        ["visualhostkey"] = Skipped(ValueKinds.Flag),
        ["fingerprinthash"] = Skipped(ValueKinds.Usually("sha256", "md5")),
        ["syslogfacility"] = Skipped(ValueKinds.Usually("user", "auth", "daemon")),
        ["logverbose"] = Skipped(ValueKinds.OfSsh),
        ["warnweakcrypto"] = Skipped(ValueKinds.OfSsh),

        // Prompts that are never shown, and data that is not stored: further keys of a host, the passphrase of a key.
        ["numberofpasswordprompts"] = Skipped(ValueKinds.Number),
        ["updatehostkeys"] = Skipped(ValueKinds.OneOf("yes", "no", "true", "false", "ask")),
        ["addkeystoagent"] = Skipped(ValueKinds.Usually("yes", "no", "true", "false", "ask", "confirm")),
        ["usekeychain"] = Skipped(ValueKinds.OfSsh),

        // Compression is negotiated, and does not change a result.
        ["compression"] = Skipped(ValueKinds.Usually("yes", "no")),

        // Details of CanonicalizeHostname, HostbasedAuthentication and GSSAPIAuthentication, which have entries of their own below.
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

        // Used by Match tagged only.
        ["tag"] = Meaningless(ValueKinds.OfSsh),

        // Ignored by ssh itself.
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

        // Login methods that only ssh supports. With GSSAPIKeyExchange, Kerberos authenticates the host instead of a host key.
        ["gssapiauthentication"] = new(ValueKinds.Flag, DirectiveEffect.OtherLogin, "no", "false"),
        ["gssapidelegatecredentials"] = Skipped(ValueKinds.Flag),
        ["gssapikeyexchange"] = NeedsSsh(ValueKinds.OfSsh, "no", "false"),
        ["hostbasedauthentication"] = new(ValueKinds.Flag, DirectiveEffect.OtherLogin, "no", "false"),
        ["pubkeyauthentication"] = NeedsSsh(ValueKinds.Usually("yes", "no", "true", "false"), "yes", "true"),
        ["kbdinteractivedevices"] = NeedsSsh(ValueKinds.Text),
        ["pkcs11provider"] = NeedsSsh(ValueKinds.Text, "none"),
        ["securitykeyprovider"] = NeedsSsh(ValueKinds.OfSsh, "internal"),

        // The connection, and the authentication of the host.
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

        // Extensions of single vendors.
        ["protocolkeepalives"] = NeedsSsh(ValueKinds.OfSsh),
        ["setuptimeout"] = NeedsSsh(ValueKinds.OfSsh),
    }.ToFrozenDictionary();

    /// <summary>Parses a directive. An unknown one becomes an <see cref="UnknownItem"/>.</summary>
    /// <exception cref="SshConfigException">The argument is invalid.</exception>
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
        var effect = FindEffect(directive, line, files);
        return new DirectiveItem(host => host.Judge(keyword, line.Written, effect, line.Place), isJudged);
    }

    private static DirectiveEffect FindEffect(Directive directive, ConfigLine line, SshConfigFiles files)
    {
        string value = AsciiText.ToLower(string.Join(' ', line.Arguments));
        if (directive.PlainValues.Contains(value))
            return DirectiveEffect.None;
        return line.Keyword switch
        {
            // Only root may listen on these ports, unless the system allows it. ssh fails otherwise.
            "localforward" or "dynamicforward" when files.UserId != 0 && ValueKinds.ForwardedPort(line) < 1024 => DirectiveEffect.NeedsSsh,
            // Without a ticket, ssh skips GSSAPI and tries the next method.
            "gssapiauthentication" or "gssapikeyexchange" when !files.KerberosIsPossible => DirectiveEffect.None,
            // Only a login by GSSAPI delegates credentials. The value in a file is overridden.
            "gssapidelegatecredentials" when line.Place == ConfigPlace.CommandLine && files.KerberosIsPossible => DirectiveEffect.NeedsSsh,
            // With "ask", ssh only shows the result of the lookup; it trusts the DNS only with "yes".
            "verifyhostkeydns" when value == "ask" => DirectiveEffect.Skipped,
            _ => directive.Effect,
        };
    }

    private static Directive Skipped(ValueKind kind) => new(kind, DirectiveEffect.Skipped, "no", "false", "none");

    /// <summary>Returns a directive without an effect of its own, which is not listed as skipped.</summary>
    private static Directive Meaningless(ValueKind kind) => new(kind, DirectiveEffect.None);

    private static Directive NeedsSsh(ValueKind kind, params string[] plainValues) => new(kind, DirectiveEffect.NeedsSsh, plainValues);

    /// <param name="Kind">The validator of its value.</param>
    /// <param name="Effect">The effect of all values except <paramref name="PlainValues"/>.</param>
    /// <param name="PlainValues">The values without an effect, in lower case.</param>
    private sealed record Directive(ValueKind Kind, DirectiveEffect Effect, params string[] PlainValues);
}
