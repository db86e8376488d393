using Volley.Ssh;

namespace Volley.Transports.Native;

/// <summary>Looks up the routes to hosts in the configuration, which is read once per run.</summary>
internal sealed class RouteTable(SshConfiguration configuration)
{
    /// <summary>The largest number of jump hosts. A configuration whose jump host leads through itself would never end.</summary>
    private const int MostHops = 16;

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
    public ValueTask<Route> GetAsync(Target target, CancellationToken cancellationToken) => configuration.LookUpAsync(() => Get(target), cancellationToken);

    private Route Get(Target target) => Get(target.Label, () => configuration.Of(target), hops: 0);

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

    private Route Get(string label, Func<SshHostSettings> resolve, int hops)
    {
        var settings = Resolve(resolve);
        if ((settings.IsPlain ? Algorithms.WhyNone(settings) : string.Join(", ", settings.NotPlainBecause)) is { } reason)
        {
            throw new TransportException(NodeOutcome.ConnectFailed, $"the native transport can't do what is configured: {reason}")
            {
                Limit = TransportLimit.Configuration,
            };
        }

        if (settings.ProxyJump is not [.., var last])
            return new Route(label, settings, Before: null);
        if (hops == MostHops)
            throw new TransportException(NodeOutcome.ConnectFailed, $"jump host {last}: the way to it has more than {MostHops} hops, or leads through itself");
        // As in ssh, the command line applies to the target alone, and each hop is reached through the hops before it.
        var before = settings.ProxyJump.Length > 1 ? string.Join(',', settings.ProxyJump[..^1]) : null;
        try
        {
            return new Route(label, settings, Get(last.ToString(), () => configuration.OfHop(last.Host, last.User, last.Port, before), hops + 1));
        }
        catch (TransportException failure) when (hops == 0)
        {
            throw failure.Rephrased($"jump host {last}: {failure.Message}");
        }
    }

    private static SshHostSettings Resolve(Func<SshHostSettings> resolve)
    {
        try
        {
            return resolve();
        }
        catch (SshConfigException failure)
        {
            throw Unreadable(failure);
        }
    }

    private static TransportException Unreadable(SshConfigException failure) =>
        new(NodeOutcome.ConnectFailed, failure.Message, failure) { Limit = TransportLimit.UnreadableConfiguration };
}
