namespace Volley.Transports.OpenSsh.Masters;

/// <summary>A request for a master.</summary>
/// <param name="Place">The endpoint.</param>
/// <param name="Key">The key under which the connection is shared.</param>
/// <param name="MayStart">Whether a master may be started if there is none.</param>
internal readonly record struct MasterRequest(Place Place, string Key, bool MayStart);
