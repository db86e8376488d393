using System.Collections;
using System.Collections.Immutable;

namespace Volley.Targets;

/// <summary>An immutable list of hosts, in the order in which they were written; a host that is named twice is there twice.</summary>
/// <example>
/// <code>
/// HostList hosts = HostList.Parse("web[1-3],admin@db:2222").Except(HostList.Parse("web2"));
/// Console.WriteLine(hosts.Count);   // 3
/// Console.WriteLine(hosts);         // admin@db:2222,web[1,3]
/// foreach (Target target in hosts.ToTargets())
///     Console.WriteLine(target.Label);   // web1, web3, db
/// </code>
/// </example>
public sealed class HostList : IReadOnlyList<HostName>, IEquatable<HostList>
{
    /// <summary>The most names that a list may hold: 1,000,000.</summary>
    public const int MaxNames = 1_000_000;

    private readonly ImmutableArray<HostName> _names;

    private HostList(ImmutableArray<HostName> names) => _names = names;

    /// <summary>The list without hosts.</summary>
    public static HostList Empty { get; } = new([]);

    /// <summary>The number of names, duplicates included: 0 to <see cref="MaxNames"/>.</summary>
    public int Count => _names.Length;

    /// <summary>The name at a place, from 0.</summary>
    public HostName this[int index] => _names[index];

