namespace Volley;

/// <summary>How a target is going to be connected to.</summary>
/// <param name="Transport">The transport.</param>
/// <param name="Route">The login and the jump hosts: <c>root@10.0.0.1:22 via ops@gate:22</c>.</param>
/// <param name="Reason">Why ssh connects, or why the native transport can't; null if the configuration asks for nothing beyond the native transport.</param>
public sealed record PlannedConnection(PlannedTransport Transport, string Route, string? Reason);

/// <summary>The transports over SSH.</summary>
public enum PlannedTransport
{
    /// <summary>SSH in this process.</summary>
    Native,

    /// <summary>The system's ssh.</summary>
    OpenSsh,
}
