using System.Collections.Immutable;
using Volley.Cli.Terminal;
using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Output.Progress;

/// <summary>
/// Shortens the names of a run's nodes for a narrow column. If any name is long, the common prefix and suffix of all names are dropped.
/// A name that still does not fit is shortened in the middle.
/// </summary>
internal sealed class NodeNames
{
    /// <summary>Common parts are dropped only if some name is longer than this.</summary>
    private const int Short = 16;

    private readonly string _ellipsis;
    private readonly int _head;
    private readonly int _tail;

    /// <param name="targets">All targets of the run, not only the visible ones.</param>
    /// <param name="isAscii">Whether the terminal is limited to ASCII.</param>
    public NodeNames(ImmutableArray<Target> targets, bool isAscii)
    {
        _ellipsis = isAscii ? "~" : "…";
        if (targets.Length > 1 && targets.Any(target => target.Label.Length > Short))
            (_head, _tail) = Common(targets);
        Widest = targets.Select(target => CellWidth.Measure(WithoutCommon(target.Label))).DefaultIfEmpty(0).Max();
    }

    /// <summary>The width of the widest name in cells, before names are shortened in the middle.</summary>
    public int Widest { get; }

    /// <summary>Returns a name of at most <paramref name="width"/> cells.</summary>
    public string Fit(string label, int width)
    {
        var name = WithoutCommon(label);
        if (CellWidth.Measure(name) <= width)
            return name;
        // Keep the end, too: it distinguishes nodes more often than the beginning does.
        var room = Math.Max(width - 1, 0);
        return Prefix(name, room / 2) + _ellipsis + Suffix(name, room - (room / 2));
    }

    private string WithoutCommon(string label)
    {
        var name = SafeText.Escape(label);
        if (name != label || _head + _tail >= label.Length)
            return name;
        return (_head > 0 ? _ellipsis : "") + label[_head..^_tail] + (_tail > 0 ? _ellipsis : "");
    }

    private static (int Head, int Tail) Common(ImmutableArray<Target> targets)
    {
        var first = targets[0].Label;
        var head = first.Length;
        var tail = first.Length;
        foreach (var target in targets)
        {
            head = first.AsSpan(0, head).CommonPrefixLength(target.Label);
            var one = first.AsSpan(first.Length - tail);
            var other = target.Label.AsSpan();
            var same = 0;
            while (same < one.Length && same < other.Length && one[^(same + 1)] == other[^(same + 1)])
                same++;
            tail = same;
        }

        // Cut only at the boundary of a number or a word: n1 and n10 differ as a whole.
        while (head > 0 && char.IsLetterOrDigit(first[head - 1]))
            head--;
        while (tail > 0 && char.IsLetterOrDigit(first[^tail]))
            tail--;
        // Replacing one character by an ellipsis saves nothing.
        return (head > 1 ? head : 0, tail > 1 ? tail : 0);
    }

    private static string Prefix(string text, int width)
    {
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width -= CellWidth.Measure(rune);
            if (width < 0)
                break;
            end += rune.Utf16SequenceLength;
        }

        return text[..end];
    }

    private static string Suffix(string text, int width)
    {
        var start = text.Length;
        while (start > 0)
        {
            var length = start > 1 && char.IsSurrogatePair(text, start - 2) ? 2 : 1;
            width -= CellWidth.Measure(text.Substring(start - length, length));
            if (width < 0)
                break;
            start -= length;
        }

        return text[start..];
    }
}
