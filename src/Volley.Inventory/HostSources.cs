using System.Runtime.CompilerServices;
using Volley.Inventory.Expressions;

namespace Volley.Inventory;

/// <summary>The sources of groups and known hosts, in the order in which they are consulted.</summary>
/// <remarks>
/// A group with a source (<c>@genders:web</c>) is looked up there. A group without one is looked up in the default source, else in the first source
/// that has it; the members of several sources are never merged. No source is opened before an expression needs it. A source that can't be read is
/// passed over in a search, and reported by <see cref="Failures"/>. The methods are called one at a time.
/// </remarks>
public sealed class HostSources
{
    private readonly List<HostSourceFinder> _finders;
    private readonly Dictionary<HostSourceFinder, FoundSources> _found = [];
    private readonly List<HostSourceException> _failures = [];

    /// <summary>Creates the sources.</summary>
    /// <param name="finders">The finders, in the order in which a group is looked up.</param>
    /// <param name="defaultSource">The name of the default source, or null for the default source of ClusterShell's configuration, if there is one.</param>
    public HostSources(IEnumerable<HostSourceFinder> finders, string? defaultSource = null)
    {
        ArgumentNullException.ThrowIfNull(finders);
        _finders = [.. finders];
        DefaultSource = defaultSource;
    }

    /// <summary>
    /// Returns a source that is only used if an expression names it, or null for an unknown name. It is asked before all other sources.
    /// </summary>
    public Func<string, IHostSource?>? FindNamed { get; init; }

    /// <summary>No sources.</summary>
    public static HostSources None => new([]);

    /// <summary>The name of the default source, or null if none is configured.</summary>
    public string? DefaultSource { get; }

    /// <summary>The line of the configuration that names the default source, or null.</summary>
    internal FilePlace? DefaultSourcePlace { get; init; }

    /// <summary>The failures of the sources that were passed over so far.</summary>
    public IReadOnlyList<HostSourceException> Failures => _failures;

    /// <summary>Opens all sources. Those that can't be read are left out, and reported by <see cref="Failures"/>.</summary>
    /// <param name="cancellationToken">Cancels the search.</param>
    public async ValueTask<IReadOnlyList<IHostSource>> OpenAllAsync(CancellationToken cancellationToken = default)
    {
        var sources = new List<IHostSource>();
        await foreach (IHostSource source in OpenEachAsync(cancellationToken).ConfigureAwait(false))
            sources.Add(source);
        return sources;
    }

