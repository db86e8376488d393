using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>A request for a master.</summary>
/// <param name="Target">The host.</param>
/// <param name="Route">The route to it in the user's configuration.</param>
/// <param name="Command">Builds the ssh arguments for it.</param>
internal sealed record MasterRequest(Target Target, SshRoute Route, OpenSshCommand Command)
{
    /// <summary>The key under which the connection is shared.</summary>
    public string Key { get; init; } = "";

    /// <summary>Whether a master may be started if there is none.</summary>
    public bool MayStart { get; init; }

    /// <summary>How much of the connect timeout has elapsed.</summary>
    public TimeSpan Spent { get; init; }

    /// <summary>Returns the request for the jump host before the host; null if there is none.</summary>
    public MasterRequest? ForHop() => Route.Via is { } hop ? new(hop.ToTarget(), hop, Command.ForHop()) { MayStart = MayStart } : null;

    /// <summary>Returns the requests for the jump hosts on the route, the last one first.</summary>
    public IEnumerable<MasterRequest> ForHops()
    {
        for (var hop = ForHop(); hop is not null; hop = hop.ForHop())
            yield return hop;
    }
}
