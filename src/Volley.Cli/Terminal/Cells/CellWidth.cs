using System.Text;
using Wcwidth;

namespace Volley.Cli.Terminal.Cells;

/// <summary>The width of characters in terminal columns.</summary>
internal static class CellWidth
{
    public static int Measure(Rune rune) => rune.Value is >= ' ' and <= '~' ? 1 : Math.Max(0, UnicodeCalculator.GetWidth(rune.Value));

    public static int Measure(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
            width += Measure(rune);
        return width;
    }
}
