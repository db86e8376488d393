using Volley.Ssh;

namespace Volley.Transports;

/// <summary>The transports' view of a route.</summary>
internal static class RouteExtensions
{
    /// <summary>Returns the settings of the host if they are complete; null if only ssh can determine them.</summary>
    public static SshHostSettings? GetCompleteSettings(this SshRoute route) => route.Settings is { IsPlain: true } settings ? settings : null;

    /// <summary>Returns a jump host as ssh gets it, with the user and the port that ProxyJump names.</summary>
    public static Target ToTarget(this SshRoute hop) =>
        new(hop.Host.Host) { User = hop.Host.User, Port = hop.Host.Port, Label = hop.Host.Host };

    /// <summary>Returns the route, if its jump hosts come to an end.</summary>
    /// <exception cref="TransportException">The jump hosts lead through themselves.</exception>
    public static SshRoute CheckEnd(this SshRoute route)
    {
        for (var hop = route.Via; hop is not null; hop = hop.Via)
        {
            // An invalid configuration is left to ssh, which reports it.
            if (hop.Failure is { InnerException: not SshConfigException } endless)
                throw ConnectFailure.Convert(endless).Rephrased($"jump host {route.Via!.Name}: {endless.Message}");
        }

        return route;
    }
}
