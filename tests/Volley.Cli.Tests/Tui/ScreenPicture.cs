using System.Globalization;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;
using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Tests.Tui;

/// <summary>Makes an SVG picture of a screen that tmux captured with its colours (SGR sequences, ECMA-48 8.3.117).</summary>
internal static partial class ScreenPicture
{
    private const double CellWidthInPixels = 8.4;
    private const int LineHeight = 18;
    private const int Margin = 12;
    private const string Background = "#1c1f26";
    private const string Foreground = "#d7dae0";

    // The 16 colours of a usual terminal, in their order.
    private static readonly string[] Palette =
    [
        "#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0",
        "#5c6370", "#ef7a84", "#a9d58a", "#f0cd8a", "#7fbcf5", "#d38be6", "#6cc9d4", "#ffffff",
    ];

    public static string Of(string screen, int columns)
    {
        var lines = screen.TrimEnd('\n').Split('\n');
        var (width, height) = ((columns * CellWidthInPixels) + (2 * Margin), (lines.Length * LineHeight) + (2 * Margin));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0.#} {height}\" width=\"{width:0.#}\" height=\"{height}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{Background}\"/>\n");
        var pen = new Pen();
        for (var y = 0; y < lines.Length; y++)
        {
            var x = 0;
            foreach (var (text, look) in Runs(lines[y], pen))
            {
                var cells = CellWidth.Measure(text);
                Draw(svg, x, y, cells, text, look);
                x += cells;
            }
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, int x, int y, int cells, string text, Pen look)
    {
        var (left, top, width) = (Margin + (x * CellWidthInPixels), Margin + (y * LineHeight), cells * CellWidthInPixels);
        var color = look.Color is { } index ? Palette[index] : Foreground;
        if (look.IsReverse)
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{left:0.#}\" y=\"{top}\" width=\"{width:0.#}\" height=\"{LineHeight}\" fill=\"{color}\"/>\n");

        // Words one by one, since blanks in a row count as one: each in its place, as wide as in the terminal.
        foreach (Match words in Words().Matches(text))
        {
            var from = left + (CellWidth.Measure(text[..words.Index]) * CellWidthInPixels);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{from:0.#}\" y=\"{top + 13}\" textLength=\"{CellWidth.Measure(words.Value) * CellWidthInPixels:0.#}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{(look.IsReverse ? Background : color)}\"");
            svg.Append(look.IsBold ? " font-weight=\"bold\"" : "").Append(look.IsFaint ? " opacity=\"0.65\"" : "");
            svg.Append('>').Append(SecurityElement.Escape(words.Value)).Append("</text>\n");
        }
    }

    [GeneratedRegex(@"\S+(?: \S+)*")]
    private static partial Regex Words();

    private static IEnumerable<(string Text, Pen Look)> Runs(string line, Pen pen)
    {
        var text = new StringBuilder();
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != '\e')
            {
                text.Append(line[i]);
                continue;
            }

            if (text.Length > 0)
                yield return (text.ToString(), pen with { });
            text.Clear();
            var end = line.IndexOf('m', i);
            pen.Take(line[(i + 2)..end]);
            i = end;
        }

        if (text.Length > 0)
            yield return (text.ToString(), pen with { });
    }

    private sealed record Pen
    {
        public int? Color { get; private set; }

        public bool IsBold { get; private set; }

        public bool IsFaint { get; private set; }

        public bool IsReverse { get; private set; }

        public void Take(string parameters)
        {
            foreach (var parameter in parameters.Split(';').Select(number => number.Length == 0 ? 0 : int.Parse(number, CultureInfo.InvariantCulture)))
            {
                switch (parameter)
                {
                    case 0:
                        (Color, IsBold, IsFaint, IsReverse) = (null, false, false, false);
                        break;
                    case 1:
                        IsBold = true;
                        break;
                    case 2:
                        IsFaint = true;
                        break;
                    case 7:
                        IsReverse = true;
                        break;
                    case 22:
                        (IsBold, IsFaint) = (false, false);
                        break;
                    case 27:
                        IsReverse = false;
                        break;
                    case >= 30 and <= 37:
                        Color = parameter - 30;
                        break;
                    case 39:
                        Color = null;
                        break;
                    case >= 90 and <= 97:
                        Color = parameter - 90 + 8;
                        break;
                }
            }
        }
    }
}
