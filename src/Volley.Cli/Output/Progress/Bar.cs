using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Output.Progress;

/// <summary>A horizontal progress bar.</summary>
internal static class Bar
{
    /// <summary>Draws the bar. Returns the column after it.</summary>
    /// <param name="canvas">The canvas to draw on.</param>
    /// <param name="x">The first column.</param>
    /// <param name="y">The row.</param>
    /// <param name="width">The width in cells.</param>
    /// <param name="fraction">The progress, from 0 to 1.</param>
    /// <param name="isAscii">Whether the terminal is limited to ASCII.</param>
    public static int Draw(Canvas canvas, int x, int y, int width, double fraction, bool isAscii)
    {
        var full = (int)(width * Math.Clamp(fraction, 0, 1));
        x = canvas.Write(x, y, new string(isAscii ? '#' : '█', full), Tone.Good);
        return canvas.Write(x, y, new string(isAscii ? '-' : '░', width - full), Tone.Faint);
    }
}
