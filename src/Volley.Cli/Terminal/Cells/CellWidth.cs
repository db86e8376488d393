using System.Text;
using Wcwidth;

namespace Volley.Cli.Terminal.Cells;

/// <summary>The width of characters in terminal columns.</summary>
internal static class CellWidth
{
    public static int Of(Rune rune) => rune.Value is >= ' ' and <= '~' ? 1 : Math.Max(0, UnicodeCalculator.GetWidth(rune.Value));

    public static int Of(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
            width += Of(rune);
        return width;
    }
}
