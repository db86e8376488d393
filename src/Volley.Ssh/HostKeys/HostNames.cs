using Volley.Ssh.Config;

namespace Volley.Ssh.HostKeys;

/// <summary>The hosts of a line: patterns, or the hash of one name.</summary>
internal sealed class HostNames
{
    private readonly string? _patterns;
    private readonly HashedHostName? _hash;

    private HostNames(string? patterns, HashedHostName? hash) => (_patterns, _hash) = (patterns, hash);

    /// <summary>The names if they are names and not patterns: where they can be looked up by.</summary>
    public IReadOnlyList<string>? Literals { get; private init; }

    /// <summary>Reads the first word of a line; null for a hash that is none.</summary>
    public static HostNames? Parse(string text)
    {
        if (text.StartsWith('|'))
            return HashedHostName.Parse(text) is { } hash ? new(null, hash) : null;
        var lower = AsciiText.ToLower(text);
        return new(lower, null) { Literals = lower.AsSpan().ContainsAny('*', '?', '!') ? null : lower.Split(',') };
    }

    /// <summary>Whether a name is one of them.</summary>
    /// <param name="name">In lower case, with its port where that is not 22: <c>[host]:port</c>.</param>
    public bool Match(string name) => _hash?.Matches(name) ?? PatternList.Matches(name, _patterns!);
}
