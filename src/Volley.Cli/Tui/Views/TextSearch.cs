using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>Looks for text in what a node printed, a part at a time, so that the screen stays live however much there is. Capitals count where the text has some.</summary>
internal sealed class TextSearch(string text)
{
    private const int LinesAtOnce = 1000;

    private readonly StringComparison _comparison = text.Any(char.IsUpper) ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
    private long _at;
    private long _left;
    private int _step;

    public string Text => text;

    /// <summary>How many columns it takes.</summary>
    public int Width { get; } = CellWidth.Of(text);

    /// <summary>The line that it was found in last.</summary>
    public long? Found { get; private set; }

    /// <summary>Whether it is being looked for.</summary>
    public bool IsUnderWay => _left > 0;

    /// <summary>Whether the last search went through everything without finding it.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The next place of it in a line; -1 if there is none.</summary>
    public int In(string line, int from) => from >= line.Length ? -1 : line.IndexOf(text, from, _comparison);

    /// <summary>Begins to look for the next line that has it, from a line on, and on to that line again from the other end.</summary>
    /// <param name="from">The first line that is looked at.</param>
    /// <param name="count">How many lines there are.</param>
    /// <param name="isBackward">In which direction.</param>
    public void Begin(long from, long count, bool isBackward)
    {
        _step = isBackward ? -1 : 1;
        _left = count;
        _at = count == 0 ? 0 : (from + count) % count;
        HasFailed = count == 0;
    }

    public void Cancel() => _left = 0;

    /// <summary>Looks at some more lines; true when the search is over.</summary>
    public bool Advance(NodeLog log)
    {
        var count = (int)Math.Min(LinesAtOnce, _left);
        var first = _step > 0 ? _at : Math.Max(0, _at - count + 1);
        var lines = log.Read(first, (int)Math.Min(count, _step > 0 ? long.MaxValue : _at - first + 1));
        for (var i = 0; i < lines.Count; i++)
        {
            var place = _step > 0 ? i : lines.Count - 1 - i;
            if (In(SafeLine.Of(lines[place].Bytes), 0) < 0)
                continue;
            Found = first + place;
            _left = 0;
            return true;
        }

        var seen = Math.Max(lines.Count, 1);
        _left = Math.Max(0, _left - seen);
        // From the other end once one end is reached.
        var next = _step > 0 ? _at + seen : first - 1;
        _at = next < 0 ? log.LineCount - 1 : next >= log.LineCount ? 0 : next;
        HasFailed = _left == 0;
        return _left == 0;
    }
}
