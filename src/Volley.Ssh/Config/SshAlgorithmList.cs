using System.Collections.Immutable;

namespace Volley.Ssh.Config;

/// <summary>How an algorithm list relates to the defaults: its first character.</summary>
public enum AlgorithmListChange
{
    /// <summary>No such character: the list stands instead of the defaults.</summary>
    Replace,

    /// <summary><c>+</c>: the defaults, then the list.</summary>
    Append,

    /// <summary><c>-</c>: the defaults without what matches the list.</summary>
    Remove,

    /// <summary><c>^</c>: the list, then the rest of the defaults.</summary>
    Prepend,
}

/// <summary>A list of algorithms as it is configured: Ciphers, MACs and their kind. The names are not judged here.</summary>
/// <param name="Change">How it relates to the defaults.</param>
/// <param name="Names">The names, which may be patterns.</param>
public sealed record SshAlgorithmList(AlgorithmListChange Change, ImmutableArray<string> Names)
{
    // Asked for host after host, and the same for all.
    private Applied? _applied;

    // Not what was applied of the other, which may have been another list.
    private SshAlgorithmList(SshAlgorithmList other) => (Change, Names) = (other.Change, other.Names);

    /// <summary>Reads the argument of such a directive.</summary>
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

    /// <summary>Applies the list, each name once.</summary>
    /// <param name="defaults">The default algorithms in order of preference.</param>
    /// <param name="supported">All that the caller can do, in order; other names are left out and patterns find their names here.</param>
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

    /// <summary>Writes it as it is configured.</summary>
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
