using Volley.Targets;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>What a connection is made to.</summary>
/// <param name="Target">The host.</param>
/// <param name="Jump">The jump hosts before it.</param>
/// <param name="Route">What the user's configuration says about the way.</param>
/// <param name="Command">How ssh is called for it.</param>
internal sealed record Place(Target Target, string? Jump, HostRoute Route, OpenSshCommand Command)
{
    /// <summary>More jump hosts than anybody has: a configuration that leads a host through itself has no end.</summary>
    private const int MostHops = 16;

    /// <summary>How much of the time for connecting is used up already.</summary>
    public TimeSpan Spent { get; init; }

    /// <summary>A jump host.</summary>
    /// <param name="hop">The host.</param>
    /// <param name="before">The jump hosts before it; null for what is configured.</param>
    /// <param name="routes">What is configured.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<Place> HopAsync(Target hop, string? before, HostRoutes routes, CancellationToken cancellationToken)
    {
        var route = await routes.OfHopAsync(hop, cancellationToken).ConfigureAwait(false);
        return new(hop, before ?? route.Jump, route, Command.ForHop());
    }

    /// <summary>The jump hosts on the way, the last one first.</summary>
    /// <exception cref="TransportException">One can't be understood.</exception>
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
