using System.Collections;
using System.Collections.Immutable;

namespace Volley.Targets;

/// <summary>An immutable list of hosts, in the order in which they were written; a host that is named twice is there twice.</summary>
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

    /// <summary>Whether the other list has equal names in the same order.</summary>
    public bool Equals(HostList? other) => other is not null && _names.AsSpan().SequenceEqual(other._names.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HostList);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, Count == 0 ? null : _names[0], Count == 0 ? null : _names[^1]);

    /// <inheritdoc/>
    public IEnumerator<HostName> GetEnumerator() => ((IEnumerable<HostName>)_names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
