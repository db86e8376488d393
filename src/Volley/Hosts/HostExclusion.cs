using System.Collections.Immutable;
using Volley.Hosts.Parsing;

namespace Volley.Hosts;

/// <summary>The hosts to exclude from a list: names, which are looked up, and patterns with wildcards, which are matched against every name.</summary>
internal sealed class HostExclusion
{
    private readonly List<(string Text, ImmutableArray<HostName> Names, HostPattern[] Patterns)> _items;

    public HostExclusion(IEnumerable<(string Text, List<HostPattern> Patterns)> items) =>
        _items = [.. items.Select(item => (item.Text, NamesOf(item.Patterns), item.Patterns.Where(pattern => pattern.HasWildcards).ToArray()))];

    /// <summary>The names in all items.</summary>
    public ImmutableArray<HostName> Names => [.. _items.SelectMany(item => item.Names)];

    /// <summary>Returns whether a pattern with wildcards excludes the name.</summary>
    public bool Matches(HostName name) => _items.Exists(item => Array.Exists(item.Patterns, pattern => pattern.Matches(name)));

    /// <summary>Returns the items that exclude none of the names.</summary>
    public ImmutableArray<string> Unused(ImmutableArray<HostName> names)
    {
        var named = new HashSet<HostName>(HostList.HostNameComparer.Instance);
        foreach (HostName name in names)
        {
            named.Add(name with { User = null, Port = null });
            named.Add(name with { User = null });
            named.Add(name with { Port = null });
            named.Add(name);
        }
        return
        [
            .. _items
                .Where(item => item.Names.Length + item.Patterns.Length > 0
                    && !item.Names.Any(named.Contains)
                    && !Array.Exists(item.Patterns, pattern => names.Any(pattern.Matches)))
                .Select(item => item.Text),
        ];
    }

    private static ImmutableArray<HostName> NamesOf(List<HostPattern> patterns)
    {
        ImmutableArray<HostName>.Builder names = ImmutableArray.CreateBuilder<HostName>();
        foreach (HostPattern pattern in patterns.Where(pattern => !pattern.HasWildcards))
            pattern.AddTo(names);
        return names.DrainToImmutable();
    }
}
