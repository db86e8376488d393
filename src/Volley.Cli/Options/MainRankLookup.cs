using System.Collections.Immutable;

namespace Volley.Cli.Options;

/// <summary>Finds the target that is rank 0 of a distributed job: its exit code is the run's.</summary>
internal static class MainRankLookup
{
    /// <summary>Returns the index of the target with the given label, name or host, in this order of preference; null if there is none.</summary>
    public static int? Find(ImmutableArray<Target> targets, string name) =>
        (targets.FirstOrDefault(t => t.Label == name)
            ?? targets.FirstOrDefault(t => t.Name == name)
            ?? targets.FirstOrDefault(t => t.Host.Equals(name, StringComparison.OrdinalIgnoreCase)))?.Index;

    /// <summary>
    /// Returns the index that the environment suggests, else 0. Backend.AI sets two variables in a cluster session: if
    /// <c>BACKENDAI_CLUSTER_ROLE</c> is <c>main</c>, in any case, the main rank is the target named by <c>BACKENDAI_CLUSTER_HOST</c>.
    /// </summary>
    /// <param name="targets">The targets of the plan.</param>
    /// <param name="variable">Looks up an environment variable.</param>
    public static int FromEnvironment(ImmutableArray<Target> targets, Func<string, string?> variable)
    {
        var isMain = string.Equals(variable("BACKENDAI_CLUSTER_ROLE"), "main", StringComparison.OrdinalIgnoreCase);
        return isMain && variable("BACKENDAI_CLUSTER_HOST") is { Length: > 0 } host ? Find(targets, host) ?? 0 : 0;
    }
}
