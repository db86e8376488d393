using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Volley.Hosts;

/// <summary>Assigns each target a label that is unique in the plan and as short as possible.</summary>
/// <remarks>Labels that differ only in case count as equal, because output files are named after them.</remarks>
internal sealed class TargetLabels
{
    private readonly Dictionary<string, HostName?> _agreedByHost = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _copiesByLabel = new(StringComparer.OrdinalIgnoreCase);

    public static ImmutableArray<Target> ToTargets(ImmutableArray<HostName> names)
    {
        var labels = new TargetLabels();
        foreach (HostName name in names)
            labels.Compare(name);
        var targets = ImmutableArray.CreateBuilder<Target>(names.Length);
        foreach (HostName name in names)
            targets.Add(labels.Label(targets.Count, name));
        return targets.MoveToImmutable();
    }

    // Null marks a host whose targets differ in user or port.
    private void Compare(HostName name)
    {
        ref HostName? agreed = ref CollectionsMarshal.GetValueRefOrAddDefault(_agreedByHost, name.Host, out bool exists);
        if (!exists)
            agreed = name;
        else if (agreed is not null && (agreed.User != name.User || agreed.Port != name.Port))
            agreed = null;
    }

    private Target Label(int index, HostName name)
    {
        string whole = name.ToString();
        string label = _agreedByHost[name.Host] is null ? whole : (name with { User = null, Port = null }).ToString();
        return new(index, whole) { Host = name.Host, Port = name.Port, User = name.User, Label = MakeUnique(label) };
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
