namespace Volley.Relay;

/// <summary>Opens the transport over which a relay reaches the targets of one job.</summary>
/// <param name="settings">How the controller wants them reached. The relay has checked them against its own rules.</param>
/// <param name="elevationPassword">The password of <see cref="RelayConnectionSettings.Elevation"/>; null for none.</param>
/// <param name="cancellationToken">Ends the attempt.</param>
/// <returns>The transport, which the relay disposes at the end of the round.</returns>
public delegate ValueTask<ITransport> RelayTransportFactory(
    RelayConnectionSettings settings, string? elevationPassword, CancellationToken cancellationToken);