    /// <summary>Reads a comma-separated list of <c>[user@]host[:port]</c> with ranges, host files and standard input.</summary>
    /// <remarks>
    /// Ranges may stand in every part: <c>rack[1-2]-n[01-10,15]</c>, <c>h[1-9/2]</c>, <c>h:[2201-2203]</c>; numbers are padded to
    /// the width of the low bound, and the last range of a name runs fastest. An IPv6 address stands in brackets, <c>[::1]:22</c>.
    /// <c>^FILE</c> takes hosts from a file (items separated by white space and commas, <c>#</c> starts a comment) and <c>-</c>
    /// from <see cref="HostListSources.StandardInput"/>; one that holds no hosts is no error.
    /// </remarks>
    /// <param name="expression">The list; at least one item.</param>
    /// <param name="sources">What <c>-</c> reads; null where it is not to be used.</param>
    /// <exception cref="HostListException">The expression or a file is faulty or can't be read, or there would be more than
    /// <see cref="MaxNames"/> names.</exception>
    public static HostList Parse(string expression, HostListSources? sources = null)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return new(HostListParser.Parse(expression, sources ?? new HostListSources()));
    }

    /// <summary>Writes names as a short expression, sorted, with numbers as ranges: <c>web[1-3,7]</c>.</summary>
    /// <remarks>The expression expands to the same names, duplicates included. Numbers of a user, a port or an IPv6 address are
    /// left alone; what is no name, such as the label <c>h1#2</c>, is repeated as it stands.</remarks>
    /// <param name="names">Names in any order, each <c>[user@]host[:port]</c>.</param>
    public static string Fold(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return HostListFolder.Fold(names);
    }

    /// <summary>Writes this list as <see cref="Fold(IEnumerable{string})"/> does; empty for an empty list.</summary>
    public string Fold() => HostListFolder.Fold(_names.Select(name => name.ToString()));

    /// <summary>Writes this list as <see cref="Fold()"/> does.</summary>
    public override string ToString() => Fold();

    /// <summary>Leaves out the hosts of another list, every time they occur.</summary>
    /// <remarks>A host without user and port leaves out that host whatever its user and port; a user or a port that is given
    /// must be equal. Hosts are compared without regard to case.</remarks>
    /// <param name="other">What to leave out.</param>
    public HostList Except(HostList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var excluded = new HashSet<HostName>(other._names, HostNameComparer.Instance);
        return Where(name => !excluded.Contains(name with { User = null, Port = null })
            && (name.User is null || !excluded.Contains(name with { Port = null }))
            && (name.Port is null || !excluded.Contains(name with { User = null }))
            && (name.User is null || name.Port is null || !excluded.Contains(name)));
    }

    /// <summary>Leaves out the hosts that expressions name, every time they occur.</summary>
    /// <remarks>The expressions are those of <see cref="Parse"/>, in which a host may also hold the wildcards of <see cref="Matching"/>:
    /// <c>web*</c>, <c>ops@rack[1-2]-?</c>. Hosts are compared as by <see cref="Except"/>.</remarks>
    /// <param name="expressions">What to leave out.</param>
    /// <param name="unused">The items that leave out nothing. A file that names no hosts is none of them.</param>
    /// <param name="sources">What <c>-</c> reads; null where it is not to be used.</param>
    /// <exception cref="HostListException">An expression or a file is faulty or can't be read.</exception>
    public HostList Excluding(IEnumerable<string> expressions, out ImmutableArray<string> unused, HostListSources? sources = null)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        sources ??= new HostListSources();
        var exclusion = new HostExclusion(expressions.SelectMany(expression => HostListParser.ParsePatterns(expression, sources)));
        unused = exclusion.Unused(_names);
        return Except(new HostList(exclusion.Names)).Where(name => !exclusion.Matches(name));
    }

    /// <summary>Puts another list behind this one; duplicates stay.</summary>
    /// <param name="other">What follows.</param>
    /// <exception cref="HostListException">There would be more than <see cref="MaxNames"/> names.</exception>
    public HostList Concat(HostList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Count + other.Count > MaxNames)
            throw new ExpressionText("").TooManyNames(0);
        return new(_names.AddRange(other._names));
    }

    /// <summary>Keeps the names whose whole host matches a pattern, without regard to case.</summary>
    /// <remarks>The pattern is compared with the host alone, an IPv6 address without its brackets.</remarks>
    /// <param name="glob">The pattern: <c>*</c> stands for any characters, <c>?</c> for one, and <c>[1-3]</c> for numbers, as in an
    /// expression. There are no other wildcards.</param>
    /// <exception cref="HostListException">The pattern is empty or holds a character that is in no host.</exception>
    public HostList Matching(string glob)
    {
        ArgumentNullException.ThrowIfNull(glob);
        var text = new ExpressionText(glob);
        if (glob.Length == 0)
            throw text.Error(0, "the pattern is empty; write one such as web*");
        var pattern = HostPattern.ParseWhole(text);
        return Where(name => pattern.Matches(name.Host, ignoreCase: true));
    }

    /// <summary>Makes a target of each name, in order, with labels that are unique.</summary>
    /// <remarks>The label is the host wherever all targets of that host have the same user and port, else the whole name; an
    /// IPv6 address keeps its brackets. The second of two equal labels gets <c>#2</c> behind it, and so on.</remarks>
    public ImmutableArray<Target> ToTargets() => TargetLabels.ToTargets(_names);

    /// <summary>Whether the other list has equal names in the same order.</summary>
    public bool Equals(HostList? other) => other is not null && _names.AsSpan().SequenceEqual(other._names.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HostList);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, Count == 0 ? null : _names[0], Count == 0 ? null : _names[^1]);

    /// <inheritdoc/>
    public IEnumerator<HostName> GetEnumerator() => ((IEnumerable<HostName>)_names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private HostList Where(Func<HostName, bool> isKept)
    {
        var kept = ImmutableArray.CreateBuilder<HostName>();
        foreach (HostName name in _names)
        {
            if (isKept(name))
                kept.Add(name);
        }
        return kept.Count == Count ? this : new(kept.DrainToImmutable());
    }

    internal sealed class HostNameComparer : IEqualityComparer<HostName>
    {
        public static readonly HostNameComparer Instance = new();

        public bool Equals(HostName? x, HostName? y) => x is null || y is null
            ? ReferenceEquals(x, y)
            : x.User == y.User && x.Port == y.Port && x.Host.Equals(y.Host, StringComparison.OrdinalIgnoreCase);

        public int GetHashCode(HostName obj) =>
            HashCode.Combine(obj.User, obj.Port, obj.Host.GetHashCode(StringComparison.OrdinalIgnoreCase));
    }
}
