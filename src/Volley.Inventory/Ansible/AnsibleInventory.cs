namespace Volley.Inventory.Ansible;

/// <summary>A host or a group of an inventory while it is read.</summary>
internal sealed class AnsibleGroup(string name)
{
    public string Name => name;

    /// <summary>The names of hosts that the group lists itself.</summary>
    public List<string> Hosts { get; } = [];

    public List<AnsibleGroup> Children { get; } = [];

    public List<AnsibleGroup> Parents { get; } = [];

    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Returns the group and all groups that contain it.</summary>
    public HashSet<AnsibleGroup> Ancestors()
    {
        var found = new HashSet<AnsibleGroup>();
        var open = new Stack<AnsibleGroup>([this]);
        while (open.TryPop(out AnsibleGroup? group))
        {
            if (!found.Add(group))
                continue;
            foreach (AnsibleGroup parent in group.Parents)
                open.Push(parent);
        }
        return found;
    }
}

/// <summary>The hosts, groups and variables of an Ansible inventory. Only scalar variables are kept.</summary>
internal sealed class AnsibleInventory
{
    public const string All = "all";
    public const string Ungrouped = "ungrouped";

    private static readonly string[] SecretParts = ["pass", "secret", "token", "api_key"];

    private readonly Dictionary<string, AnsibleGroup> _groups = [];
    private readonly Dictionary<string, Dictionary<string, string>> _hosts = [];
    private readonly List<string> _hostNames = [];
    private readonly Dictionary<string, FilePlace> _places = [];

    private readonly string _source;

    /// <param name="source">The name of the source, for errors.</param>
    public AnsibleInventory(string source)
    {
        _source = source;
        GetGroup(All);
        AddChild(All, Ungrouped, default);
    }

    /// <summary>The names of the hosts, in the order in which they were first named.</summary>
    public IReadOnlyList<string> Hosts => _hostNames;

    public IEnumerable<AnsibleGroup> Groups => _groups.Values;

    public AnsibleGroup GetGroup(string name)
    {
        if (!_groups.TryGetValue(name, out AnsibleGroup? group))
            _groups.Add(name, group = new(name));
        return group;
    }

    public bool HasGroup(string name) => _groups.ContainsKey(name);

    public IReadOnlyDictionary<string, string> GetVariables(string host) => _hosts[host];

    public FilePlace GetPlace(string host) => _places[host];

    /// <summary>Adds a host to a group.</summary>
    public void AddHost(string group, string host, FilePlace place)
    {
        if (_hosts.TryAdd(host, []))
        {
            _hostNames.Add(host);
            _places.Add(host, place);
        }
        List<string> hosts = GetGroup(group).Hosts;
        if (!hosts.Contains(host))
            hosts.Add(host);
    }

    /// <summary>Adds a group to another one.</summary>
    /// <exception cref="HostSourceException">The group would contain itself.</exception>
    public void AddChild(string parent, string child, FilePlace place)
    {
        (AnsibleGroup outer, AnsibleGroup inner) = (GetGroup(parent), GetGroup(child));
        if (outer.Ancestors().Contains(inner))
            throw new HostSourceException(_source, $"the group '{child}' contains itself through '{parent}'", place.Path, place.Line);
        if (outer.Children.Contains(inner))
            return;
        outer.Children.Add(inner);
        inner.Parents.Add(outer);
    }

    /// <summary>Sets a variable of a host. Secrets are not kept, so that no label, filter or output can show them.</summary>
    public void SetVariable(string host, string name, string value) => Set(_hosts[host], name, value);

    public static void Set(Dictionary<string, string> variables, string name, string value)
    {
        if (Array.TrueForAll(SecretParts, part => !name.Contains(part, StringComparison.OrdinalIgnoreCase))
            && !value.StartsWith("$ANSIBLE_VAULT", StringComparison.Ordinal))
            variables[name] = value;
    }

    /// <summary>Completes the implicit groups: hosts without a group are in <c>ungrouped</c>, groups without a parent in <c>all</c>.</summary>
    public void Complete()
    {
        foreach (AnsibleGroup group in _groups.Values.Where(group => group.Name != All && group.Parents.Count == 0).ToList())
            AddChild(All, group.Name, default);
        var grouped = _groups.Values.Where(group => group.Name is not (All or Ungrouped)).SelectMany(group => group.Hosts).ToHashSet();
        AnsibleGroup ungrouped = GetGroup(Ungrouped);
        ungrouped.Hosts.RemoveAll(grouped.Contains);
        var listed = ungrouped.Hosts.ToHashSet();
        ungrouped.Hosts.AddRange(_hostNames.Where(host => !grouped.Contains(host) && listed.Add(host)));
    }

    /// <summary>Returns the depth of each group: that of <c>all</c> is 0, that of a child is greater than those of its parents.</summary>
    public Dictionary<AnsibleGroup, int> Depths()
    {
        var depths = new Dictionary<AnsibleGroup, int>();
        int Depth(AnsibleGroup group) => depths.TryGetValue(group, out int known)
            ? known
            : depths[group] = group.Parents.Count == 0 ? 0 : group.Parents.Max(Depth) + 1;
        foreach (AnsibleGroup group in _groups.Values)
            _ = Depth(group);
        return depths;
    }
}
