namespace Volley.Inventory.Expressions;

/// <summary>The value of an expression: a list of names, or, once an operator or a group is in it, a set in the order of its first occurrences.</summary>
/// <remarks>Host, user and port identify a member. A member without user or port stands for that host with any user or port, and so
/// matches the members that state one. A list of names creates no member until one is needed, because it may have a million.</remarks>
internal sealed class MemberSet
{
    private readonly IReadOnlyList<HostList> _lists;
    private readonly List<Member>? _members;
    private IReadOnlyList<KnownHost>? _hosts;

    private MemberSet(IReadOnlyList<HostList> lists)
    {
        _lists = lists;
        Count = lists.Sum(list => list.Count);
    }

    private MemberSet(List<Member> members)
    {
        _lists = [];
        _members = members;
        Count = members.Count;
    }

    /// <summary>The number of members.</summary>
    public int Count { get; }

    /// <summary>The names of the members.</summary>
    public IEnumerable<Target> Names => _members is null ? _lists.SelectMany(list => list) : _members.Select(member => member.Name);

    /// <summary>The members.</summary>
    public IReadOnlyList<KnownHost> Hosts => _hosts ??= [.. Members.Select(member => member.ToHost())];

    /// <summary>Whether no member occurs twice, because the value comes from a group or an operator.</summary>
    private bool IsSet => _members is not null;

    private IEnumerable<Member> Members => _members ?? _lists.SelectMany(list => list).Select(name => new Member(name, null));

    public static MemberSet Empty { get; } = new(lists: []);

    /// <summary>Creates a list, in which duplicates are kept.</summary>
    public static MemberSet CreateList(HostList names) => new([names]);

    /// <summary>Creates a set. Of equal members the first is kept.</summary>
    public static MemberSet CreateSet(IEnumerable<KnownHost> hosts) => CreateSet(hosts.Select(host => new Member(host.Name, host)), capacity: 0);

    /// <summary>Returns the union of all parts: a list if all of them are.</summary>
    public static MemberSet Join(IReadOnlyList<MemberSet> parts) => parts.Any(part => part.IsSet)
        ? CreateSet(parts.SelectMany(part => part.Members), parts.Sum(part => part.Count))
        : new([.. parts.SelectMany(part => part._lists)]);

    public MemberSet Apply(char @operator, MemberSet right) => @operator switch
    {
        ',' when Count == 0 && !IsSet => right,
        ',' => Join([this, right]),
        '!' => CreateSet(Except(right), Count),
        '&' => Intersect(right),
        _ => CreateSet([.. Except(right), .. right.Except(this)], capacity: 0),
    };

    private IEnumerable<Member> Except(MemberSet right)
    {
        MemberIndex excluded = MemberIndex.Create(right.Names, right.Count);
        return Members.Where(member => !excluded.Matches(member.Name));
    }

    /// <summary>Returns the indices of the hosts that are members, in ascending order. The case of letters in host names does not matter.</summary>
    public IEnumerable<int> FindIndices(IReadOnlyList<Target> hosts)
    {
        MemberIndex members = MemberIndex.Create(Names, Count, ignoresCase: true);
        return Enumerable.Range(0, hosts.Count).Where(index => members.Matches(hosts[index]));
    }

    private MemberSet Intersect(MemberSet right)
    {
        ILookup<string, Member> byHost = right.Members.ToLookup(member => member.Name.Host);
        var common = new List<Member>();
        var combined = new List<Member>();
        foreach (Member left in Members)
        {
            foreach (Member other in byHost[left.Name.Host])
            {
                (Target name, Target otherName) = (left.Name, other.Name);
                if (Matches(otherName, name))
                    common.Add(left.WithDetailsOf(other));
                else if (Matches(name, otherName))
                    common.Add(other.WithDetailsOf(left));
                else if ((name.User ?? otherName.User) == (otherName.User ?? name.User) && (name.Port ?? otherName.Port) == (otherName.Port ?? name.Port))
                    combined.Add(left.WithDetailsOf(other).WithName(name with { User = name.User ?? otherName.User, Port = name.Port ?? otherName.Port }));
            }
        }
        // user@host and host:22 have user@host:22 in common, unless the result already contains one of the two.
        MemberIndex found = MemberIndex.Create(common.Select(member => member.Name), common.Count);
        return CreateSet([.. common, .. combined.Where(member => !found.Matches(member.Name))], capacity: 0);
    }

    /// <summary>Returns whether a user and a port, each of which is any if it is null, are those of a name.</summary>
    public static bool Matches(string? user, int? port, Target name) =>
        (user is null || user == name.User) && (port is null || port == name.Port);

    /// <summary>Returns whether one member stands for another.</summary>
    private static bool Matches(Target general, Target name) => Matches(general.User, general.Port, name);

    /// <param name="members">The members, perhaps with duplicates.</param>
    /// <param name="capacity">The number of members to reserve memory for.</param>
    private static MemberSet CreateSet(IEnumerable<Member> members, int capacity)
    {
        var places = new MemberIndex(capacity);
        var distinct = new List<Member>();
        foreach (Member member in members)
        {
            ref int place = ref places.GetOrAdd(member.Name, out bool exists);
            if (exists)
            {
                distinct[place] = distinct[place].WithDetailsOf(member);
                continue;
            }
            place = distinct.Count;
            distinct.Add(member);
        }
        return new(distinct);
    }

    /// <summary>A host that an expression selects.</summary>
    /// <param name="Name">The name.</param>
    /// <param name="Details">The host of a source, or null for a host that was named.</param>
    private readonly record struct Member(Target Name, KnownHost? Details)
    {
        public KnownHost ToHost() => Details ?? new(Name);

        public Member WithName(Target name) => new(name, Details is null ? null : Details with { Name = name });

        /// <summary>Returns this member with the details of another one of the same host, if this one has none.</summary>
        public Member WithDetailsOf(Member other) => other.Details is null ? this : new(Name, ToHost().WithDetailsOf(other.Details));
    }
}
