namespace Volley.Inventory.Expressions;

/// <summary>A validated host pattern: <c>*</c>, <c>?</c> and ranges. Case does not matter.</summary>
internal sealed class HostMatcher
{
    private readonly TextPattern[] _patterns;

    public HostMatcher(string pattern) : this(new ExpressionSource(pattern, null), pattern)
    {
    }

    private HostMatcher(ExpressionSource source, string pattern) =>
        _patterns = pattern is ['[', .. var address, ']'] && address.Contains(':', StringComparison.Ordinal)
            ? [TextPattern.Create(address.ToUpperInvariant())]
            : [.. GroupName.Expand(source, 0, pattern).Select(text => TextPattern.Create(text.ToUpperInvariant()))];

    public bool IsMatch(string host)
    {
        string text = host.ToUpperInvariant();
        return Array.Exists(_patterns, pattern => pattern.IsMatch(text));
    }
}
