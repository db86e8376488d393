namespace Volley.Transports.OpenSsh.Masters;

/// <summary>What the user's configuration says about the way to a host.</summary>
/// <param name="UsersSocket">The control socket of a master of the user's own, or null.</param>
/// <param name="Jump">The jump hosts before it, or null.</param>
internal sealed record HostRoute(string? UsersSocket, string? Jump)
{
    /// <summary>Nothing: ssh alone reads the configuration.</summary>
    public static HostRoute Direct { get; } = new(null, null);
}
