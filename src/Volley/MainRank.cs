using System.Collections.Immutable;
using Volley.Targets;

namespace Volley;

/// <summary>Which target is rank 0 of a distributed job, the one whose exit code speaks for the run.</summary>
public static class MainRank
{
    /// <summary>The index of the target that a user named, by label, name or host; null where none is called so.</summary>
    public static int? Find(ImmutableArray<Target> targets, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return (targets.FirstOrDefault(t => t.Label == name)
            ?? targets.FirstOrDefault(t => t.Name == name)
            ?? targets.FirstOrDefault(t => t.Host.Equals(name, StringComparison.OrdinalIgnoreCase)))?.Index;
    }

    /// <summary>
    /// The index that the environment suggests: the target whose host is <c>BACKENDAI_CLUSTER_HOST</c> when
    /// <c>BACKENDAI_CLUSTER_ROLE</c> is <c>main</c> in any case (Backend.AI sets both in a cluster session), else the first.
    /// </summary>
    /// <param name="targets">The targets of the plan.</param>
    /// <param name="variable">Looks up an environment variable.</param>
    public static int FromEnvironment(ImmutableArray<Target> targets, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var isMain = string.Equals(variable("BACKENDAI_CLUSTER_ROLE"), "main", StringComparison.OrdinalIgnoreCase);
        return isMain && variable("BACKENDAI_CLUSTER_HOST") is { Length: > 0 } host ? Find(targets, host) ?? 0 : 0;
    }
}
