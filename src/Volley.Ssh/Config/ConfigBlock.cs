namespace Volley.Ssh.Config;

/// <summary>A parsed file: its blocks in order. The first has no condition.</summary>
/// <param name="Blocks">The blocks.</param>
internal sealed record ConfigFile(IReadOnlyList<ConfigBlock> Blocks)
{
    public static ConfigFile Empty { get; } = new([]);

    /// <summary>True if a line in it concerns hosts to which its block does not apply.</summary>
    public bool ConcernsEveryHost { get; } = Blocks.Any(block => block.ConcernsEveryHost);

    /// <summary>True if the configuration is to be read again with the resolved host name.</summary>
    public bool WantsFinalPass { get; } = Blocks.Any(block => block.WantsFinalPass);

    /// <summary>Reads the file for a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="applies">False if the file is included by a block that does not apply: then none of its blocks does.</param>
    public void Apply(HostDraft host, bool applies)
    {
        foreach (var block in Blocks)
            block.Apply(host, applies);
    }
}

/// <summary>The lines from a Host or Match line to the next.</summary>
internal sealed class ConfigBlock(BlockCondition? condition)
{
    private readonly List<ConfigItem> _items = [];

    public bool ConcernsEveryHost { get; private set; } = condition is MatchCondition { Unsupported: not null };

    public bool WantsFinalPass { get; private set; } = condition is MatchCondition { WantsFinalPass: true };

    public void Add(ConfigItem item)
    {
        _items.Add(item);
        ConcernsEveryHost |= item is UnknownItem or IncludeItem { ConcernsEveryHost: true };
        WantsFinalPass |= item is IncludeItem { WantsFinalPass: true };
    }

    public void Apply(HostDraft host, bool applies)
    {
        bool active = applies && (condition is null || condition.Judge(host) == Verdict.Yes);
        if (!active && !ConcernsEveryHost)
            return;
        foreach (var item in _items)
            item.Apply(host, active);
    }
}

/// <summary>A line of a block.</summary>
internal abstract class ConfigItem
{
    public abstract void Apply(HostDraft host, bool active);
}

/// <summary>A directive that we know, its arguments read.</summary>
internal sealed class DirectiveItem(Action<HostDraft> apply) : ConfigItem
{
    public override void Apply(HostDraft host, bool active)
    {
        if (active)
            apply(host);
    }
}

/// <summary>What we do not know: ssh refuses the whole configuration, unless it knows it or IgnoreUnknown covers it.</summary>
internal sealed class UnknownItem(string what, string? keyword, ConfigPlace place) : ConfigItem
{
    public override void Apply(HostDraft host, bool active)
    {
        if (keyword is null || host.IgnoreUnknown.Value is not { } ignored || !PatternList.MatchesHost(keyword, ignored))
            host.AddReason(what, place);
    }
}

/// <summary>Files that are read in place of an Include line.</summary>
internal sealed class IncludeItem(IReadOnlyList<ConfigFile> files) : ConfigItem
{
    public bool ConcernsEveryHost { get; } = files.Any(file => file.ConcernsEveryHost);

    public bool WantsFinalPass { get; } = files.Any(file => file.WantsFinalPass);

    public override void Apply(HostDraft host, bool active)
    {
        foreach (var file in files)
            file.Apply(host, active);
    }
}
