using System.Globalization;

namespace Volley;

/// <summary>One host of an expanded list, <c>[user@]host[:port]</c>.</summary>
/// <param name="User">The login name, or null if none was written.</param>
/// <param name="Host">The name or address, an IPv6 address without its brackets.</param>
/// <param name="Port">The port, 1 to 65535, or null if none was written.</param>
public sealed record HostName(string? User, string Host, int? Port)
{
    /// <summary>Returns an expression that parses to this name, with an IPv6 address in brackets.</summary>
    public override string ToString()
    {
        string host = Host.Contains(':') ? $"[{Host}]" : Host;
        if (User is null && Port is null)
            return host;
        string user = User is null ? "" : User + "@";
        string port = Port is { } number ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
        return string.Concat(user, host, port);
    }
}
