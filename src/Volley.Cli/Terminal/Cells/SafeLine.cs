using System.Buffers;
using System.Text;

namespace Volley.Cli.Terminal.Cells;

/// <summary>
/// Converts a line of a node's output to plain text without control sequences. Its characters have the same width on all terminals.
/// </summary>
internal static class SafeLine
{
    private const int TabWidth = 8;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _safe;

    public static string Of(ReadOnlySpan<byte> line)
    {
        if (!line.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return Encoding.ASCII.GetString(line);
        var safe = _safe ??= new ArrayBufferWriter<byte>(1024);
        safe.ResetWrittenCount();
        var safeText = new SafeText(passColors: false);
        safeText.Append(line, safe);
        safeText.EndLine(safe);

        var text = new StringBuilder(safe.WrittenCount);
        var column = 0;
        var marks = 0;
        foreach (var rune in Encoding.UTF8.GetString(safe.WrittenSpan).EnumerateRunes())
        {
            if (rune.Value == '\t')
            {
                var blanks = TabWidth - (column % TabWidth);
                text.Append(' ', blanks);
                column += blanks;
                continue;
            }

            // Terminals differ in how they combine these: on its own, each base character looks the same everywhere.
            if (rune.Value is 0x200d or (>= 0xfe00 and <= 0xfe0f) or (>= 0x1f3fb and <= 0x1f3ff) or (>= 0xe0000 and <= 0xe01ef))
                continue;
            if (rune.Value is >= 0x1f1e6 and <= 0x1f1ff)
            {
                text.Append((char)('A' + rune.Value - 0x1f1e6));
                column++;
                continue;
            }

            var width = CellWidth.Measure(rune);
            // A letter can carry a few combining marks; more of them would cover other lines.
            marks = width == 0 ? marks + 1 : 0;
            if (width == 0 && (marks > 2 || column == 0))
                continue;
            text.Append(rune);
            column += width;
        }

        return text.ToString();
    }
}
