using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Volley.Hosts;
using Volley.Hosts.Folding;
using Volley.Hosts.Parsing;

namespace Volley;

/// <summary>An immutable list of hosts in the order in which they were written. Duplicates are kept.</summary>
/// <remarks>A plan takes the list itself, which labels each target with its whole <see cref="Target.Name"/>, or the result of
/// <see cref="ToTargets"/>, which finds shorter labels. A list of a text is enumerated without holding its hosts in memory, so a million in ranges
/// take little. The indexer and other members create all hosts once.</remarks>
/// <example>
/// <code>
/// HostList hosts = HostList.Parse("web[1-3],admin@db:2222").Except(HostList.Parse("web2"));
/// Console.WriteLine(hosts.Count);   // 3
/// Console.WriteLine(hosts);         // admin@db:2222,web[1,3]
/// foreach (Target target in hosts.ToTargets())
///     Console.WriteLine(target.Label);   // web1, web3, db
/// </code>
/// </example>
public sealed class HostList : IReadOnlyList<Target>, IEquatable<HostList>
{
    /// <summary>The largest number of hosts in a list: 1,000,000.</summary>
    public const int MaxNames = 1_000_000;

    // A short text can stand for a million hosts, and most lists are only enumerated, folded or counted. Other members create all hosts.
    private readonly string? _text;
    private ImmutableArray<Target> _hosts;

    private HostList(ImmutableArray<Target> hosts)
    {
        _hosts = hosts;
        Count = hosts.Length;
    }

    private HostList(string text, int count)
    {
        _text = text;
        Count = count;
    }

    /// <summary>An empty list.</summary>
    public static HostList Empty { get; } = new([]);

    /// <summary>The number of hosts, duplicates included: 0 to <see cref="MaxNames"/>.</summary>
    public int Count { get; }

    /// <summary>The host at an index, from 0.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such index.</exception>
    public Target this[int index] => Hosts[index];

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
    /// <exception cref="ArgumentNullException"><paramref name="expression"/> is null.</exception>
    /// <exception cref="HostListException">The expression or a file is invalid or can't be read, or the list has more than
    /// <see cref="MaxNames"/> hosts.</exception>
    public static HostList Parse(string expression, TextReader? standardInput = null)
    {
        ArgumentNullException.ThrowIfNull(expression);
        (ImmutableArray<Target>? hosts, int count) = HostListParser.Parse(expression, new HostInput(standardInput));
        return hosts is { } read ? new(read) : new(expression, count);
    }

    /// <summary>Parses a list as <see cref="Parse"/> does, without an exception for an invalid one. It may name files, but not standard input.</summary>
    /// <param name="expression">The list, or null, which is not a list.</param>
    /// <param name="hosts">Receives the hosts; null if the expression or a file is invalid or can't be read.</param>
    /// <returns>Whether the list could be parsed.</returns>
    public static bool TryParse([NotNullWhen(true)] string? expression, [NotNullWhen(true)] out HostList? hosts)
    {
        try
        {
            hosts = expression is null ? null : Parse(expression);
        }
        catch (HostListException)
        {
            hosts = null;
        }

        return hosts is not null;
    }

    /// <summary>Creates a list of hosts.</summary>
    /// <param name="hosts">The hosts, duplicates included.</param>
    /// <returns>The list.</returns>
    /// <exception cref="ArgumentException">The sequence or a host is null.</exception>
    /// <exception cref="HostListException">There are more than <see cref="MaxNames"/> hosts.</exception>
    public static HostList Create(IEnumerable<Target> hosts)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        ImmutableArray<Target> all = hosts is ImmutableArray<Target> array ? Argument.NotDefault(array, nameof(hosts)) : [.. hosts];
        if (all.Contains(null!, ReferenceEqualityComparer.Instance))
            throw new ArgumentException("a host is null", nameof(hosts));
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
    public string Fold() => HostListFolder.Fold(this.Select(host => host.Name));

    /// <summary>Folds this list as <see cref="Fold()"/> does.</summary>
    /// <returns>The expression.</returns>
    public override string ToString() => Fold();

