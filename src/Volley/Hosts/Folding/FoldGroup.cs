using System.Runtime.InteropServices;
using System.Text;

namespace Volley.Hosts.Folding;

/// <summary>Names that differ only in their numbers: a table with one row per name and one column per number.</summary>
/// <remarks>Columns are folded from right to left: rows that agree in all other columns are merged into one, whose number becomes a set.
/// A row is therefore always the full product of its sets, and no name is in two rows of one copy.</remarks>
internal sealed class FoldGroup(string shape, int columns)
{
    // A cell holds the code of a number, or the complement of the id of a set of several numbers.
    private RowTable _rows = new(columns);
    private readonly Dictionary<NumberSet, int> _ids = [];
    private readonly List<NumberSet> _sets = [];

    public string Shape => shape;

    /// <summary>Adds a name, by the codes of its numbers.</summary>
    public void Add(ReadOnlySpan<ulong> numbers) => _rows.Add(numbers);

    /// <summary>Folds the names and adds the results to a list. The second copies of equal names are folded together, and so on.</summary>
    public void FoldTo(List<FoldedNames> results)
    {
        int[]? copies = _rows.RemoveDuplicates();
        for (int copy = 1; _rows.Count > 0; copy++)
        {
            RowTable repeated = copies is null ? new(columns) : FindRepeated(copies, copy);
            if (_rows.Count > 1)
            {
                for (int column = columns - 1; column >= 0; column--)
                    FoldColumn(column);
            }
            for (int row = 0; row < _rows.Count; row++)
                results.Add(Write(_rows[row], copy));
            _rows = repeated;
        }
    }

    private RowTable FindRepeated(int[] copies, int copy)
    {
        var repeated = new RowTable(columns);
        for (int row = 0; row < _rows.Count; row++)
        {
            if (copies[row] <= copy)
                continue;
            copies[repeated.Count] = copies[row];
            repeated.Add(_rows[row]);
        }
        return repeated;
    }

    private void FoldColumn(int column)
    {
        if (columns == 1)
        {
            _rows[0][0] = ~(ulong)IdOf(NumberSet.Fold(_rows.Cells));
            _rows.Truncate(1);
            return;
        }
        int[] firsts = _rows.FindFirsts(except: column);
        // The rows to merge into a row are linked from it, in their order.
        int[] next = new int[_rows.Count];
        for (int row = _rows.Count - 1; row >= 0; row--)
        {
            int first = firsts[row];
            if (first != row)
                (next[row], next[first]) = (next[first], row);
        }
        int kept = 0;
        var numbers = new List<ulong>();
        for (int row = 0; row < _rows.Count; row++)
        {
            if (firsts[row] != row)
                continue;
            if (next[row] > 0)
            {
                numbers.Clear();
                for (int merged = row; merged > 0 || numbers.Count == 0; merged = next[merged])
                    numbers.Add(_rows[merged][column]);
                _rows[row][column] = ~(ulong)IdOf(NumberSet.Fold(CollectionsMarshal.AsSpan(numbers)));
            }
            _rows[row].CopyTo(_rows[kept++]);
        }
        _rows.Truncate(kept);
    }

    // Sets have ids, so that comparing rows compares integers.
    private int IdOf(NumberSet set)
    {
        ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, set, out bool exists);
        if (!exists)
        {
            id = _sets.Count;
            _sets.Add(set);
        }
        return id;
    }

    private FoldedNames Write(ReadOnlySpan<ulong> row, int copy)
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
            ulong cell = row[column++];
            if (cell <= Number.MaxCode)
            {
                new Number(cell).AppendTo(text);
                if (first is not null)
                    new Number(cell).AppendTo(first);
                continue;
            }
            first ??= new StringBuilder().Append(text);
            NumberSet set = _sets[(int)~cell];
            text.Append(set.Text);
            set.First.AppendTo(first);
        }
        string written = text.ToString();
        return new(written, first?.ToString() ?? written, copy);
    }
}
