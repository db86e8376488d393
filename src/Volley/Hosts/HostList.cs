using System.Collections;
using System.Collections.Immutable;
using Volley.Hosts;
using Volley.Hosts.Folding;
using Volley.Hosts.Parsing;

namespace Volley;

/// <summary>An immutable list of hosts in the order in which they were written. Duplicates are kept.</summary>
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
    /// <summary>The largest number of names in a list: 1,000,000.</summary>
    public const int MaxNames = 1_000_000;

    private readonly ImmutableArray<HostName> _names;

    private HostList(ImmutableArray<HostName> names) => _names = names;

    /// <summary>An empty list.</summary>
    public static HostList Empty { get; } = new([]);

    /// <summary>The number of names, duplicates included: 0 to <see cref="MaxNames"/>.</summary>
    public int Count => _names.Length;

    /// <summary>The name at an index, from 0.</summary>
    public HostName this[int index] => _names[index];

    /// <summary>Parses a comma-separated list of <c>[user@]host[:port]</c> with ranges, host files and standard input.</summary>
    /// <remarks>
    /// Every part may have ranges: <c>rack[1-2]-n[01-10,15]</c>, <c>h[1-9/2]</c>, <c>h:[2201-2203]</c>. Numbers are padded to the width of
    /// the low bound, and the last range of a name varies fastest. An IPv6 address is written in brackets: <c>[::1]:22</c>.
    /// <c>^FILE</c> reads hosts from a file, in which white space and commas separate items and <c>#</c> starts a comment.
    /// <c>-</c> reads hosts in the same format from <paramref name="standardInput"/>. Both may hold no hosts.
    /// </remarks>
    /// <param name="expression">The list, of at least one item.</param>
    /// <param name="standardInput">The source of the item <c>-</c>, which is not closed; null if the item is not allowed.</param>
    /// <returns>The hosts in the order of the list.</returns>
    /// <exception cref="HostListException">The expression or a file is invalid or can't be read, or the list has more than
    /// <see cref="MaxNames"/> names.</exception>
    public static HostList Parse(string expression, TextReader? standardInput = null)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return new(HostListParser.Parse(expression, new HostInput(standardInput)));
    }

    /// <summary>Creates a list of names.</summary>
    /// <param name="names">The names, duplicates included.</param>
    /// <returns>The list.</returns>
    /// <exception cref="ArgumentException">A name is null.</exception>
    /// <exception cref="HostListException">There are more than <see cref="MaxNames"/> names.</exception>
    public static HostList Create(IEnumerable<HostName> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        ImmutableArray<HostName> all = names is ImmutableArray<HostName> array ? Argument.NotDefault(array, nameof(names)) : [.. names];
        if (all.Contains(null!, ReferenceEqualityComparer.Instance))
            throw new ArgumentException("a name is null", nameof(names));
        return all.Length <= MaxNames ? new(all) : throw new ExpressionText("").TooManyNames(0);
    }

    /// <summary>Folds names into a short expression, sorted, with numbers as ranges: <c>web[1-3,7]</c>.</summary>
    /// <remarks>The expression expands to the same names, duplicates included. Numbers in a user, a port or an IPv6 address are not folded.
    /// A text that is not a valid name, such as the label <c>h1#2</c>, is copied unchanged.</remarks>
    /// <param name="names">Names in any order, each <c>[user@]host[:port]</c>.</param>
    /// <returns>The expression; empty if there are no names.</returns>
    /// <exception cref="ArgumentException">A name is null.</exception>
    public static string Fold(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return HostListFolder.Fold(names.Select(name => name ?? throw new ArgumentException("a name is null", nameof(names))));
    }

    /// <summary>Folds this list as <see cref="Fold(IEnumerable{string})"/> does. Returns an empty string for an empty list.</summary>
    /// <returns>The expression.</returns>
    public string Fold() => HostListFolder.Fold(_names.Select(name => name.ToString()));

    /// <summary>Folds this list as <see cref="Fold()"/> does.</summary>
    /// <returns>The expression.</returns>
    public override string ToString() => Fold();

    /// <summary>Returns this list without all occurrences of the hosts of another list.</summary>
    /// <remarks>A host without user and port excludes that host with any user and port; a user or port that is given must be equal. Host
    /// names are compared case-insensitively.</remarks>
    /// <param name="other">The hosts to exclude.</param>
    /// <returns>The other hosts, in order.</returns>
    public HostList Except(HostList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var excluded = new HashSet<HostName>(other._names, HostNameComparer.Instance);
        return Where(name => !excluded.Contains(name with { User = null, Port = null })
            && (name.User is null || !excluded.Contains(name with { Port = null }))
            && (name.Port is null || !excluded.Contains(name with { User = null }))
            && (name.User is null || name.Port is null || !excluded.Contains(name)));
    }

    /// <summary>Returns this list without all occurrences of the hosts that expressions name.</summary>
    /// <remarks>The expressions have the syntax of <see cref="Parse"/>, and hosts in them may have the wildcards of <see cref="Matching"/>:
    /// <c>web*</c>, <c>ops@rack[1-2]-?</c>. Hosts are compared as by <see cref="Except"/>.</remarks>
    /// <param name="expressions">The hosts to exclude.</param>
    /// <param name="unused">The items that excluded nothing, except files that hold no hosts.</param>
    /// <param name="standardInput">The source of the item <c>-</c>, which is not closed; null if the item is not allowed.</param>
    /// <returns>The other hosts, in order.</returns>
    /// <exception cref="HostListException">An expression or a file is invalid or can't be read.</exception>
    public HostList Excluding(IEnumerable<string> expressions, out ImmutableArray<string> unused, TextReader? standardInput = null)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        var input = new HostInput(standardInput);
        var exclusion = new HostExclusion(expressions.SelectMany(expression => HostListParser.ParsePatterns(expression, input)));
        unused = exclusion.Unused(_names);
        return Except(new HostList(exclusion.Names)).Where(name => !exclusion.Matches(name));
    }

    /// <summary>Returns this list followed by another one, duplicates included.</summary>
    /// <param name="other">The list to append.</param>
    /// <returns>The combined list.</returns>
    /// <exception cref="HostListException">The result would have more than <see cref="MaxNames"/> names.</exception>
    public HostList Concat(HostList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Count + other.Count > MaxNames)
            throw new ExpressionText("").TooManyNames(0);
        return new(_names.AddRange(other._names));
    }

    /// <summary>Returns the names whose whole host matches a pattern, case-insensitively.</summary>
    /// <remarks>Only the host is matched, an IPv6 address without its brackets.</remarks>
    /// <param name="glob">The pattern: <c>*</c> matches any characters, <c>?</c> one character, and <c>[1-3]</c> numbers, as in an
    /// expression. There are no other wildcards.</param>
    /// <returns>The matching names, in order.</returns>
    /// <exception cref="HostListException">The pattern is empty, or has a character that is not allowed in a host.</exception>
    public HostList Matching(string glob)
    {
        ArgumentNullException.ThrowIfNull(glob);
        var text = new ExpressionText(glob);
        if (glob.Length == 0)
            throw text.Error(0, "the pattern is empty; write one such as web*");
        var pattern = HostPattern.ParseWhole(text);
        return Where(name => pattern.Matches(name.Host, ignoreCase: true));
    }

    /// <summary>Returns a target for each name, in order, with unique labels.</summary>
    /// <remarks>The label is the host if all targets of that host have the same user and port, else the whole name. An IPv6 address keeps
    /// its brackets. A second target with the same label gets the suffix <c>#2</c>, and so on.</remarks>
    /// <returns>The targets.</returns>
    public ImmutableArray<Target> ToTargets() => TargetLabels.ToTargets(_names);

    /// <summary>Returns whether the other list has equal names in the same order.</summary>
    /// <param name="other">The list to compare with.</param>
    /// <returns>True if they are equal.</returns>
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
