using System.Runtime.InteropServices;

namespace Volley.Inventory.Expressions;

/// <summary>
/// Numbers by the identity of members: host, user and port. Names without user and port, which most are, have a table of their own with small keys, since
/// there may be a million. Host names are compared without regard to case.
/// </summary>
/// <param name="capacity">The number of names to reserve memory for.</param>
internal sealed class MemberIndex(int capacity)
{
    private readonly Dictionary<string, int> _hosts = new(capacity, StringComparer.OrdinalIgnoreCase);
    private Dictionary<Login, int>? _logins;

    /// <summary>Creates an index of names, all with the number 0.</summary>
    public static MemberIndex Create(IEnumerable<Target> names, int capacity)
    {
        var index = new MemberIndex(capacity);
        foreach (Target name in names)
            index.GetOrAdd(name, out _);
        return index;
    }

    /// <summary>Returns the number of a name, which is added if it is missing.</summary>
    public ref int GetOrAdd(Target name, out bool exists)
    {
        if (name.User is null && name.Port is null)
            return ref CollectionsMarshal.GetValueRefOrAddDefault(_hosts, name.Host, out exists);
        return ref CollectionsMarshal.GetValueRefOrAddDefault(_logins ??= [], new(name.Host, name.User, name.Port), out exists);
    }

    /// <summary>Returns whether a name, or a more general one, is in the index: without its user, its port or both.</summary>
    public bool Matches(Target name) => _hosts.ContainsKey(name.Host) || (_logins is not null && HasLogin(_logins, name));

    private static bool HasLogin(Dictionary<Login, int> logins, Target name) =>
        (name.User is not null && logins.ContainsKey(new(name.Host, name.User, null)))
        || (name.Port is not null && logins.ContainsKey(new(name.Host, null, name.Port)))
        || (name.User is not null && name.Port is not null && logins.ContainsKey(new(name.Host, name.User, name.Port)));

    private readonly record struct Login(string Host, string? User, int? Port)
    {
        public bool Equals(Login other) => User == other.User && Port == other.Port && Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => HashCode.Combine(Host.GetHashCode(StringComparison.OrdinalIgnoreCase), User, Port);
    }
}
