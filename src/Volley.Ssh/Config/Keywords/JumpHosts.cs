using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>Parser of the argument of ProxyJump and -J.</summary>
internal static class JumpHosts
{
    private const string Scheme = "ssh://";

    /// <summary>Parses the hops, in order. Returns an empty list for "none", and null if the text is invalid.</summary>
    public static IReadOnlyList<SshJumpHost>? Parse(string text)
    {
        int comment = text.IndexOf('#');
        string hops = (comment < 0 ? text : text[..comment]).TrimEnd(' ', '\t', '\r', '\n');
        if (AsciiText.ToLower(hops) == "none")
            return [];
        var parsed = new List<SshJumpHost>();
        foreach (string hop in hops.Split(','))
        {
            if ((hop.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? ParseUri(hop[Scheme.Length..]) : ParseHop(hop)) is not { } host)
                return null;
            parsed.Add(host);
        }
        return parsed;
    }

    /// <summary>Checks the argument of -J.</summary>
    /// <exception cref="SshConfigException">The list is empty, or a hop is invalid; <see cref="SshConfigException.JumpPosition"/> is its position.</exception>
    public static void Check(string text)
    {
        if (Parse(text) is [])
            return;
        int start = 0;
        foreach (string hop in text.Split(','))
        {
            if (FindFault(hop) is var (message, offset))
                throw new SshConfigException(message, ConfigPlace.CommandLine.File, line: 0) { JumpPosition = start + offset };
            start += hop.Length + 1;
        }
    }

    private static (string Message, int Offset)? FindFault(string hop)
    {
        if (hop.Length == 0)
            return ("a jump host is missing; write [user@]host[:port], and a comma between two", 0);
        int name = hop.LastIndexOf('@') + 1;
        if (name == 0 && hop.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            name = Scheme.Length;
        int bracket = hop.IndexOf('[', name);
        // Brackets enclose only an address, at the beginning of the host.
        if (bracket > name || (bracket == name && !hop[name..].Contains(':')) || (bracket < 0 && hop.Contains(']')))
            return ("a jump host takes no range; name the hosts one by one, in the order of the hops", bracket < 0 ? hop.IndexOf(']') : bracket);
        if (Parse(hop) is not [var host])
            return ($"bad jump host '{hop}'; write [user@]host[:port]", 0);
        try
        {
            HostNameRules.CheckHost(host.Host);
            if (host.User is { } user)
                HostNameRules.CheckUser(user);
            return null;
        }
        catch (SshConfigException)
        {
            return ($"the jump host '{hop}' contains invalid characters", 0);
        }
    }

    private static SshJumpHost? ParseUri(string text)
    {
        int slash = text.IndexOf('/');
        if (slash >= 0 && slash < text.Length - 1)
            return null;
        string hop = slash < 0 ? text : text[..slash];
        int at = hop.LastIndexOf('@');
        // ssh ignores the connection parameters of a URI (";fingerprint=…") too.
        string? user = at < 0 ? null : Uri.UnescapeDataString(hop[..at].Split(';')[0]);
        if (user is "" || ParseHop(hop[(at + 1)..]) is not { } host)
            return null;
        return host with { User = user, Host = Uri.UnescapeDataString(host.Host) };
    }

    private static SshJumpHost? ParseHop(string hop)
    {
        int at = hop.LastIndexOf('@');
        string? user = at < 0 ? null : hop[..at];
        string rest = hop[(at + 1)..];
        int hostEnd = rest.StartsWith('[') ? rest.IndexOf(']') + 1 : rest.IndexOf(':');
        if (rest.StartsWith('[') && hostEnd == 0)
            return null;
        string host = hostEnd < 0 ? rest : rest[..hostEnd];
        string port = hostEnd < 0 ? "" : rest[hostEnd..];
        if (host.StartsWith('['))
            host = host[1..^1];
        if (user is "" || host.Length == 0 || host.Contains('/') || (port.Length > 0 && port[0] != ':'))
            return null;
        int? number = port.Length > 1 ? ArgumentValues.Port(port[1..]) : null;
        return port.Length > 1 && number is null ? null : new(user, host, number);
    }
}
