using System.Buffers;
using System.Text;

namespace Volley.Cli.Terminal.Cells;

/// <summary>Makes text of a line that a node printed: nothing in it is obeyed by a terminal, and each of its characters has a width on which all terminals agree.</summary>
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

            // Terminals differ in how they join these: alone they are the same on all.
            if (rune.Value is 0x200d or (>= 0xfe00 and <= 0xfe0f) or (>= 0x1f3fb and <= 0x1f3ff) or (>= 0xe0000 and <= 0xe01ef))
                continue;
            if (rune.Value is >= 0x1f1e6 and <= 0x1f1ff)
            {
                text.Append((char)('A' + rune.Value - 0x1f1e6));
                column++;
                continue;
            }

            var width = CellWidth.Of(rune);
            // Some marks on a letter are writing; a heap of them is a nuisance.
            marks = width == 0 ? marks + 1 : 0;
            if (width == 0 && (marks > 2 || column == 0))
                continue;
            text.Append(rune);
            column += width;
        }

        return text.ToString();
    }
}
