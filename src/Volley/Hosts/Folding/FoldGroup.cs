using System.Text;

namespace Volley.Hosts.Folding;

/// <summary>Distinct names that differ only in their numbers: a table with one row per name and one column per number.</summary>
/// <remarks>Columns are folded from right to left: rows that agree in all other columns are merged into one, whose number becomes a set.
/// A row is therefore always the full product of its sets, and no name is in two rows.</remarks>
internal sealed class FoldGroup(string shape)
{
    private readonly List<Number[]> _names = [];
    private readonly Interned<Number> _numbers = new();
    private readonly Interned<NumberSet> _sets = new();

    public void Add(List<Number> numbers) => _names.Add([.. numbers]);

    /// <summary>Folds all columns. Each result is an expression and the first name that it expands to.</summary>
    public IEnumerable<(string Text, string First)> Fold()
    {
        if (_names is [var single])
        {
            string name = Fill(single, number => number.ToString());
            return [(name, name)];
        }
        List<int[]> rows = [.. _names.Select(name => Array.ConvertAll(name, _numbers.IdOf))];
        for (int column = rows[0].Length - 1; column >= 0; column--)
            rows = FoldColumn(rows, column);
        return rows.Select(row => (Fill(row, id => _sets[id].Text), Fill(row, id => _sets[id].First.ToString())));
    }

    // Columns to the right of this one already hold sets, columns to the left still hold numbers.
    private List<int[]> FoldColumn(List<int[]> rows, int column)
    {
        var merged = new Dictionary<int[], List<Number>>(new OtherColumns(column));
        foreach (int[] row in rows)
        {
            if (!merged.TryGetValue(row, out List<Number>? numbers))
                merged.Add(row, numbers = []);
            numbers.Add(_numbers[row[column]]);
        }
        foreach ((int[] row, List<Number> numbers) in merged)
            row[column] = _sets.IdOf(NumberSet.Fold(numbers));
        return [.. merged.Keys];
    }

    private string Fill<T>(T[] row, Func<T, string> write)
    {
        var text = new StringBuilder();
        int column = 0;
        foreach (char character in shape)
        {
            if (character == NameShape.Slot)
                text.Append(write(row[column++]));
            else
                text.Append(character);
        }
        return text.ToString();
    }

    /// <summary>Maps values to integer ids, so that comparing rows compares integers.</summary>
    private sealed class Interned<T> where T : notnull
    {
        private readonly Dictionary<T, int> _ids = [];
        private readonly List<T> _values = [];

        public T this[int id] => _values[id];

        public int IdOf(T value)
        {
            if (_ids.TryAdd(value, _values.Count))
                _values.Add(value);
            return _ids[value];
        }
    }

    private sealed class OtherColumns(int column) : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x is null || y is null
            ? ReferenceEquals(x, y)
            : x.AsSpan(0, column).SequenceEqual(y.AsSpan(0, column)) && x.AsSpan(column + 1).SequenceEqual(y.AsSpan(column + 1));

        public int GetHashCode(int[] obj)
        {
            var hash = new HashCode();
            for (int i = 0; i < obj.Length; i++)
                hash.Add(i == column ? 0 : obj[i]);
            return hash.ToHashCode();
        }
    }
}
