using Volley.Ssh;

namespace Volley.Transports.Native;

/// <summary>Looks up the routes to targets that can be reached natively.</summary>
internal static class NativeRoutes
{
    /// <summary>Returns the route to a target. The settings of each host on it are known.</summary>
    /// <exception cref="TransportException">The configuration needs a feature that only ssh has, is invalid, or takes too long to look up.</exception>
    public static async ValueTask<SshRoute> GetNativeRouteAsync(this SshConfiguration configuration, Target target, CancellationToken cancellationToken)
    {
        var route = await configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
        for (var host = route; host is not null; host = host.Via)
        {
            if (FindFailure(host) is { } failure)
                throw host == route ? failure : failure.Rephrased($"jump host {route.Via!.Name}: {failure.Message}");
        }

        return route;
    }

    /// <summary>Returns the settings of a target and its jump hosts; none if the target can't be reached natively.</summary>
    /// <exception cref="TransportException">The look-up takes too long.</exception>
    public static async ValueTask<IReadOnlyList<SshHostSettings>> TryGetNativeSettingsAsync(
        this SshConfiguration configuration, Target target, CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await configuration.GetNativeRouteAsync(target, cancellationToken).ConfigureAwait(false)).GetAllSettings()];
        }
        catch (TransportException failure) when (failure.Outcome != NodeOutcome.ConnectTimedOut)
        {
            // Connecting to the target reports the error.
            return [];
        }
    }

    /// <summary>Returns the settings of each host on a route that can be used natively, the target first.</summary>
    public static IEnumerable<SshHostSettings> GetAllSettings(this SshRoute route)
    {
        for (var host = route; host is not null; host = host.Via)
            yield return host.Settings!;
    }

    /// <summary>Returns the failure for a configuration that can't be parsed.</summary>
    public static TransportException Unreadable(SshConfigException failure) =>
        new(NodeOutcome.ConnectFailed, failure.Message, failure) { Limit = TransportLimit.UnreadableConfiguration };

    private static TransportException? FindFailure(SshRoute host)
    {
        if (host.Failure is { } failure)
            return failure.InnerException is SshConfigException invalid ? Unreadable(invalid) : ConnectFailure.Convert(failure);
        return host.Settings?.UnsupportedReason is { } reason
            ? new(NodeOutcome.ConnectFailed, $"the native transport does not support the configuration: {reason}") { Limit = TransportLimit.Configuration }
            : null;
    }
}
