using System.Runtime.InteropServices;

namespace Volley.Hosts.Folding;

/// <summary>Folds names into an expression: groups names of equal shape, folds their numbers, and sorts the results.</summary>
internal sealed class HostListFolder
{
    private readonly NameShape _shape = new();
    private readonly Dictionary<string, FoldGroup> _groups = [];
    private readonly Dictionary<string, int> _literals = [];
    private FoldGroup? _last;

    public static string Fold(IEnumerable<string> names)
    {
        var folder = new HostListFolder();
        foreach (string name in names)
            folder.Add(name);
        return folder.Fold();
    }

    public string Fold()
    {
        var folded = new List<FoldedNames>();
        foreach (FoldGroup group in _groups.Values)
            group.FoldTo(folded);
        foreach ((string name, int count) in _literals)
        {
            for (int copy = 1; copy <= count; copy++)
                folded.Add(new(name, name, copy));
        }
        folded.Sort();
        return folded is [var only] ? only.Text : string.Join(',', folded.Select(names => names.Text));
    }

    private void Add(string name)
    {
        // Names without a number to fold are added to the results unchanged.
        if (!_shape.Read(name))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_literals, name, out _)++;
            return;
        }
        // Most names share few shapes, often that of the name before.
        if (_last is null || !_shape.Text.SequenceEqual(_last.Shape))
            _last = FindGroup();
        _last.Add(_shape.Numbers);
    }

    private FoldGroup FindGroup()
    {
        if (_groups.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(_shape.Text, out FoldGroup? group))
            return group;
        string shape = _shape.Text.ToString();
        group = new FoldGroup(shape, _shape.Numbers.Length);
        _groups.Add(shape, group);
        return group;
    }
}
