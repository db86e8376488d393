using System.Runtime.InteropServices;

namespace Volley.Inventory.Expressions;

/// <summary>The value of an expression: a list of hosts, or, once an operator or a group is in it, a set in the order of its first occurrences.</summary>
/// <remarks>Host, user and port identify a member. A member without user or port stands for that host with any user or port, and so
/// matches the members that state one.</remarks>
internal sealed class MemberSet
{
    private readonly List<KnownHost> _hosts;

    private MemberSet(List<KnownHost> hosts, bool isSet)
    {
        _hosts = hosts;
        IsSet = isSet;
    }

    public IReadOnlyList<KnownHost> Hosts => _hosts;

    /// <summary>Whether no member occurs twice, because the value comes from a group or an operator.</summary>
    public bool IsSet { get; }

    public static MemberSet Empty { get; } = new([], isSet: false);

    /// <summary>Creates a list, in which duplicates are kept.</summary>
    public static MemberSet CreateList(IEnumerable<KnownHost> hosts) => new([.. hosts], isSet: false);

    /// <summary>Creates a set. Of equal members the first is kept.</summary>
    public static MemberSet CreateSet(IEnumerable<KnownHost> hosts) => new(Distinct(hosts), isSet: true);

    public MemberSet Apply(char @operator, MemberSet right) => @operator switch
    {
        ',' => Union(right),
        '!' => Except(right),
        '&' => Intersect(right),
        _ => CreateSet([.. Except(right)._hosts, .. right.Except(this)._hosts]),
    };

    private MemberSet Union(MemberSet right)
    {
        if (!IsSet && !right.IsSet)
        {
            if (_hosts.Count == 0)
                return right;
            return new([.. _hosts, .. right._hosts], isSet: false);
        }
        return CreateSet([.. _hosts, .. right._hosts]);
    }

    private MemberSet Except(MemberSet right)
    {
        HashSet<MemberKey> excluded = Keys(right._hosts);
        return CreateSet(_hosts.Where(host => !IsMatched(host.Name, excluded)));
    }

    /// <summary>Returns the indices of the hosts that are members, in ascending order.</summary>
    public IEnumerable<int> FindIndices(IReadOnlyList<Target> hosts)
    {
        HashSet<MemberKey> members = Keys(_hosts);
        return Enumerable.Range(0, hosts.Count).Where(index => IsMatched(hosts[index], members));
    }

    private MemberSet Intersect(MemberSet right)
    {
        ILookup<string, KnownHost> byHost = right._hosts.ToLookup(host => host.Name.Host, StringComparer.OrdinalIgnoreCase);
        var common = new List<KnownHost>();
        var combined = new List<KnownHost>();
        foreach (KnownHost left in _hosts)
        {
            foreach (KnownHost other in byHost[left.Name.Host])
            {
                (Target name, Target otherName) = (left.Name, other.Name);
                if (Matches(otherName, name))
                    common.Add(left.WithDetailsOf(other));
                else if (Matches(name, otherName))
                    common.Add(other.WithDetailsOf(left));
                else if ((name.User ?? otherName.User) == (otherName.User ?? name.User) && (name.Port ?? otherName.Port) == (otherName.Port ?? name.Port))
                    combined.Add(left.WithDetailsOf(other) with { Name = name with { User = name.User ?? otherName.User, Port = name.Port ?? otherName.Port } });
            }
        }
        // user@host and host:22 have user@host:22 in common, unless the result already contains one of the two.
        HashSet<MemberKey> found = Keys(common);
        return CreateSet([.. common, .. combined.Where(host => !IsMatched(host.Name, found))]);
    }

    /// <summary>Returns whether a user and a port, each of which is any if it is null, are those of a name.</summary>
    public static bool Matches(string? user, int? port, Target name) =>
        (user is null || user == name.User) && (port is null || port == name.Port);

    /// <summary>Returns whether one member stands for another.</summary>
    private static bool Matches(Target general, Target name) => Matches(general.User, general.Port, name);

    private static bool IsMatched(Target name, HashSet<MemberKey> keys) =>
        keys.Contains(new(name.Host, null, null))
        || (name.User is not null && keys.Contains(new(name.Host, name.User, null)))
        || (name.Port is not null && keys.Contains(new(name.Host, null, name.Port)))
        || (name.User is not null && name.Port is not null && keys.Contains(new(name.Host, name.User, name.Port)));

    private static HashSet<MemberKey> Keys(List<KnownHost> hosts) => [.. hosts.Select(host => new MemberKey(host.Name.Host, host.Name.User, host.Name.Port))];

    private static List<KnownHost> Distinct(IEnumerable<KnownHost> hosts)
    {
        var places = new Dictionary<MemberKey, int>();
        var distinct = new List<KnownHost>();
        foreach (KnownHost host in hosts)
        {
            ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, new(host.Name.Host, host.Name.User, host.Name.Port), out bool exists);
            if (exists)
            {
                distinct[place] = distinct[place].WithDetailsOf(host);
                continue;
            }
            place = distinct.Count;
            distinct.Add(host);
        }
        return distinct;
    }

    /// <summary>The identity of a member. Host names are compared without regard to case.</summary>
    private readonly record struct MemberKey(string Host, string? User, int? Port)
    {
        public bool Equals(MemberKey other) => User == other.User && Port == other.Port && Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => HashCode.Combine(Host.GetHashCode(StringComparison.OrdinalIgnoreCase), User, Port);
    }
}
