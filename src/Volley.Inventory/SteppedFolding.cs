using System.Globalization;
using System.Text;

namespace Volley.Inventory;

/// <summary>Folds names as <see cref="HostList.Fold(IEnumerable{string})"/> does, with steps: <c>n[1-9/2]</c> for <c>n[1,3,5,7,9]</c>.</summary>
public static class SteppedFolding
{
    /// <summary>Folds names into a short expression.</summary>
    /// <param name="names">Names in any order, each <c>[user@]host[:port]</c>.</param>
    /// <param name="minimum">The smallest number of numbers to write with a step: 3 or more.</param>
    public static string Fold(IEnumerable<string> names, int minimum = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimum, 3);
        string folded = HostList.Fold(names);
        var text = new StringBuilder(folded.Length);
        int position = 0;
        while (folded.IndexOf('[', position) is >= 0 and var open)
        {
            int close = folded.IndexOf(']', open);
            text.Append(folded, position, open + 1 - position);
            string bracket = folded[(open + 1)..close];
            // An IPv6 address is in brackets, too.
            text.Append(bracket.Contains(':', StringComparison.Ordinal) ? bracket : FoldBracket(bracket, minimum)).Append(']');
            position = close + 1;
        }
        return text.Append(folded, position, folded.Length - position).ToString();
    }

    private static string FoldBracket(string bracket, int minimum)
    {
        string[] entries = bracket.Split(',');
        var folded = new List<string>();
        for (int i = 0; i < entries.Length;)
        {
            int end = FindEnd(entries, i);
            if (end - i < minimum)
            {
                folded.Add(entries[i++]);
                continue;
            }
            folded.Add(string.Create(CultureInfo.InvariantCulture, $"{entries[i]}-{entries[end - 1]}/{Number(entries[i + 1]) - Number(entries[i])}"));
            i = end;
        }
        return string.Join(',', folded);
    }

    /// <summary>Returns the end of the entries from <paramref name="start"/> on that have the same distance and the padding of the first.</summary>
    private static int FindEnd(string[] entries, int start)
    {
        int end = start + 1;
        if (end == entries.Length || IsRange(entries[start]) || IsRange(entries[end]))
            return end;
        long step = Number(entries[end]) - Number(entries[start]);
        while (step > 0 && end < entries.Length && !IsRange(entries[end])
            && Number(entries[end]) - Number(entries[end - 1]) == step
            && entries[end].Length == Math.Max(entries[start].Length, Number(entries[end]).ToString(CultureInfo.InvariantCulture).Length))
        {
            end++;
        }
        return end;
    }

    private static bool IsRange(string entry) => entry.Contains('-', StringComparison.Ordinal);

    private static long Number(string digits) => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
