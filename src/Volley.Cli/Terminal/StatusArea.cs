using System.Text;
using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Terminal;

/// <summary>The lines below all output: what of them is on the screen, and the bytes that change it. The cursor rests at the beginning of the first.</summary>
internal sealed class StatusArea
{
    /// <summary>What a user types is echoed into the lines, so all of them are drawn again after so long, in milliseconds.</summary>
    private const int RefreshInterval = 10_000;

    private Canvas? _drawn;
    private long _drawnWholeAt;
    private bool _hasColors;

    /// <summary>Whether nothing is shown.</summary>
    public bool IsEmpty => _drawn is null;

    // The first line, then from its second character to the end of the screen: from the first, on a screen's first line, tmux
    // would take it for a clear and keep a copy of the screen in its history. However the lines were wrapped since, by a
    // terminal that became narrower, the cursor stands where they begin.
    private static ReadOnlySpan<byte> Erasure => "\r\e[K\e[C\e[J\r"u8;

    /// <summary>Appends what takes the lines off the screen.</summary>
    public void Erase(MemoryStream to)
    {
        if (_drawn is not null)
            to.Write(Erasure);
        _drawn = null;
    }

    /// <summary>Appends what shows the lines in place of those that are shown: only what differs, where they have the same size.</summary>
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
            foreach (var (_, text, look) in lines.Runs(y, 0, lines.EndOf(y)))
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
        var code = _hasColors ? CodeOf(look) : "";
        to.Write(Encoding.UTF8.GetBytes(code.Length > 0 ? $"\e[{code}m{text}\e[0m" : text));
    }

    /// <summary>The parameters of SGR (ECMA-48 8.3.117) for a look.</summary>
    private static string CodeOf(Look look)
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
