namespace Volley.Ssh.Config.Resolving;

/// <summary>Collects the names in Host lines that are no patterns.</summary>
internal sealed class HostAliases
{
    private readonly List<string> _names = [];
    private readonly HashSet<string> _seen = [];

    /// <summary>The names, in the order of the lines.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Adds the names of a line.</summary>
    /// <param name="patterns">The arguments of the line. Those that begin with <c>!</c> are exceptions.</param>
    public void Add(IReadOnlyList<string> patterns)
    {
        foreach (string name in patterns)
        {
            bool isName = name[0] != '!' && !name.AsSpan().ContainsAny('*', '?')
                && !patterns.Any(other => other[0] == '!' && Wildcard.Matches(name, other.AsSpan(1)));
            if (isName && _seen.Add(name))
                _names.Add(name);
        }
    }
}
