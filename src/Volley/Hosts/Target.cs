namespace Volley;

/// <summary>One target of a plan. It is an entry of the plan, not a host: a host that is listed twice is two targets.</summary>
/// <param name="Index">The index in the plan, from 0, which is also the target's rank.</param>
/// <param name="Name">The name as selected: <c>[user@]host[:port]</c>.</param>
public sealed record Target(int Index, string Name)
{
    /// <summary>The host without user and port: a name or an address, an IPv6 address without its brackets.</summary>
    public string Host { get; init; } = Name;

    /// <summary>The port, 1 to 65535, or null for the transport's default.</summary>
    public int? Port { get; init; }

    /// <summary>The login name, or null for the transport's default.</summary>
    public string? User { get; init; }

    /// <summary>The name of this target in outputs. It is unique in the plan, and the host alone if that is enough.</summary>
    public string Label { get; init; } = Name;
}
