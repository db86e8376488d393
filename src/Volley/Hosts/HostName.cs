using System.Globalization;

namespace Volley;

/// <summary>One host of an expanded list, <c>[user@]host[:port]</c>.</summary>
/// <param name="User">The login name, or null if none was written.</param>
/// <param name="Host">The name or address, an IPv6 address without its brackets.</param>
/// <param name="Port">The port, 1 to 65535, or null if none was written.</param>
public sealed record HostName(string? User, string Host, int? Port)
{
    /// <summary>The login name, or null if none was written.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? User { get; init => field = Argument.Optional(value, nameof(User)); } = Argument.Optional(User, nameof(User));

    /// <summary>The name or address, an IPv6 address without its brackets.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string Host { get; init => field = Argument.Text(value, nameof(Host)); } = Argument.Text(Host, nameof(Host));

    /// <summary>The port, 1 to 65535, or null if none was written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a port.</exception>
    public int? Port { get; init => field = Argument.Port(value, nameof(Port)); } = Argument.Port(Port, nameof(Port));

    /// <summary>Returns an expression that parses to this name, with an IPv6 address in brackets.</summary>
    /// <returns>The expression.</returns>
    public override string ToString() => Format(User, Host, Port);

    /// <summary>Returns <c>[user@]host[:port]</c>, with an IPv6 address in brackets.</summary>
    internal static string Format(string? user, string host, int? port)
    {
        string bracketed = host.Contains(':') ? $"[{host}]" : host;
        if (user is null && port is null)
            return bracketed;
        string before = user is null ? "" : user + "@";
        string after = port is { } number ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
        return string.Concat(before, bracketed, after);
    }
}
