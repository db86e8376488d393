using System.Text;

namespace Volley.Cli.Terminal.Cells;

/// <summary>
/// A grid of cells that views draw on. Text that does not fit is clipped; a wide character that is cut in half becomes a blank.
/// </summary>
internal sealed class Canvas
{
    private readonly string[] _texts;
    private readonly Look[] _looks;

    public Canvas(int width, int height)
    {
        Width = width;
        Height = height;
        _texts = new string[width * height];
        _looks = new Look[width * height];
        Array.Fill(_texts, " ");
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Writes text, starting at a cell. Returns the column after it.</summary>
    /// <param name="x">The first column.</param>
    /// <param name="y">The row.</param>
    /// <param name="text">The text. Characters that a terminal would interpret are escaped.</param>
    /// <param name="look">The look of the text.</param>
    /// <param name="limit">The column at which the text is clipped; null for the width of the canvas.</param>
    public int Write(int x, int y, string text, Look look = default, int? limit = null)
    {
        var end = Math.Min(limit ?? Width, Width);
        if (y < 0 || y >= Height)
            return x;
        foreach (var rune in Visible(text).EnumerateRunes())
        {
            var width = CellWidth.Measure(rune);
            if (width == 0)
            {
                if (x > 0 && x <= end && _texts[(y * Width) + x - 1].Length > 0)
                    _texts[(y * Width) + x - 1] += rune;
                continue;
            }

            if (x + width > end)
            {
                if (x < end)
                    Set(x, y, " ", look);
                return end;
            }

            if (x >= 0)
            {
                Set(x, y, Text(rune), look);
                if (width == 2)
                    Set(x + 1, y, "", look);
            }

            x += width;
        }

        return x;
    }

    /// <summary>Writes text up to a column. Marks clipped text with <c>&gt;</c>.</summary>
    public int WriteCut(int x, int y, string text, Look look, int limit)
    {
        var end = Write(x, y, text, look, limit);
        if (x + CellWidth.Measure(text) > Math.Min(limit, Width))
            Write(Math.Min(limit, Width) - 1, y, ">", Tone.Faint);
        return end;
    }

    /// <summary>Writes text that ends before a column.</summary>
    public void WriteRight(int end, int y, string text, Look look = default) => Write(end - CellWidth.Measure(text), y, text, look);

    /// <summary>Changes the look of a row or of part of it, but not its text.</summary>
    public void Paint(int y, Func<Look, Look> look, int from = 0, int? to = null)
    {
        if (y < 0 || y >= Height)
            return;
        for (var x = Math.Max(0, from); x < Math.Min(to ?? Width, Width); x++)
            _looks[(y * Width) + x] = look(_looks[(y * Width) + x]);
    }

    /// <summary>Copies another canvas into this one.</summary>
    public void Put(int left, int top, Canvas other)
    {
        for (var y = 0; y < other.Height && top + y < Height; y++)
        {
            for (var x = 0; x < other.Width && left + x < Width; x++)
                Set(left + x, top + y, other._texts[(y * other.Width) + x], other._looks[(y * other.Width) + x]);
        }
    }

    /// <summary>Returns the column after the last cell of a row that is not blank.</summary>
    public int FindEnd(int y)
    {
        var end = Width;
        while (end > 0 && _texts[(y * Width) + end - 1] == " " && !_looks[(y * Width) + end - 1].IsReverse)
            end--;
        return end;
    }

    /// <summary>Returns the ranges of a row that differ from another canvas of the same size. Nearby ranges are merged.</summary>
    public IEnumerable<(int From, int End)> Changes(Canvas before, int y)
    {
        // Moving the cursor costs about as many bytes.
        const int Close = 6;
        int? from = null;
        var end = 0;
        for (var x = 0; x < Width; x++)
        {
            var place = (y * Width) + x;
            if (_texts[place] == before._texts[place] && _looks[place] == before._looks[place])
                continue;
            // Both halves of a wide character must be written together.
            var first = x > 0 && (_texts[place].Length == 0 || before._texts[place].Length == 0) ? x - 1 : x;
            if (from is { } begun && first - end > Close)
            {
                yield return (begun, end);
                from = null;
            }

            from ??= first;
            end = x + 1;
            while (end < Width && _texts[(y * Width) + end].Length == 0)
                end++;
        }

        if (from is { } last)
            yield return (last, end);
    }

    /// <summary>Splits a row, or part of it, into the longest ranges with the same look.</summary>
    public IEnumerable<(int X, string Text, Look Look)> Runs(int y, int from = 0, int? to = null)
    {
        var text = new StringBuilder(Width);
        var start = from;
        for (var x = from; x < (to ?? Width); x++)
        {
            var look = _looks[(y * Width) + x];
            if (x > start && look != _looks[(y * Width) + start])
            {
                yield return (start, text.ToString(), _looks[(y * Width) + start]);
                text.Clear();
                start = x;
            }

            text.Append(_texts[(y * Width) + x]);
        }

        if (text.Length > 0)
            yield return (start, text.ToString(), _looks[(y * Width) + start]);
    }

    /// <summary>Returns the rows as text, without trailing blanks.</summary>
    public override string ToString() =>
        string.Join('\n', Enumerable.Range(0, Height).Select(y => string.Concat(_texts[(y * Width)..((y + 1) * Width)]).TrimEnd()));

    private void Set(int x, int y, string text, Look look)
    {
        var place = (y * Width) + x;
        _texts[place] = text;
        _looks[place] = look;
    }

    /// <summary>Escapes text, except printable ASCII, which is the common case.</summary>
    private static string Visible(string text) => text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? SafeText.Escape(text) : text;

    private static readonly string[] Ascii = [.. Enumerable.Range(0, 128).Select(c => ((char)c).ToString())];

    private static string Text(Rune rune) => rune.IsAscii ? Ascii[rune.Value] : rune.ToString();
}
