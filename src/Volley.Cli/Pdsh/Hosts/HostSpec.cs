using System.Globalization;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>A parser for items of the form <c>[rcmd_type:][user@]hosts</c>. Beyond pdsh, it accepts <c>host:port</c> and IPv6 addresses.</summary>
internal static class HostSpec
{
    /// <exception cref="PdshException">The item is invalid.</exception>
    public static IEnumerable<PdshHost> Parse(string item, PdshContext context)
    {
        if (IsAddress(item))
            return [new PdshHost(item)];
        var (rcmd, rest) = Cut(item);
        string? user = null;
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
            (user, rest) = (rest[..at], rest[(at + 1)..]);
        if (rcmd?.Contains('@', StringComparison.Ordinal) == true)
            throw new PdshException($"Host spec \"{item}\" not of form [rcmd_type:][user@]hosts");
        var (hosts, port) = Port(rest);
        if (rcmd is not null && !Rcmd.IsKnown(rcmd, context.Verb))
        {
            throw new PdshException(
                $"No such rcmd module \"{rcmd}\"", context.Prefix($"Failed to register rcmd \"{rcmd}\" for \"{rest}\""));
        }

        IEnumerable<string> names = IsAddress(hosts)
            ? [hosts]
            : HostItems.Names(hosts).SelectMany(name => HostRange.Expand(name, context));
        return names.Select(name => new PdshHost(name) { User = user, RcmdType = rcmd, Port = port });
    }

    /// <summary>Splits off the rcmd type. A name before a colon and a port number is a host.</summary>
    private static (string? Rcmd, string Hosts) Cut(string item)
    {
        var colon = item.IndexOf(':', StringComparison.Ordinal);
        var bracket = item.IndexOf('[', StringComparison.Ordinal);
        if (colon < 0 || (bracket >= 0 && bracket < colon) || (colon > 0 && IsPort(item[(colon + 1)..])))
            return (null, item);
        return (item[..colon], item[(colon + 1)..]);
    }

    /// <summary>Splits off the port: <c>h1:22</c>, <c>[::1]:22</c>.</summary>
    private static (string Hosts, int? Port) Port(string text)
    {
        var colon = text.LastIndexOf(':');
        int? port = null;
        if (colon > 0 && IsPort(text[(colon + 1)..]) && !IsAddress(text))
            (text, port) = (text[..colon], int.Parse(text[(colon + 1)..], CultureInfo.InvariantCulture));
        return (text is ['[', .. var address, ']'] && IsAddress(address) ? address : text, port);
    }

    private static bool IsPort(string text) =>
        text.Length is > 0 and <= 5 && text.All(char.IsAsciiDigit) && int.Parse(text, CultureInfo.InvariantCulture) is > 0 and <= 65535;

    /// <summary>Whether a text is an IPv6 address, with or without a zone.</summary>
    private static bool IsAddress(string text)
    {
        var zone = text.IndexOf('%', StringComparison.Ordinal);
        var address = zone < 0 ? text : text[..zone];
        return address.Count(c => c == ':') >= 2 && address.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            && System.Net.IPAddress.TryParse(address, out _);
    }
}
