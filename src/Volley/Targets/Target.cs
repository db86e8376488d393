namespace Volley.Targets;

/// <summary>One place that the job runs at: an entry of the plan, not a host, so a host that is listed twice is two targets.</summary>
/// <param name="Index">The place in the plan, from 0; it is also the target's rank.</param>
/// <param name="Name">The name as it was selected: <c>[user@]host[:port]</c>.</param>
public sealed record Target(int Index, string Name)
{
    /// <summary>The host alone: a name or an address, an IPv6 address without its brackets.</summary>
    public string Host { get; init; } = Name;

    /// <summary>The port, 1 to 65535, or null where the transport's default applies.</summary>
    public int? Port { get; init; }

    /// <summary>The login name, or null where the transport's default applies.</summary>
    public string? User { get; init; }

    /// <summary>What outputs call this target: unique within the plan, the host wherever that is enough.</summary>
    public string Label { get; init; } = Name;
}