    /// <summary>Returns this list without all occurrences of the hosts of another list.</summary>
    /// <remarks>A host without user and port excludes that host with any user and port; a user or port that is given must be equal. Host
    /// names are compared case-insensitively.</remarks>
    /// <param name="other">The hosts to exclude.</param>
    /// <returns>The other hosts, in order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="other"/> is null.</exception>
    public HostList Except(HostList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var excluded = new HashSet<Login>(other.Select(host => new Login(host.User, host.Host, host.Port)));
        return Where(host => !excluded.Contains(new(null, host.Host, null))
            && (host.User is null || !excluded.Contains(new(host.User, host.Host, null)))
            && (host.Port is null || !excluded.Contains(new(null, host.Host, host.Port)))
            && (host.User is null || host.Port is null || !excluded.Contains(new(host.User, host.Host, host.Port))));
    }

    /// <summary>Returns this list followed by another one, duplicates included.</summary>
    /// <param name="other">The list to append.</param>
    /// <returns>The combined list.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="other"/> is null.</exception>
    /// <exception cref="HostListException">The result would have more than <see cref="MaxNames"/> hosts.</exception>
    public HostList Concat(HostList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Count + other.Count > MaxNames)
            throw new ExpressionText("").TooManyNames(0);
        return new(Hosts.AddRange(other.Hosts));
    }

    /// <summary>Returns the hosts whose whole name matches a pattern, case-insensitively.</summary>
    /// <remarks>Only the host is matched, an IPv6 address without its brackets.</remarks>
    /// <param name="glob">The pattern: <c>*</c> matches any characters, <c>?</c> one character, and <c>[1-3]</c> numbers, as in an
    /// expression. There are no other wildcards.</param>
    /// <returns>The matching hosts, in order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="glob"/> is null.</exception>
    /// <exception cref="HostListException">The pattern is empty, or has a character that is not allowed in a host.</exception>
    public HostList Matching(string glob)
    {
        ArgumentNullException.ThrowIfNull(glob);
        var text = new ExpressionText(glob);
        if (glob.Length == 0)
            throw text.Error(0, "the pattern is empty; write one such as web*");
        var pattern = HostPattern.ParseWhole(text);
        return Where(host => pattern.Matches(host.Host, ignoreCase: true));
    }

    /// <summary>Returns the hosts in order, with unique labels.</summary>
    /// <remarks>The label is the host if all targets of that host have the same user and port, else the whole name; a label that was set is kept. An
    /// IPv6 address keeps its brackets. A second target with the same label gets the suffix <c>#2</c>, and so on.</remarks>
    /// <returns>The targets.</returns>
    public ImmutableArray<Target> ToTargets() => TargetLabels.ToTargets(Hosts);

    /// <summary>Returns whether the other list has equal hosts in the same order.</summary>
    /// <param name="other">The list to compare with.</param>
    /// <returns>True if they are equal.</returns>
    public bool Equals(HostList? other) => other is not null && Hosts.AsSpan().SequenceEqual(other.Hosts.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HostList);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, Count == 0 ? null : Hosts[0], Count == 0 ? null : Hosts[^1]);

    /// <inheritdoc/>
    public IEnumerator<Target> GetEnumerator() =>
        (_hosts.IsDefault ? HostListParser.Expand(_text!) : _hosts).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ImmutableArray<Target> Hosts
    {
        get
        {
            if (_hosts.IsDefault)
                ImmutableInterlocked.InterlockedInitialize(ref _hosts, [.. HostListParser.Expand(_text!)]);
            return _hosts;
        }
    }

    private HostList Where(Func<Target, bool> isKept)
    {
        var kept = ImmutableArray.CreateBuilder<Target>();
        foreach (Target host in Hosts)
        {
            if (isKept(host))
                kept.Add(host);
        }
        return kept.Count == Count ? this : new(kept.DrainToImmutable());
    }

    /// <summary>What identifies a host in a list. Names of hosts are compared without regard to case.</summary>
    private readonly record struct Login(string? User, string Host, int? Port)
    {
        public bool Equals(Login other) => User == other.User && Port == other.Port && Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => HashCode.Combine(User, Port, Host.GetHashCode(StringComparison.OrdinalIgnoreCase));
    }
}
