using System.Buffers;
using System.Text;

namespace Volley.Cli.Terminal.Cells;

/// <summary>
/// Converts lines of a node's output to plain text without control sequences. The characters have the same width on all terminals. An
/// instance serves one thread at a time.
/// </summary>
internal sealed class LineEscaper
{
    private const int TabWidth = 8;
    private const int MaxMarks = 2;
    private const int RegionalIndicatorA = 0x1f1e6;
    private const int RegionalIndicatorZ = 0x1f1ff;

    private readonly ArrayBufferWriter<byte> _escaped = new();

    public string Escape(ReadOnlySpan<byte> line)
    {
        if (!line.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return Encoding.ASCII.GetString(line);
        _escaped.ResetWrittenCount();
        var safeText = new SafeText(passColors: false);
        safeText.Append(line, _escaped);
        safeText.EndLine(_escaped);
        return Align(Encoding.UTF8.GetString(_escaped.WrittenSpan));
    }

    /// <summary>Expands tabs, and replaces or drops characters whose width differs between terminals.</summary>
    private static string Align(string line)
    {
        var text = new StringBuilder(line.Length);
        var column = 0;
        var marks = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            // Terminals differ in how they combine characters. On its own, each base character looks the same everywhere.
            if (IsCombiner(rune.Value))
                continue;
            if (rune.Value == '\t')
            {
                var blanks = TabWidth - (column % TabWidth);
                text.Append(' ', blanks);
                column += blanks;
                continue;
            }

            if (rune.Value is >= RegionalIndicatorA and <= RegionalIndicatorZ)
            {
                text.Append((char)('A' + rune.Value - RegionalIndicatorA));
                column++;
                continue;
            }

            var width = CellWidth.Measure(rune);
            // A letter can carry a few combining marks; more of them would cover other lines.
            marks = width == 0 ? marks + 1 : 0;
            if (width == 0 && (marks > MaxMarks || column == 0))
                continue;
            text.Append(rune);
            column += width;
        }

        return text.ToString();
    }

    /// <summary>Whether a character is a joiner, a variation selector, a skin tone or a tag.</summary>
    private static bool IsCombiner(int character) =>
        character is 0x200d or (>= 0xfe00 and <= 0xfe0f) or (>= 0x1f3fb and <= 0x1f3ff) or (>= 0xe0000 and <= 0xe01ef);
}
