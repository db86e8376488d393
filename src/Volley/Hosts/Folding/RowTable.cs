using System.Numerics;

namespace Volley.Hosts.Folding;

/// <summary>A table of integers, all rows in one array.</summary>
internal sealed class RowTable(int columns)
{
    private ulong[] _cells = [];

    public int Count { get; private set; }

    public Span<ulong> this[int row] => _cells.AsSpan(row * columns, columns);

    /// <summary>All cells, row by row.</summary>
    public Span<ulong> Cells => _cells.AsSpan(0, Count * columns);

    public void Add(ReadOnlySpan<ulong> row)
    {
        int end = Count * columns;
        if (end == _cells.Length)
            Array.Resize(ref _cells, columns * Math.Max(1, 2 * Count));
        row.CopyTo(_cells.AsSpan(end));
        Count++;
    }

    /// <summary>Removes the rows from an index on.</summary>
    public void Truncate(int count) => Count = count;

    /// <summary>Removes all but the first of equal rows.</summary>
    /// <returns>How often each of the remaining rows was there, or null if no rows were equal.</returns>
    public int[]? RemoveDuplicates()
    {
        // Names of ranges arrive in order.
        if (IsAscending())
            return null;
        int[] firsts = FindFirsts(except: -1);
        int[] copies = new int[Count];
        foreach (int first in firsts)
            copies[first]++;
        int kept = 0;
        for (int row = 0; row < Count; row++)
        {
            if (firsts[row] != row)
                continue;
            this[row].CopyTo(this[kept]);
            copies[kept++] = copies[row];
        }
        bool hadDuplicates = kept < Count;
        Truncate(kept);
        return hadDuplicates ? copies : null;
    }

    /// <summary>Returns the first row with equal cells for each row, itself included.</summary>
    /// <param name="except">The column that is not compared; -1 to compare all columns.</param>
    public int[] FindFirsts(int except)
    {
        int[] firsts = new int[Count];
        // A slot holds the index of a row plus 1.
        int[] slots = new int[BitOperations.RoundUpToPowerOf2((uint)Count * 2)];
        for (int row = 0; row < Count; row++)
        {
            for (uint slot = Hash(this[row], except); ; slot++)
            {
                ref int entry = ref slots[slot & (slots.Length - 1)];
                if (entry == 0)
                    entry = row + 1;
                else if (!AreEqual(this[entry - 1], this[row], except))
                    continue;
                firsts[row] = entry - 1;
                break;
            }
        }
        return firsts;
    }

    private bool IsAscending()
    {
        for (int row = 1; row < Count; row++)
        {
            if (this[row - 1].SequenceCompareTo(this[row]) >= 0)
                return false;
        }
        return true;
    }

    private static bool AreEqual(ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y, int except) => except < 0
        ? x.SequenceEqual(y)
        : x[..except].SequenceEqual(y[..except]) && x[(except + 1)..].SequenceEqual(y[(except + 1)..]);

    private static uint Hash(ReadOnlySpan<ulong> row, int except)
    {
        ulong hash = 0;
        for (int i = 0; i < row.Length; i++)
        {
            if (i != except)
                hash = BitOperations.RotateLeft(hash ^ row[i], 29) * 0x9E3779B97F4A7C15;
        }
        return (uint)(hash >> 32);
    }
}
