using System.Collections.Immutable;
using Volley.Inventory.Expressions;

namespace Volley.Inventory;

/// <summary>One evaluation of an expression: resolves the groups in it, and the groups in their definitions.</summary>
public sealed class HostLookup
{
    private const int MaxDepth = 50;

    private readonly HostSources _sources;
    private readonly IHostSource? _current;
    private readonly ImmutableList<string> _path;

    internal HostLookup(HostSources sources, CancellationToken cancellationToken) : this(sources, null, [], cancellationToken)
    {
    }

    private HostLookup(HostSources sources, IHostSource? current, ImmutableList<string> path, CancellationToken cancellationToken)
    {
        _sources = sources;
        _current = current;
        _path = path;
        CancellationToken = cancellationToken;
    }

    /// <summary>Cancels the evaluation.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Evaluates an expression in the definition of a group. White space separates items like a comma.</summary>
    /// <remarks>A group without a source is looked up in the source that holds the definition.</remarks>
    /// <param name="text">The expression, or a text without items for no hosts.</param>
    /// <param name="origin">The file and line of the text, for errors.</param>
    /// <exception cref="HostListException">The expression is invalid, or a group in it is unknown.</exception>
    /// <exception cref="HostSourceException">A source that the expression names can't be read.</exception>
    public async ValueTask<IReadOnlyList<KnownHost>> ExpandAsync(string text, string origin)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExcept(" \t\r\n,"))
            return [];
        MemberSet result = await HostExpression.ParseLine(text, origin).EvaluateCoreAsync(this, files: null, known: null).ConfigureAwait(false);
        return result.Hosts;
    }

    /// <summary>Returns a lookup for definitions of a source.</summary>
    internal HostLookup Enter(IHostSource source) => new(_sources, source, _path, CancellationToken);

    /// <summary>Returns the members of a group, as a set.</summary>
    internal async ValueTask<IReadOnlyList<KnownHost>> ResolveAsync(GroupOperand group, ExpressionSource text)
    {
        List<string> names = GroupName.Expand(text, group.Start, group.Group!);
        IHostSource? source = await FindSourceAsync(group.Source, group.Start, text).ConfigureAwait(false);
        var found = new List<KnownHost>();
        bool isQualified = group.Source is not null || _current is not null;
        for (int i = 0; i < names.Count; i++)
        {
            // All hosts are those of the default source: where that fails, no other source stands in for it.
            bool isOnlyThere = isQualified || names[i] == "*";
            IReadOnlyList<KnownHost>? members = source is null ? null
                : isOnlyThere ? await GetMembersAsync(source, names[i], group.Start, text).ConfigureAwait(false)
                : await _sources.TryAsync(() => GetMembersAsync(source, names[i], group.Start, text)).ConfigureAwait(false);
            // Not in the default source: the others are asked in their order. The one that has the first name of a range must have all.
            if (members is null && (source is null || !isOnlyThere) && i == 0)
                (source, members) = await SearchAsync(names[i], group, text).ConfigureAwait(false);
            found.AddRange(members ?? throw await UnknownAsync(names[i], [source!], group, text).ConfigureAwait(false));
        }
        if (found.Count > 0)
            return found;
        throw names is ["*"] && source!.ListObstacle is { } obstacle ? CantList(source, "hosts", obstacle, group.Start, text)
            : text.Error(group.Start, $"the group {GroupName.Show(group.Source, group.Group!)} is empty"
                + $" in the source '{source!.Name}' ({source.Location}); name another group");
    }

    /// <summary>Returns the names of all groups of a source, as hosts.</summary>
    internal async ValueTask<IReadOnlyList<KnownHost>> GetGroupNamesAsync(GroupOperand group, ExpressionSource text)
    {
        IHostSource? source = await FindSourceAsync(group.Source, group.Start, text).ConfigureAwait(false);
        source ??= await _sources.FindFirstAsync(CancellationToken).ConfigureAwait(false) ?? throw NoSource(group.Start, text);
        IReadOnlyList<string> names = await source.GetGroupsAsync(CancellationToken).ConfigureAwait(false);
        if (names.Count == 0)
        {
            throw source.ListObstacle is { } obstacle ? CantList(source, "groups", obstacle, group.Start, text)
                : text.Error(group.Start, $"the source '{source.Name}' ({source.Location}) has no groups; name hosts, or another source");
        }
        var hosts = new List<KnownHost>();
        foreach (string name in names)
        {
            try
            {
                hosts.AddRange(HostList.Parse(name).Select(host => new KnownHost(host) { Origin = new(source.Name, "*") }));
            }
            catch (HostListException)
            {
                throw text.Error(group.Start, $"the group '{name}' of the source '{source.Name}' is no valid host name; name groups one by one");
            }
        }
        return hosts;
    }

    /// <summary>Returns all known hosts: those of the current source, of the default one, or of the first that has any.</summary>
    internal async ValueTask<IReadOnlyList<KnownHost>> GetKnownHostsAsync(int position, ExpressionSource text)
    {
        IHostSource? source = await FindSourceAsync(name: null, position, text).ConfigureAwait(false);
        if (source is not null)
            return await GetMembersAsync(source, "*", position, text).ConfigureAwait(false) ?? [];
        await foreach (IHostSource candidate in _sources.OpenEachAsync(CancellationToken).ConfigureAwait(false))
        {
            if (await GetAllOrNullAsync(candidate, position, text).ConfigureAwait(false) is { Count: > 0 } hosts)
                return hosts;
        }
        throw NoSource(position, text);
    }

    /// <summary>Returns the source of a name, else the one that holds the definition, else the default one; null for a search in all of them.</summary>
    private async ValueTask<IHostSource?> FindSourceAsync(string? name, int position, ExpressionSource text) => name is not null
        ? await _sources.FindAsync(name, position, text, CancellationToken).ConfigureAwait(false)
        : _current ?? await _sources.FindDefaultAsync(position, text, CancellationToken).ConfigureAwait(false);

    private async ValueTask<(IHostSource Source, IReadOnlyList<KnownHost> Members)> SearchAsync(string name, GroupOperand group, ExpressionSource text)
    {
        var candidates = new List<IHostSource>();
        await foreach (IHostSource candidate in _sources.OpenEachAsync(CancellationToken).ConfigureAwait(false))
        {
            candidates.Add(candidate);
            IReadOnlyList<KnownHost>? members = name == "*" ? await GetAllOrNullAsync(candidate, group.Start, text).ConfigureAwait(false)
                : await _sources.TryAsync(() => GetMembersAsync(candidate, name, group.Start, text)).ConfigureAwait(false);
            if (members is { Count: > 0 } || (members is not null && name != "*"))
                return (candidate, members);
        }
        throw name == "*" ? NoSource(group.Start, text) : await UnknownAsync(name, candidates, group, text).ConfigureAwait(false);
    }

    /// <summary>Returns all hosts of a source, or null if it fails. A default source that is stated for its kind must not fail: no other one stands in for it.</summary>
    private ValueTask<IReadOnlyList<KnownHost>?> GetAllOrNullAsync(IHostSource source, int position, ExpressionSource text) => _sources.IsStatedDefault(source)
        ? GetMembersAsync(source, "*", position, text)
        : _sources.TryAsync(() => GetMembersAsync(source, "*", position, text));

    /// <summary>Returns the members of a group of one source, null if it does not have the group. Errors are at a position of a text.</summary>
    private async ValueTask<IReadOnlyList<KnownHost>?> GetMembersAsync(IHostSource source, string name, int position, ExpressionSource text)
    {
        string step = GroupName.Show(source.Name, name);
        if (_path.Contains(step))
        {
            string cycle = string.Join(" -> ", _path.SkipWhile(other => other != step).Append(step));
            throw text.Error(position, $"the group {step} contains itself: {cycle}; remove it from its own members");
        }
        if (_path.Count == MaxDepth)
            throw text.Error(position, $"groups are nested more than {MaxDepth} deep; name the hosts in fewer steps");
        var inner = new HostLookup(_sources, source, _path.Add(step), CancellationToken);
        if (name == "*")
            return WithOrigin(await source.GetAllAsync(inner).ConfigureAwait(false), source, name);
        if (!GroupName.HasWildcards(name))
            return await source.LookupAsync(name, inner).ConfigureAwait(false) is { } members ? WithOrigin(members, source, name) : null;
        TextPattern pattern = TextPattern.Create(name);
        var found = new List<KnownHost>();
        bool isKnown = false;
        foreach (string group in await source.GetGroupsAsync(CancellationToken).ConfigureAwait(false))
        {
            if (!pattern.IsMatch(group))
                continue;
            isKnown = true;
            found.AddRange(await GetMembersAsync(source, group, position, text).ConfigureAwait(false) ?? []);
        }
        return isKnown ? found : null;
    }

    private static List<KnownHost> WithOrigin(IReadOnlyList<KnownHost> hosts, IHostSource source, string group)
    {
        var origin = new HostOrigin(source.Name, group);
        return [.. hosts.Select(host => host with { Origin = origin, SourceUser = host.Name.User, SourcePort = host.Name.Port })];
    }

    private static HostListException CantList(IHostSource source, string members, string obstacle, int position, ExpressionSource text) =>
        text.Error(position, $"the source '{source.Name}' can't list its {members}: {obstacle}; name a group, as in @{source.Name}:GROUP");

    private HostListException NoSource(int position, ExpressionSource text) =>
        text.Error(position, $"no source of groups has any hosts{_sources.DescribeDisabled()}{_sources.DescribeFailures()}; name the hosts, or define groups");

    private async ValueTask<HostListException> UnknownAsync(string name, List<IHostSource> tried, GroupOperand group, ExpressionSource text)
    {
        var names = new List<string>();
        foreach (IHostSource source in tried)
        {
            names.AddRange(await _sources.TryAsync<IReadOnlyList<string>>(
                async () => await source.GetGroupsAsync(CancellationToken).ConfigureAwait(false)).ConfigureAwait(false) ?? []);
        }
        string hint = Spelling.FindClosest(name, names.Where(other => other != name)) is { } similar
            ? $"did you mean {GroupName.Show(group.Source, similar)}?"
            : tried is [{ ListObstacle: { } obstacle } only] && GroupName.HasWildcards(name) ? $"'{only.Name}' can't list its groups: {obstacle}"
            : "list the groups with: volley list";
        string where = tried.Count == 0 ? "there is no source of groups" : $"not in {string.Join(", ", tried.Select(source => source.Name))}";
        string others = _sources.DescribeDisabled() + _sources.DescribeFailures();
        return text.Error(group.Start, $"unknown group {GroupName.Show(group.Source, name)} ({where}{others}); {hint}");
    }
}
