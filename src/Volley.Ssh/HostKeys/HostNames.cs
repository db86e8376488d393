using Volley.Ssh.Config;

namespace Volley.Ssh.HostKeys;

/// <summary>The hosts of a known_hosts line: patterns, or the hash of one name.</summary>
internal sealed class HostNames
{
    private readonly string? _patterns;
    private readonly HashedHostName? _hash;

    private HostNames(string? patterns, HashedHostName? hash) => (_patterns, _hash) = (patterns, hash);

    /// <summary>The names, by which the line can be indexed; null if there are patterns or a hash.</summary>
    public IReadOnlyList<string>? Literals { get; private init; }

    /// <summary>Whether the name is hashed.</summary>
    public bool IsHashed => _hash is not null;

    /// <summary>Parses the first field of a line. Returns null if it is an invalid hash.</summary>
    public static HostNames? Parse(string text)
    {
        if (text.StartsWith('|'))
            return HashedHostName.Parse(text) is { } hash ? new(null, hash) : null;
        var lower = AsciiText.ToLower(text);
        return new(lower, null) { Literals = lower.AsSpan().ContainsAny('*', '?', '!') ? null : lower.Split(',') };
    }

    /// <summary>Returns whether a name matches.</summary>
    /// <param name="name">The name in lower case, with its port if that is not 22: <c>[host]:port</c>.</param>
    public bool Match(string name) => _hash?.Matches(name) ?? PatternList.Matches(name, _patterns!);
}
