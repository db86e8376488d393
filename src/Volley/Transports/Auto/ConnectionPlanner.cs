using System.Globalization;
using Volley.Ssh;
using Volley.Transports.Native;

namespace Volley.Transports.Auto;

/// <summary>Tells how targets are going to be connected to, by their configuration. No host is contacted, and no name is looked up.</summary>
/// <remarks>Agents are not asked, so a login that only ssh can try may still change the transport during the run.</remarks>
/// <param name="options">How to connect.</param>
internal sealed class ConnectionPlanner(SshOptions options) : IDisposable
{
    private readonly SshConfiguration _configuration = new(options ?? throw new ArgumentNullException(nameof(options)));

    /// <summary>Returns how a target is going to be connected to.</summary>
    /// <param name="target">The target.</param>
    /// <param name="usesOpenSsh">Whether the system's ssh or SSH in this process is to be used; null for the choice of <see cref="AutoTransport"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async ValueTask<PlannedConnection> PlanAsync(Target target, bool? usesOpenSsh = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        SshRoute route;
        try
        {
            route = await _configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            return new(usesOpenSsh ?? true, target.Name, failure.Message);
        }

        var reason = await FindReasonAsync(target, route, usesOpenSsh, cancellationToken).ConfigureAwait(false);
        var hops = GetJumpHosts(route);
        return new(usesOpenSsh ?? reason is not null, Describe(route, hops), reason)
        {
            Address = GetAddress(route),
            JumpAddresses = [.. hops.Select(GetAddress), .. await FindProxiesAsync([.. hops, route], cancellationToken).ConfigureAwait(false)],
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _configuration.Context.Dispose();

    private async ValueTask<string?> FindReasonAsync(Target target, SshRoute route, bool? usesOpenSsh, CancellationToken cancellationToken)
    {
        if (usesOpenSsh == true)
            return null;
        if (usesOpenSsh is null && options.Keep is not null)
            return "connections that are kept are made by ssh";
        if (usesOpenSsh is null && options.Reuse && route.ControlSocket is { } socket)
            return $"control master {socket}";
        try
        {
            await _configuration.GetNativeRouteAsync(target, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TransportException failure)
        {
            return failure.Message;
        }
    }

    /// <summary>Returns the jump hosts in the order in which they are connected to.</summary>
    private static List<SshRoute> GetJumpHosts(SshRoute route)
    {
        var hops = new List<SshRoute>();
        for (var hop = route.Via; hop is not null; hop = hop.Via)
            hops.Insert(0, hop);
        return hops;
    }

    /// <summary>Returns the addresses that ProxyCommand may connect through, if it runs ssh: those of its words which are no options.</summary>
    private async ValueTask<List<string>> FindProxiesAsync(IReadOnlyList<SshRoute> routes, CancellationToken cancellationToken)
    {
        var addresses = new List<string>();
        foreach (var command in routes.Select(route => route.Settings?.ProxyCommand).OfType<string>())
        {
            string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words.Any(word => Path.GetFileName(word) == "ssh"))
                continue;
            foreach (var word in words.Where(word => word[0] != '-' && !word.Contains('%', StringComparison.Ordinal)))
            {
                if (Target.TryParse(word, out var proxy))
                    addresses.Add(await FindAddressAsync(proxy, cancellationToken).ConfigureAwait(false));
            }
        }

        return addresses;
    }

    /// <summary>Returns the address of a host; the host as it is written if its configuration can't be read.</summary>
    private async ValueTask<string> FindAddressAsync(Target host, CancellationToken cancellationToken)
    {
        try
        {
            return GetAddress(await _configuration.GetRouteAsync(host, cancellationToken).ConfigureAwait(false));
        }
        catch (TransportException)
        {
            return host.Name;
        }
    }

    /// <summary>Returns the login, and the jump hosts.</summary>
    private static string Describe(SshRoute route, List<SshRoute> hops) =>
        hops.Count == 0 ? DescribeLogin(route) : $"{DescribeLogin(route)} via {string.Join(',', hops.Select(DescribeLogin))}";

    private static string GetAddress(SshRoute route) => route.Settings is { } settings
        ? string.Create(CultureInfo.InvariantCulture, $"{Bracket(settings.HostName)}:{settings.Port}")
        : route.Host.ToString();

    private static string DescribeLogin(SshRoute route) => route.Settings is { } settings
        ? string.Create(CultureInfo.InvariantCulture, $"{settings.User}@{Bracket(settings.HostName)}:{settings.Port}")
        : route.Host.ToString();

    private static string Bracket(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
}
