using System.Runtime.InteropServices;
using System.Text;

namespace Volley.Hosts.Folding;

/// <summary>Distinct names that differ only in their numbers: a table with one row per name and one column per number.</summary>
/// <remarks>Columns are folded from right to left: rows that agree in all other columns are merged into one, whose number becomes a set.
/// A row is therefore always the full product of its sets, and no name is in two rows.</remarks>
internal sealed class FoldGroup(string shape)
{
    private readonly Interned<Number> _numbers = new();
    private readonly Interned<NumberSet> _sets = new();
    private readonly List<int[]> _names = [];

    public void Add(List<Number> numbers)
    {
        int[] row = new int[numbers.Count];
        for (int i = 0; i < row.Length; i++)
            row[i] = _numbers.IdOf(numbers[i]);
        _names.Add(row);
    }

    /// <summary>Folds all columns. Each result is an expression and the first name that it expands to.</summary>
    public IEnumerable<(string Text, string First)> Fold()
    {
        List<int[]> rows = _names;
        if (rows.Count > 1)
        {
            for (int column = rows[0].Length - 1; column >= 0; column--)
                rows = FoldColumn(rows, column);
        }
        return rows.Select(Write);
    }

    // A cell holds the id of a number, or the complement of the id of a set with several numbers. Most cells of irregular names hold a number.
    private List<int[]> FoldColumn(List<int[]> rows, int column)
    {
        var merged = new Dictionary<int[], List<int>?>(rows.Count, new OtherColumns(column));
        foreach (int[] row in rows)
        {
            ref List<int>? others = ref CollectionsMarshal.GetValueRefOrAddDefault(merged, row, out bool exists);
            if (exists)
                (others ??= []).Add(row[column]);
        }
        var folded = new List<int[]>(merged.Count);
        var numbers = new List<Number>();
        foreach ((int[] row, List<int>? others) in merged)
        {
            folded.Add(row);
            if (others is null)
                continue;
            numbers.Clear();
            numbers.Add(_numbers[row[column]]);
            foreach (int other in others)
                numbers.Add(_numbers[other]);
            row[column] = ~_sets.IdOf(NumberSet.Fold(numbers));
        }
        return folded;
    }

    private (string Text, string First) Write(int[] row)
    {
        var text = new StringBuilder();
        StringBuilder? first = null;
        int column = 0;
        foreach (char character in shape)
        {
            if (character != NameShape.Slot)
            {
                text.Append(character);
                first?.Append(character);
                continue;
            }
            int cell = row[column++];
            if (cell >= 0)
            {
                _numbers[cell].AppendTo(text);
                if (first is not null)
                    _numbers[cell].AppendTo(first);
                continue;
            }
            first ??= new StringBuilder().Append(text);
            text.Append(_sets[~cell].Text);
            _sets[~cell].First.AppendTo(first);
        }
        string written = text.ToString();
        return (written, first?.ToString() ?? written);
    }

    /// <summary>Maps values to integer ids, so that comparing rows compares integers.</summary>
    private sealed class Interned<T> where T : notnull
    {
        private readonly Dictionary<T, int> _ids = [];
        private readonly List<T> _values = [];

        public T this[int id] => _values[id];

        public int IdOf(T value)
        {
            ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, value, out bool exists);
            if (!exists)
            {
                id = _values.Count;
                _values.Add(value);
            }
            return id;
        }
    }

    private sealed class OtherColumns(int column) : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x is null || y is null
            ? ReferenceEquals(x, y)
            : x.AsSpan(0, column).SequenceEqual(y.AsSpan(0, column)) && x.AsSpan(column + 1).SequenceEqual(y.AsSpan(column + 1));

        public int GetHashCode(int[] obj)
        {
            uint hash = 0;
            for (int i = 0; i < obj.Length; i++)
                hash = i == column ? hash : (hash ^ (uint)obj[i]) * 0x9E3779B1;
            return (int)(hash ^ (hash >> 15));
        }
    }
}
