using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>
/// An incremental search in a node's output. It runs in slices to keep the screen responsive. The search is case-sensitive if the text
/// contains an uppercase letter.
/// </summary>
internal sealed class TextSearch(string text)
{
    private const int LinesAtOnce = 1000;

    private readonly StringComparison _comparison = text.Any(char.IsUpper) ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
    private readonly LineEscaper _escaper = new();
    private long _at;
    private long _left;
    private int _step;

    public string Text => text;

    /// <summary>The width of the text in columns.</summary>
    public int Width { get; } = CellWidth.Measure(text);

    /// <summary>The line of the last match.</summary>
    public long? Found { get; private set; }

    /// <summary>Whether the search is running.</summary>
    public bool IsRunning => _left > 0;

    /// <summary>Whether the last search covered all lines without a match.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Returns the index of the next match in a line, starting at <paramref name="from"/>; -1 if there is none.</summary>
    public int In(string line, int from) => from >= line.Length ? -1 : line.IndexOf(text, from, _comparison);

    /// <summary>Starts a search for the next line that matches. It wraps around and ends where it began.</summary>
    /// <param name="from">The first line to search.</param>
    /// <param name="count">The number of lines.</param>
    /// <param name="isBackward">Whether to search backward.</param>
    public void Begin(long from, long count, bool isBackward)
    {
        _step = isBackward ? -1 : 1;
        _left = count;
        _at = count == 0 ? 0 : (from + count) % count;
        HasFailed = count == 0;
    }

    public void Cancel() => _left = 0;

    /// <summary>Searches some more lines. Returns true when the search is over.</summary>
    public bool Advance(NodeLog log)
    {
        var count = (int)Math.Min(LinesAtOnce, _left);
        var first = _step > 0 ? _at : Math.Max(0, _at - count + 1);
        var lines = log.Read(first, (int)Math.Min(count, _step > 0 ? long.MaxValue : _at - first + 1));
        for (var i = 0; i < lines.Count; i++)
        {
            var place = _step > 0 ? i : lines.Count - 1 - i;
            if (In(_escaper.Escape(lines[place].Bytes), 0) < 0)
                continue;
            Found = first + place;
            _left = 0;
            return true;
        }

        var seen = Math.Max(lines.Count, 1);
        _left = Math.Max(0, _left - seen);
        // Wrap around at either end.
        var next = _step > 0 ? _at + seen : first - 1;
        _at = next < 0 ? log.LineCount - 1 : next >= log.LineCount ? 0 : next;
        HasFailed = _left == 0;
        return _left == 0;
    }
}
