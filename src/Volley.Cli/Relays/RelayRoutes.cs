using System.Collections.Immutable;
using Volley.Inventory;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>The queue of each target.</summary>
internal static class RelayRoutes
{
    /// <summary>Returns a function with the queue of a target, after a check of all targets.</summary>
    /// <param name="via">The value of <c>--via</c>.</param>
    /// <param name="targets">The targets.</param>
    /// <exception cref="UsageException">The configuration names no relays for a target.</exception>
    public static Func<Target, string> Create(Via via, ImmutableArray<Target> targets)
    {
        switch (via)
        {
            case Via.Relays(var queue):
                return _ => queue;
            case Via.Local:
                return _ => RelayQueues.All;
            default:
                Target[] without = [.. targets.Where(target => !target.Attributes.TryGetValue(KnownHost.RelayAttribute, out var name) || name.Length == 0)];
                if (without.Length > 0)
                {
                    throw new UsageException(
                        $"--via auto: the configuration names no relay for {HostList.Fold(without.Select(target => target.Label))}; "
                        + "state relay: NAME for its cluster, or the attribute relay, or use --via NAME");
                }

                foreach (var target in targets)
                    _ = FindQueue(target);
                return FindQueue;
        }
    }

    private static string FindQueue(Target target)
    {
        var text = target.Attributes[KnownHost.RelayAttribute];
        return Via.TryReadRelays(text)?.Queue ?? throw new UsageException(
            $"--via auto: the relay of {target.Label} is '{text}'; the name of a group, KEY=VALUE or all was expected");
    }
}
