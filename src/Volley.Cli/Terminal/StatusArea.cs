using System.Text;
using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Terminal;

/// <summary>
/// The status lines below all output. It tracks what is on the screen and produces the bytes that change it. The cursor rests at the
/// beginning of the first line.
/// </summary>
internal sealed class StatusArea
{
    /// <summary>
    /// The interval of complete redraws in milliseconds. They remove echoed input, which a differential update does not see.
    /// </summary>
    private const int RefreshInterval = 10_000;

    private Canvas? _drawn;
    private long _drawnWholeAt;
    private bool _hasColors;

    /// <summary>Whether no status lines are on the screen.</summary>
    public bool IsEmpty => _drawn is null;

    // Erase the first line, then from its second column to the end of the screen. From the first column of a screen, tmux would
    // treat the erasure as a clear and keep a copy of the screen in its history. A terminal that became narrower wraps the lines, but
    // the cursor still stands at their beginning.
    private static ReadOnlySpan<byte> Erasure => "\r\e[K\e[C\e[J\r"u8;

    /// <summary>Appends the bytes that erase the status lines.</summary>
    public void Erase(MemoryStream to)
    {
        if (_drawn is not null)
            to.Write(Erasure);
        _drawn = null;
    }

    /// <summary>Appends the bytes that replace the status lines: only the differences if the size is unchanged.</summary>
    public void Show(MemoryStream to, Canvas? lines, bool hasColors)
    {
        if (lines is not null && _drawn is { } drawn && drawn.Width == lines.Width && drawn.Height == lines.Height && hasColors == _hasColors
            && Environment.TickCount64 - _drawnWholeAt < RefreshInterval)
        {
            Update(to, drawn, lines);
            _drawn = lines;
            return;
        }

        Erase(to);
        if (lines is null)
            return;
        _drawn = lines;
        _drawnWholeAt = Environment.TickCount64;
        _hasColors = hasColors;
        for (var y = 0; y < lines.Height; y++)
        {
            if (y > 0)
                to.Write("\r\n"u8);
            foreach (var (_, text, look) in lines.Runs(y, 0, lines.FindEnd(y)))
                Append(to, text, look);
        }

        Return(to, lines.Height - 1);
    }

    private void Update(MemoryStream to, Canvas before, Canvas after)
    {
        var row = 0;
        for (var y = 0; y < after.Height; y++)
        {
            foreach (var (from, end) in after.Changes(before, y))
            {
                if (y > row)
                    to.Write(Encoding.ASCII.GetBytes($"\e[{y - row}B"));
                row = y;
                to.Write(Encoding.ASCII.GetBytes($"\e[{from + 1}G"));
                foreach (var (_, text, look) in after.Runs(y, from, end))
                    Append(to, text, look);
            }
        }

        if (row > 0 || to.Length > 0)
            Return(to, row);
    }

    private static void Return(MemoryStream to, int rows) =>
        to.Write(rows > 0 ? Encoding.ASCII.GetBytes($"\r\e[{rows}A") : "\r"u8);

    private void Append(MemoryStream to, string text, Look look)
    {
        var code = _hasColors ? GetSgrCode(look) : "";
        to.Write(Encoding.UTF8.GetBytes(code.Length > 0 ? $"\e[{code}m{text}\e[0m" : text));
    }

    /// <summary>Returns the SGR parameters (ECMA-48 8.3.117) of a look.</summary>
    private static string GetSgrCode(Look look)
    {
        var color = look.Tone switch
        {
            Tone.Faint => "2",
            Tone.Good => "32",
            Tone.Bad => "31",
            Tone.Busy => "36",
            Tone.Pending => "33",
            Tone.Name => "94",
            _ => "",
        };
        return look.IsBold ? color.Length > 0 ? $"1;{color}" : "1" : color;
    }
}
