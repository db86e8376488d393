using Volley.Ssh;

namespace Volley.Transports.Native;

/// <summary>Looks up the routes to targets that can be reached natively.</summary>
internal sealed class RouteTable(SshConfiguration configuration)
{
    /// <summary>Reads the configuration, unless it was read before.</summary>
    /// <exception cref="TransportException">The configuration is invalid.</exception>
    public void Read()
    {
        try
        {
            configuration.Read();
        }
        catch (SshConfigException failure)
        {
            throw Unreadable(failure);
        }
    }

    /// <summary>Returns the route to a target.</summary>
    /// <exception cref="TransportException">The configuration needs a feature that only ssh has, is invalid, or takes too long to look up.</exception>
    public async ValueTask<Route> GetAsync(Target target, CancellationToken cancellationToken)
    {
        var route = await configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
        for (var host = route; host is not null; host = host.Via)
        {
            if (WhyNot(host) is { } failure)
                throw host == route ? failure : failure.Rephrased($"jump host {route.Via!.Name}: {failure.Message}");
        }

        return Convert(route);
    }

    /// <summary>Returns the settings of a target and its jump hosts; none if the target can't be reached natively.</summary>
    /// <exception cref="TransportException">The look-up takes too long.</exception>
    public async ValueTask<IReadOnlyList<SshHostSettings>> TryGetAllAsync(Target target, CancellationToken cancellationToken)
    {
        List<SshHostSettings> all = [];
        try
        {
            for (var route = await GetAsync(target, cancellationToken).ConfigureAwait(false); route is not null; route = route.Before)
                all.Add(route.Settings);
        }
        catch (TransportException failure) when (failure.Outcome != NodeOutcome.ConnectTimedOut)
        {
            // Connecting to the target reports the error.
        }

        return all;
    }

    private static Route Convert(SshRoute route) => new(route.Name, route.Settings!, route.Via is null ? null : Convert(route.Via));

    private static TransportException? WhyNot(SshRoute host)
    {
        if (host.Failure is { } failure)
            return failure.InnerException is SshConfigException invalid ? Unreadable(invalid) : ConnectFailure.Convert(failure);
        return host.Settings?.UnsupportedReason is { } reason
            ? new(NodeOutcome.ConnectFailed, $"the native transport does not support the configuration: {reason}") { Limit = TransportLimit.Configuration }
            : null;
    }

    private static TransportException Unreadable(SshConfigException failure) =>
        new(NodeOutcome.ConnectFailed, failure.Message, failure) { Limit = TransportLimit.UnreadableConfiguration };
}