    /// <summary>Opens the sources one by one, as the caller asks for them.</summary>
    internal async IAsyncEnumerable<IHostSource> OpenEachAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = new HashSet<string>();
        foreach (HostSourceFinder finder in _finders)
        {
            foreach (IHostSource source in (await TryOpenAsync(finder, cancellationToken).ConfigureAwait(false))?.Sources ?? [])
            {
                if (names.Add(source.Name))
                    yield return source;
            }
        }
    }

    /// <summary>Reads all sources with their groups. Those that can't be read are listed with their failure, and do not hide the others.</summary>
    /// <param name="isWanted">Returns whether to read the source of a name; null for all.</param>
    /// <param name="cancellationToken">Cancels the lookups.</param>
    public async ValueTask<IReadOnlyList<HostSourceListing>> ListAsync(Predicate<string>? isWanted = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<IHostSource> sources = await OpenAllAsync(cancellationToken).ConfigureAwait(false);
        HostSourceException[] failures = [.. _failures.Where(failure => sources.All(source => source.Name != failure.SourceName))];
        var listings = new List<HostSourceListing>();
        var lookup = new HostLookup(this, cancellationToken);
        foreach (IHostSource source in sources.Where(source => isWanted is null || isWanted(source.Name)))
            listings.Add(await HostSourceListing.ReadAsync(source, lookup.Enter(source)).ConfigureAwait(false));
        foreach (HostSourceException failure in failures.Where(failure => isWanted is null || isWanted(failure.SourceName)))
            listings.Add(new(failure.SourceName, failure.Path ?? "") { Failure = failure.Message });
        return listings;
    }

    /// <summary>
    /// Returns the hosts with their attributes. A host that a group or a wildcard selected has those of its source. A host that was named is looked up in
    /// the sources that selected others, or, if none did, in the default source and then in the first source that knows it.
    /// </summary>
    /// <param name="hosts">The hosts.</param>
    /// <param name="cancellationToken">Cancels the lookups.</param>
    public async ValueTask<IReadOnlyList<KnownHost>> AddAttributesAsync(IReadOnlyList<KnownHost> hosts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        var unknown = hosts.Where(NeedsAttributes).Select(host => host.Name.Host).ToHashSet();
        if (unknown.Count == 0)
            return hosts;
        var attributes = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        var lookup = new HostLookup(this, cancellationToken);
        var selecting = hosts.Select(host => host.Origin?.Source).OfType<string>().ToHashSet();
        await foreach (IHostSource source in OpenPreferredAsync(selecting, cancellationToken).ConfigureAwait(false))
        {
            foreach (KnownHost host in await TryAsync(source, () => source.GetAllAsync(lookup.Enter(source))).ConfigureAwait(false) ?? [])
            {
                if (unknown.Remove(host.Name.Host))
                    attributes.Add(host.Name.Host, host.Attributes);
            }
            if (unknown.Count == 0)
                break;
        }
        return [.. hosts.Select(host => NeedsAttributes(host) && attributes.TryGetValue(host.Name.Host, out var own) ? host with { Attributes = own } : host)];

        static bool NeedsAttributes(KnownHost host) => host.Origin is null && host.Attributes.Count == 0;
    }

    /// <summary>
    /// Returns the groups that a host is in, in the order of the sources. A source that fails is left out, and reported by <see cref="Failures"/>.
    /// </summary>
    /// <param name="host">The host, without user and port.</param>
    /// <param name="cancellationToken">Cancels the lookups.</param>
    public async ValueTask<IReadOnlyList<HostOrigin>> FindGroupsAsync(string host, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        var groups = new List<HostOrigin>();
        var lookup = new HostLookup(this, cancellationToken);
        foreach (IHostSource source in await OpenAllAsync(cancellationToken).ConfigureAwait(false))
        {
            IReadOnlyList<string>? names = await TryAsync(source, () => source.FindGroupsAsync(host, lookup.Enter(source))).ConfigureAwait(false);
            groups.AddRange((names ?? []).Select(name => new HostOrigin(source.Name, name)));
        }
        return groups;
    }

    /// <summary>Returns why there is no source of a name, and what to do.</summary>
    /// <param name="name">The name.</param>
    /// <param name="kind">The term for the source in the message.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public async ValueTask<string> DescribeMissingAsync(string name, string kind = "source", CancellationToken cancellationToken = default)
    {
        IReadOnlyList<IHostSource> sources = await OpenAllAsync(cancellationToken).ConfigureAwait(false);
        if (_found.Values.Select(found => found.Missing.GetValueOrDefault(name)).FirstOrDefault(reason => reason is not null) is { } reason)
            return $"the {kind} '{name}' is not available: {reason}";
        string? similar = Spelling.FindClosest(name, sources.Select(source => source.Name));
        string hint = similar is not null ? $"did you mean '{similar}'?"
            : sources.Count == 0 ? "there are none" : $"the sources are {string.Join(", ", sources.Select(source => source.Name))}";
        return $"unknown {kind} '{name}'{(similar is null ? DescribeDisabled() : "")}{DescribeFailures()}; {hint}";
    }

    /// <summary>Returns the source of a name.</summary>
    internal async ValueTask<IHostSource> FindAsync(
        string name, int position, ExpressionSource text, CancellationToken cancellationToken, string kind = "source")
    {
        if (FindNamed?.Invoke(name) is { } named)
            return named;
        if (name == "last" || !name.AsSpan().ContainsAnyExceptInRange('0', '9'))
            throw text.Error(position, $"the source '{name}' is reserved for results of earlier runs, which are not available here; name a source of groups");
        // The kind of this name is opened first, so that ClusterShell's files are not read for @genders:web or @slurmjob:1.
        foreach (HostSourceFinder finder in _finders.OrderBy(
            finder => finder.Kind == name ? 0 : name.StartsWith(finder.Kind, StringComparison.Ordinal) ? 1 : 2))
        {
            FoundSources? found = await TryOpenAsync(finder, cancellationToken).ConfigureAwait(false);
            if (found?.Sources.FirstOrDefault(source => source.Name == name) is { } source)
                return source;
        }
        string place = name == DefaultSource && DefaultSourcePlace is { } stated ? $"{stated}: " : "";
        throw text.Error(position, place + await DescribeMissingAsync(name, kind, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Returns the default source, or null if none is configured.</summary>
    internal async ValueTask<IHostSource?> FindDefaultAsync(int position, ExpressionSource text, CancellationToken cancellationToken)
    {
        if (DefaultSource is not null)
            return await FindAsync(DefaultSource, position, text, cancellationToken, "default source").ConfigureAwait(false);
        return null;
    }

    /// <summary>Returns whether the configuration of a kind of sources states that a source is its default.</summary>
    internal bool IsStatedDefault(IHostSource source) => _found.Values.Any(found => found.DefaultSource == source.Name && found.Sources.Contains(source));

    /// <summary>Opens the named sources, which are already open, or all of them if none is named, with the default source first.</summary>
    private async IAsyncEnumerable<IHostSource> OpenPreferredAsync(HashSet<string> names, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (names.Count > 0)
        {
            IEnumerable<IHostSource> found = _finders.Where(_found.ContainsKey).SelectMany(finder => _found[finder].Sources);
            foreach (IHostSource source in found.Where(source => names.Contains(source.Name)))
                yield return source;
            yield break;
        }
        IHostSource? first = await FindDefaultAsync(0, new("", null), cancellationToken).ConfigureAwait(false);
        if (first is not null)
            yield return first;
        await foreach (IHostSource source in OpenEachAsync(cancellationToken).ConfigureAwait(false))
        {
            if (source != first)
                yield return source;
        }
    }

    /// <summary>Returns the first source, or null if there is none.</summary>
    internal ValueTask<IHostSource?> FindFirstAsync(CancellationToken cancellationToken) =>
        OpenEachAsync(cancellationToken).FirstOrDefaultAsync(cancellationToken);

    /// <summary>Returns the result of a call to a source, or null if the source fails. The failure is reported by <see cref="Failures"/>.</summary>
    internal async ValueTask<T?> TryAsync<T>(Func<ValueTask<T?>> call) where T : class
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (HostSourceException failure)
        {
            if (!_failures.Exists(other => other.Message == failure.Message))
                _failures.Add(failure);
            return null;
        }
    }

    /// <summary>Returns the result of a call that reads all of a source, or null if the source fails or one of its definitions is invalid.</summary>
    private ValueTask<T?> TryAsync<T>(IHostSource source, Func<ValueTask<T>> call) where T : class => TryAsync<T>(async () =>
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (HostListException error)
        {
            throw new HostSourceException(source.Name, error.Message, source.Location, innerException: error);
        }
    });

    /// <summary>Returns a part of a message that names the sources that failed.</summary>
    internal string DescribeFailures() =>
        _failures.Count == 0 ? "" : $"; can't read {string.Join("; ", _failures.Select(failure => failure.Message))}";

    /// <summary>Returns a part of a message that names the kinds that are switched off.</summary>
    internal string DescribeDisabled()
    {
        string[] kinds = [.. _finders.Where(finder => _found.TryGetValue(finder, out FoundSources? found) && found.IsDisabled).Select(finder => finder.Kind)];
        return kinds.Length == 0 ? "" : $"; switched off: {string.Join(", ", kinds)}";
    }

    private ValueTask<FoundSources?> TryOpenAsync(HostSourceFinder finder, CancellationToken cancellationToken) =>
        TryAsync(async () => (FoundSources?)await OpenAsync(finder, cancellationToken).ConfigureAwait(false));

    private async ValueTask<FoundSources> OpenAsync(HostSourceFinder finder, CancellationToken cancellationToken)
    {
        if (!_found.TryGetValue(finder, out FoundSources? found))
        {
            found = await finder.FindAsync(cancellationToken).ConfigureAwait(false);
            // The default of one kind of sources comes first among them.
            if (found.DefaultSource is { } name)
                found = found with { Sources = [.. found.Sources.Where(source => source.Name == name), .. found.Sources.Where(source => source.Name != name)] };
            _found.Add(finder, found);
            _failures.AddRange(found.Failures);
        }
        return found;
    }
}
