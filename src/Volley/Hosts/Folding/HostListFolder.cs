using System.Runtime.InteropServices;
using Volley.Hosts.Parsing;

namespace Volley.Hosts.Folding;

/// <summary>Folds names into an expression: groups names of equal shape, folds their numbers, and sorts the results.</summary>
internal static class HostListFolder
{
    /// <summary>A folded expression. The second copies of equal names are folded together, so that the expression repeats them too.</summary>
    private readonly record struct Folded(string Text, string First, int Copy);

    public static string Fold(IEnumerable<string> names)
    {
        var folded = new List<Folded>();
        foreach (((int copy, _), FoldGroup group) in Gather(names, folded))
        {
            foreach ((string text, string first) in group.Fold())
                folded.Add(new(text, first, copy));
        }
        folded.Sort(Compare);
        return string.Join(',', folded.Select(item => item.Text));
    }

    // Names without a number to fold are added to the results unchanged.
    private static Dictionary<(int Copy, string Shape), FoldGroup> Gather(IEnumerable<string> names, List<Folded> literals)
    {
        var copies = new Dictionary<string, int>();
        var shapes = new Dictionary<string, string>();
        var shapesBySpan = shapes.GetAlternateLookup<ReadOnlySpan<char>>();
        var groups = new Dictionary<(int Copy, string Shape), FoldGroup>();
        var numbers = new List<Number>();
        Span<char> buffer = stackalloc char[2 * NameCharacters.MaxLength + "@:65535".Length];
        foreach (string name in names)
        {
            int copy = ++CollectionsMarshal.GetValueRefOrAddDefault(copies, name, out _);
            ReadOnlySpan<char> written = buffer[..NameShape.Read(name, buffer, numbers)];
            if (written.IsEmpty)
            {
                literals.Add(new(name, name, copy));
                continue;
            }
            // Most names share few shapes, so each shape is converted to a string only once.
            if (!shapesBySpan.TryGetValue(written, out string? shape))
                shapes.Add(shape = written.ToString(), shape);
            ref FoldGroup? group = ref CollectionsMarshal.GetValueRefOrAddDefault(groups, (copy, shape), out _);
            group ??= new FoldGroup(shape);
            group.Add(numbers);
        }
        return groups;
    }

    private static int Compare(Folded x, Folded y)
    {
        int order = NaturalOrder.Compare(x.First, y.First);
        return order != 0 ? order : x.Copy.CompareTo(y.Copy);
    }
}
