using System.Buffers;
using System.Text;
using Volley.Cli.Terminal;
using Volley.Interop.Text;

namespace Volley.Cli.Rollouts;

/// <summary>Words that <c>sh</c> reads as the given text, and that a terminal shows as they are.</summary>
internal static class ShellText
{
    private const string Unquoted = "_-./:=@%+,";

    /// <summary>Quotes a word. Line feeds stay; characters that a terminal would interpret or hide become <c>"$(printf '\033')"</c>.</summary>
    public static string Quote(string text)
    {
        if (text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || Unquoted.Contains(c, StringComparison.Ordinal)))
            return text;
        var quoted = new StringBuilder("'");
        var previous = 0;
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var status = Rune.DecodeFromUtf16(rest, out var rune, out var length);
            if (rune.Value == '\'')
                quoted.Append("'\\''");
            else if (status == OperationStatus.Done && (rune.Value == '\n' || SafeText.VisibleForm(rune, previous, SafeText.TerminalIsUnicode) is null))
                quoted.Append(rest[..length]);
            else
                quoted.Append("'\"$(printf '").Append(Escape(rest[..length])).Append("')\"'");
            previous = rune.Value;
            rest = rest[length..];
        }

        return quoted.Append('\'').ToString();
    }

    private static string Escape(ReadOnlySpan<char> text) =>
        string.Concat(SystemText.Encode(text).Select(value => $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}"));
}
