using Volley.Ssh.Config.Keywords;

namespace Volley.Ssh.Config.Resolving;

/// <summary>A block: the lines from one Host or Match line to the next.</summary>
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
