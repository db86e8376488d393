namespace Volley;

/// <summary>How a target is going to be connected to.</summary>
/// <param name="UsesOpenSsh">Whether the system's ssh connects, and not SSH in this process.</param>
/// <param name="Route">The login and the jump hosts: <c>root@10.0.0.1:22 via ops@gate:22</c>.</param>
/// <param name="Reason">Why ssh connects, or why the native transport can't; null if the configuration asks for nothing beyond the native transport.</param>
public sealed record PlannedConnection(bool UsesOpenSsh, string Route, string? Reason)
{
    /// <summary>The address of the target as the configuration states it, with the port: <c>10.0.0.1:22</c>.</summary>
    public string Address { get; init; } = "";

    /// <summary>The addresses of its jump hosts, in the order in which they are connected to, and those that an ssh of ProxyCommand may connect to.</summary>
    public IReadOnlyList<string> JumpAddresses { get; init; } = [];
}
