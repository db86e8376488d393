using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Volley.Hosts;

/// <summary>Assigns each target a label that is unique in the plan and as short as possible.</summary>
/// <remarks>Labels that differ only in case count as equal, because output files are named after them.</remarks>
internal sealed class TargetLabels
{
    private static int _lastSet;

    private readonly Dictionary<string, Target?> _agreedByHost = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _copiesByLabel = new(StringComparer.OrdinalIgnoreCase);

    public static ImmutableArray<Target> ToTargets(ImmutableArray<Target> hosts)
    {
        var labels = new TargetLabels();
        foreach (Target host in hosts)
            labels.Compare(host);
        int set = Interlocked.Increment(ref _lastSet);
        var targets = ImmutableArray.CreateBuilder<Target>(hosts.Length);
        foreach (Target host in hosts)
            targets.Add(labels.Label(targets.Count, host, set));
        return targets.MoveToImmutable();
    }

    /// <summary>Returns the targets with the indices of their positions and unique labels. Targets that have these are not copied.</summary>
    /// <exception cref="ArgumentException">A target is null.</exception>
    public static ImmutableArray<Target> ForPlan(IEnumerable<Target> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (targets is ImmutableArray<Target> { IsDefault: true })
            throw new ArgumentException("the array is default", nameof(targets));
        ImmutableArray<Target> given = targets is ImmutableArray<Target> array ? array : [.. targets];
        if (given.Contains(null!, ReferenceEqualityComparer.Instance))
            throw new ArgumentException("a target is null", nameof(targets));
        bool areOfOneList = AreOfOneList(given);
        // The indices of one list ascend, so they are all those of the positions if the last one is.
        if (areOfOneList && (given.IsEmpty || given[^1].Index == given.Length - 1))
            return given;
        TargetLabels? labels = areOfOneList ? null : new();
        var numbered = ImmutableArray.CreateBuilder<Target>(given.Length);
        foreach (Target target in given)
            numbered.Add(Number(target, numbered.Count, labels));
        return numbered.MoveToImmutable();
    }

    // Labels of one list are unique. A target that is there twice, or out of order, is found by its index.
    private static bool AreOfOneList(ImmutableArray<Target> targets)
    {
        if (targets.IsEmpty)
            return true;
        int set = targets[0].LabelSet;
        int last = -1;
        foreach (Target target in targets)
        {
            if (set == 0 || target.LabelSet != set || target.Index <= last)
                return false;
            last = target.Index;
        }
        return true;
    }

    private static Target Number(Target target, int index, TargetLabels? labels)
    {
        string? label = labels?.MakeUnique(target.Label);
        if (label is not null && label != target.Label)
            return target with { Label = label, Index = index };
        return target.Index == index ? target : target with { Index = index, LabelSet = 0 };
    }

    // Null marks a host whose targets differ in user or port.
    private void Compare(Target host)
    {
        ref Target? agreed = ref CollectionsMarshal.GetValueRefOrAddDefault(_agreedByHost, host.Host, out bool exists);
        if (!exists)
            agreed = host;
        else if (agreed is not null && (agreed.User != host.User || agreed.Port != host.Port))
            agreed = null;
    }

    private Target Label(int index, Target host, int set)
    {
        bool isWhole = host.HasLabel || (host.User is null && host.Port is null) || _agreedByHost[host.Host] is null;
        string label = isWhole ? host.Label : Target.Format(null, host.Host, null);
        return host with { Label = MakeUnique(label), Index = index, LabelSet = set };
    }

    private string MakeUnique(string label)
    {
        if (_copiesByLabel.TryAdd(label, 1))
            return label;
        int copies = _copiesByLabel[label];
        string numbered;
        do
            numbered = $"{label}#{++copies}";
        while (!_copiesByLabel.TryAdd(numbered, 1));
        _copiesByLabel[label] = copies;
        return numbered;
    }
}
