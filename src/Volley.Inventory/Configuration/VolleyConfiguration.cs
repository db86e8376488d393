using System.Collections.ObjectModel;

namespace Volley.Inventory;

/// <summary>The content of one configuration file, or of several combined.</summary>
public sealed record VolleyConfiguration
{
    /// <summary>A configuration without any content.</summary>
    public static VolleyConfiguration Empty { get; } = new();

    /// <summary>The files that were read, the one with the highest precedence first.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The values of options (<c>defaults</c>), by the long name of the option.</summary>
    public IReadOnlyDictionary<string, ConfiguredOption> Defaults { get; init; } = ReadOnlyDictionary<string, ConfiguredOption>.Empty;

    /// <summary>The values of options of each profile.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, ConfiguredOption>> Profiles { get; init; } =
        ReadOnlyDictionary<string, IReadOnlyDictionary<string, ConfiguredOption>>.Empty;

    /// <summary>The clusters.</summary>
    public IReadOnlyDictionary<string, ConfiguredCluster> Clusters { get; init; } = ReadOnlyDictionary<string, ConfiguredCluster>.Empty;

    /// <summary>The paths of Ansible inventories, which may be executables.</summary>
    public IReadOnlyList<ConfiguredInventory> Inventories { get; init; } = [];

    /// <summary>The name of the default source (<c>groups: default_source</c>), or null.</summary>
    public string? DefaultSource { get; init; }

    /// <summary>The kinds of sources in the order in which a group is looked up (<c>groups: order</c>), or null for the built-in order.</summary>
    public IReadOnlyList<string>? SourceOrder { get; init; }

    /// <summary>The kinds of sources that are switched off (<c>groups: disabled</c>).</summary>
    public IReadOnlyList<string> DisabledSources { get; init; } = [];

    /// <summary>The number of hosts above which <c>--confirm</c> asks for their number, or null for 100.</summary>
    public int? ConfirmAbove { get; init; }

    /// <summary>Where <c>inventories</c>, <c>confirm_above</c> and the keys of <c>groups</c>, such as <c>groups.order</c>, are stated.</summary>
    public IReadOnlyDictionary<string, FilePlace> Places { get; init; } = ReadOnlyDictionary<string, FilePlace>.Empty;

    /// <summary>What was read and has no effect, such as bssh's settings of interactive sessions.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Returns this configuration completed by one of lower precedence.</summary>
    /// <param name="lower">The configuration of lower precedence.</param>
    public VolleyConfiguration CompletedBy(VolleyConfiguration lower)
    {
        ArgumentNullException.ThrowIfNull(lower);
        return new()
        {
            Files = [.. Files, .. lower.Files],
            Defaults = Merge(Defaults, lower.Defaults),
            Profiles = Merge(Profiles, lower.Profiles),
            Clusters = Merge(Clusters, lower.Clusters),
            Inventories = [.. Inventories, .. lower.Inventories],
            DefaultSource = DefaultSource ?? lower.DefaultSource,
            SourceOrder = SourceOrder ?? lower.SourceOrder,
            DisabledSources = [.. DisabledSources.Union(lower.DisabledSources)],
            ConfirmAbove = ConfirmAbove ?? lower.ConfirmAbove,
            Places = Merge(Places, lower.Places),
            Warnings = [.. Warnings, .. lower.Warnings],
        };
    }

    private static ReadOnlyDictionary<string, T> Merge<T>(IReadOnlyDictionary<string, T> higher, IReadOnlyDictionary<string, T> lower)
    {
        var merged = new Dictionary<string, T>(lower);
        foreach ((string key, T value) in higher)
            merged[key] = value;
        return merged.AsReadOnly();
    }
}

/// <summary>The value of an option, and where it is stated.</summary>
/// <param name="Values">The values; several if the file has a list.</param>
/// <param name="Place">The file and line.</param>
public sealed record ConfiguredOption(IReadOnlyList<string> Values, FilePlace Place);

/// <summary>An Ansible inventory.</summary>
/// <param name="Path">The file or directory.</param>
/// <param name="Place">The file and line that name it.</param>
public sealed record ConfiguredInventory(string Path, FilePlace Place);

/// <summary>A cluster.</summary>
/// <param name="Name">The name.</param>
/// <param name="Nodes">The nodes.</param>
/// <param name="Defaults">The values of options for the cluster, by the long name of the option.</param>
/// <param name="Place">The file and line.</param>
public sealed record ConfiguredCluster(
    string Name, IReadOnlyList<ConfiguredNode> Nodes, IReadOnlyDictionary<string, ConfiguredOption> Defaults, FilePlace Place)
{
    /// <summary>The relays that run commands at the nodes, or null if the cluster names none. It becomes an attribute of each node that has none of its own.</summary>
    public string? Relay { get; init; }
}

/// <summary>Nodes of a cluster.</summary>
/// <param name="Hosts">The hosts, as an expression.</param>
/// <param name="Place">The file and line.</param>
public sealed record ConfiguredNode(string Hosts, FilePlace Place)
{
    /// <summary>The login name, or null for that of the cluster.</summary>
    public string? User { get; init; }

    /// <summary>The port, or null for that of the cluster.</summary>
    public int? Port { get; init; }

    /// <summary>The jump hosts, an empty text for none, or null for those of the cluster.</summary>
    public string? Jump { get; init; }

    /// <summary>The attributes.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
