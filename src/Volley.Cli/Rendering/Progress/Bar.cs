using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Rendering.Progress;

/// <summary>A bar that is filled as far as something is done.</summary>
internal static class Bar
{
    /// <summary>Draws it; returns the column after it.</summary>
    /// <param name="canvas">Where to.</param>
    /// <param name="x">Its first column.</param>
    /// <param name="y">Its row.</param>
    /// <param name="width">Its width in cells.</param>
    /// <param name="fraction">How far, 0 to 1.</param>
    /// <param name="isAscii">Whether the terminal can show no more than ASCII.</param>
    public static int Draw(Canvas canvas, int x, int y, int width, double fraction, bool isAscii)
    {
        var full = (int)(width * Math.Clamp(fraction, 0, 1));
        x = canvas.Write(x, y, new string(isAscii ? '#' : '█', full), Tone.Good);
        return canvas.Write(x, y, new string(isAscii ? '-' : '░', width - full), Tone.Faint);
    }
}
