namespace Volley.Rollout.Batches;

/// <summary>The targets of a batch that have not started, by the value of the attribute that limits how many run at once. The caller locks.</summary>
/// <param name="attribute">The attribute; null for no limit.</param>
/// <param name="limit">The largest number of targets at once with the same value.</param>
internal sealed class BatchQueue(string? attribute, int limit)
{
    private readonly Dictionary<string, Group> _groups = [];
    private readonly SortedDictionary<int, Group> _ready = [];
    private int _number;

    /// <summary>The number of targets that have not started.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the targets of a batch.</summary>
    public void Add(IEnumerable<Target> targets)
    {
        foreach (var target in targets)
        {
            var group = GetGroup(target);
            group.Waiting.Enqueue((_number++, target));
            Count++;
            Offer(group);
        }
    }

    /// <summary>Takes the first target that may start. Returns null if the limit holds all others back, or none is left.</summary>
    public Target? TryTake()
    {
        if (_ready.Count == 0)
            return null;
        var (number, group) = _ready.First();
        _ready.Remove(number);
        var (_, target) = group.Waiting.Dequeue();
        group.Running++;
        Count--;
        Offer(group);
        return target;
    }

    /// <summary>Records that a target has ended.</summary>
    public void End(Target target)
    {
        var group = GetGroup(target);
        group.Running--;
        Offer(group);
    }

    private void Offer(Group group)
    {
        if (group.Waiting.Count > 0 && group.Running < group.Limit)
            _ready[group.Waiting.Peek().Number] = group;
    }

    private Group GetGroup(Target target)
    {
        var value = attribute is not null && target.Attributes.TryGetValue(attribute, out var found) ? found : null;
        // The value of an attribute has no NUL.
        var key = value ?? "\0";
        if (!_groups.TryGetValue(key, out var group))
            _groups[key] = group = new Group(value is null ? int.MaxValue : limit);
        return group;
    }

    private sealed class Group(int limit)
    {
        public int Limit => limit;

        public Queue<(int Number, Target Target)> Waiting { get; } = [];

        public int Running { get; set; }
    }
}
