using System.Collections.Immutable;

namespace Volley.Ssh.Config.Keywords;

/// <summary>The relation of an algorithm list to the defaults, given by its first character.</summary>
internal enum AlgorithmListChange
{
    /// <summary>No such character: the list replaces the defaults.</summary>
    Replace,

    /// <summary><c>+</c>: the defaults, then the list.</summary>
    Append,

    /// <summary><c>-</c>: the defaults without the names that match the list.</summary>
    Remove,

    /// <summary><c>^</c>: the list, then the rest of the defaults.</summary>
    Prepend,
}

/// <summary>The value of a directive such as Ciphers or MACs. The names are not validated.</summary>
/// <param name="Change">The relation to the defaults.</param>
/// <param name="Names">The names, which may be patterns.</param>
internal sealed record SshAlgorithmList(AlgorithmListChange Change, ImmutableArray<string> Names)
{
    // Cached, because the list is applied for each host, with the same arguments.
    private Applied? _applied;

    // The copy of a "with" expression may have another list, so the cached result is not copied.
    private SshAlgorithmList(SshAlgorithmList other) => (Change, Names) = (other.Change, other.Names);

    /// <summary>Parses the argument of such a directive.</summary>
    public static SshAlgorithmList Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        AlgorithmListChange change = text.Length == 0 ? AlgorithmListChange.Replace : text[0] switch
        {
            '+' => AlgorithmListChange.Append,
            '-' => AlgorithmListChange.Remove,
            '^' => AlgorithmListChange.Prepend,
            _ => AlgorithmListChange.Replace,
        };
        return new(change, [.. (change == AlgorithmListChange.Replace ? text : text[1..]).Split(',')]);
    }

    /// <summary>Applies the list to the defaults. Returns the algorithms in order of preference, each once.</summary>
    /// <param name="defaults">The default algorithms in order of preference.</param>
    /// <param name="supported">All algorithms that the caller supports, in order. Patterns are matched against them; names not among them are dropped.</param>
    public ImmutableArray<string> Apply(IReadOnlyList<string> defaults, IReadOnlyList<string> supported)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        ArgumentNullException.ThrowIfNull(supported);
        if (_applied is { } applied && applied.Defaults.Equals(defaults) && applied.Supported.Equals(supported))
            return applied.Result;
        var result = ApplyNow(defaults, supported);
        _applied = new(defaults, supported, result);
        return result;
    }

    private ImmutableArray<string> ApplyNow(IReadOnlyList<string> defaults, IReadOnlyList<string> supported)
    {
        if (Change == AlgorithmListChange.Remove)
        {
            string patterns = string.Join(',', Names);
            return [.. defaults.Where(name => !PatternList.Matches(name, patterns))];
        }
        IEnumerable<string> wanted = Change switch
        {
            AlgorithmListChange.Append => defaults.Concat(Names),
            AlgorithmListChange.Prepend => Names.Concat(defaults),
            _ => Names,
        };
        return [.. wanted.SelectMany(pattern => supported.Where(name => Wildcard.Matches(name, pattern))).Distinct()];
    }

    /// <summary>Returns the list in the syntax of the directive.</summary>
    public override string ToString() => Change switch
    {
        AlgorithmListChange.Append => "+",
        AlgorithmListChange.Remove => "-",
        AlgorithmListChange.Prepend => "^",
        _ => "",
    } + string.Join(',', Names);

    /// <inheritdoc/>
    public bool Equals(SshAlgorithmList? other) => other is not null && Change == other.Change && Names.SequenceEqual(other.Names);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private sealed record Applied(IReadOnlyList<string> Defaults, IReadOnlyList<string> Supported, ImmutableArray<string> Result);
}
