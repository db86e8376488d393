namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The endpoint of a connection, and how to reach it.</summary>
/// <param name="Target">The host.</param>
/// <param name="Jump">The jump hosts before it.</param>
/// <param name="Route">The user's configuration of the host.</param>
/// <param name="Command">Builds the ssh arguments for it.</param>
internal sealed record Place(Target Target, string? Jump, HostRoute Route, OpenSshCommand Command)
{
    /// <summary>The largest number of jump hosts. A configuration whose jump host leads through itself would never end.</summary>
    private const int MostHops = 16;

    /// <summary>How much of the connect timeout has elapsed.</summary>
    public TimeSpan Spent { get; init; }

    /// <summary>Returns the endpoint for a jump host of this one.</summary>
    /// <param name="hop">The jump host.</param>
    /// <param name="before">The jump hosts before it; null for the configured ones.</param>
    /// <param name="routes">The configuration.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    public async ValueTask<Place> HopAsync(Target hop, string? before, HostRoutes routes, CancellationToken cancellationToken)
    {
        var route = await routes.OfHopAsync(hop, cancellationToken).ConfigureAwait(false);
        return new(hop, before ?? route.Jump, route, Command.ForHop());
    }

    /// <summary>Returns the jump hosts on the route, the last one first.</summary>
    /// <exception cref="TransportException">A jump host is invalid.</exception>
    public async ValueTask<IReadOnlyList<Place>> HopsAsync(HostRoutes routes, CancellationToken cancellationToken)
    {
        var hops = new List<Place>();
        var place = this;
        while (hops.Count < MostHops && JumpHosts.Last(place.Jump) is var (hop, before))
        {
            place = await place.HopAsync(hop, before, routes, cancellationToken).ConfigureAwait(false);
            hops.Add(place);
        }

        return hops;
    }
}
