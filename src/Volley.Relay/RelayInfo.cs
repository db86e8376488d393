using System.Collections.Immutable;

namespace Volley.Relay;

/// <summary>A relay that is running, as it has announced itself.</summary>
/// <param name="Id">The name and 8 random characters, new at each start.</param>
/// <param name="Name">The name.</param>
/// <param name="Group">The group that it serves.</param>
public sealed record RelayInfo(string Id, string Name, string Group)
{
    /// <summary>The labels that it serves, too.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The host on which it runs.</summary>
    public string Host { get; init; } = "";

    /// <summary>The version of its program.</summary>
    public string Version { get; init; } = "";

    /// <summary>Whether this program and the relay understand each other.</summary>
    public bool IsCompatible { get; init; }

    /// <summary>The number of targets that it runs.</summary>
    public int Running { get; init; }

    /// <summary>The largest number of targets that it runs at once.</summary>
    public int Capacity { get; init; }

    /// <summary>The time of its start, by its own clock.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>The time at which the server last heard of it. It announces itself every 5 seconds.</summary>
    public DateTimeOffset Seen { get; init; }

    /// <summary>Whether it takes no new targets and ends when its last one has.</summary>
    public bool IsDraining { get; init; }

    /// <summary>The queues that it takes targets from.</summary>
    internal IEnumerable<string> Queues =>
        [Wire.RelayNames.GroupQueue(Group), .. Labels.Select(label => Wire.RelayNames.LabelQueue(label.Key, label.Value)), Wire.RelayNames.AllQueue];
}
