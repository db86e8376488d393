using System.Runtime.InteropServices;

namespace Volley.Inventory.Expressions;

/// <summary>
/// Numbers by the identity of members: host, user and port. Names without user and port, which most are, have a table of their own with small keys, since
/// there may be a million.
/// </summary>
/// <param name="capacity">The number of names to reserve memory for.</param>
/// <param name="ignoresCase">Whether host names that differ in the case of letters are the same.</param>
internal sealed class MemberIndex(int capacity, bool ignoresCase = false)
{
    private readonly Dictionary<string, int> _hosts = new(capacity, ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
    private Dictionary<Login, int>? _logins;

    /// <summary>Creates an index of names, all with the number 0.</summary>
    public static MemberIndex Create(IEnumerable<Target> names, int capacity, bool ignoresCase = false)
    {
        var index = new MemberIndex(capacity, ignoresCase);
        foreach (Target name in names)
            index.GetOrAdd(name, out _);
        return index;
    }

    /// <summary>Returns the number of a name, which is added if it is missing.</summary>
    public ref int GetOrAdd(Target name, out bool exists)
    {
        if (name.User is null && name.Port is null)
            return ref CollectionsMarshal.GetValueRefOrAddDefault(_hosts, name.Host, out exists);
        return ref CollectionsMarshal.GetValueRefOrAddDefault(_logins ??= [], CreateLogin(name.Host, name.User, name.Port), out exists);
    }

    /// <summary>Returns whether a name, or a more general one, is in the index: without its user, its port or both.</summary>
    public bool Matches(Target name) => _hosts.ContainsKey(name.Host) || (_logins is not null && HasLogin(_logins, name));

    private bool HasLogin(Dictionary<Login, int> logins, Target name) =>
        (name.User is not null && logins.ContainsKey(CreateLogin(name.Host, name.User, null)))
        || (name.Port is not null && logins.ContainsKey(CreateLogin(name.Host, null, name.Port)))
        || (name.User is not null && name.Port is not null && logins.ContainsKey(CreateLogin(name.Host, name.User, name.Port)));

    private Login CreateLogin(string host, string? user, int? port) => new(ignoresCase ? host.ToUpperInvariant() : host, user, port);

    private readonly record struct Login(string Host, string? User, int? Port);
}
