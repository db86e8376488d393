using System.Buffers;
using System.Text;

namespace Volley.Cli.Terminal;

/// <summary>
/// Makes what a remote host prints harmless on a terminal. Control characters and escape sequences are shown instead of
/// obeyed, so that no output can set the title, fill the clipboard, move the cursor or hide a part of itself; tabs, and
/// SGR sequences (colours, ECMA-48 8.3.117), pass. One instance serves one stream, piece by piece.
/// </summary>
/// <param name="passColors">Whether SGR sequences pass; else they are dropped.</param>
internal sealed class SafeText(bool passColors)
{
    /// <summary>Longer than any SGR sequence that makes sense.</summary>
    private const int LongestSequence = 64;

    private static readonly SearchValues<byte> ColorParameters = SearchValues.Create("0123456789;:"u8);

    // The bytes at a piece's end that only make sense with the next piece: a part of a character or of an SGR sequence, or
    // carriage returns, which are not shown in front of a newline: a terminal needs none there.
    private readonly byte[] _held = new byte[LongestSequence];
    private int _heldCount;
    private bool _isColored;

    /// <summary>Our own text with remote text in it, made harmless.</summary>
    public static string Escape(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (VisibleForm(rune) is { } visible)
                result.Append(visible);
            else
                result.Append(rune);
        }

        return result.ToString();
    }

    /// <summary>Appends a piece of a line, without its newline.</summary>
    public void Append(ReadOnlySpan<byte> piece, ArrayBufferWriter<byte> to)
    {
        if (_heldCount > 0)
        {
            var joined = new byte[_heldCount + piece.Length];
            _held.AsSpan(0, _heldCount).CopyTo(joined);
            piece.CopyTo(joined.AsSpan(_heldCount));
            _heldCount = 0;
            AppendJoined(joined, to, isEnd: false);
        }
        else
        {
            AppendJoined(piece, to, isEnd: false);
        }
    }

    /// <summary>The line is complete: nothing of it may reach into the next.</summary>
    public void EndLine(ArrayBufferWriter<byte> to)
    {
        if (_heldCount > 0 && _held[0] != '\r')
            AppendJoined(_held.AsSpan(0, _heldCount).ToArray(), to, isEnd: true);
        _heldCount = 0;

        if (_isColored)
            to.Write("\e[0m"u8);
        _isColored = false;
    }

    private void AppendJoined(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> to, bool isEnd)
    {
        while (!text.IsEmpty)
        {
            // The usual case: printable ASCII, and tabs.
            var plain = text.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
            if (plain < 0)
                plain = text.Length;
            to.Write(text[..plain]);
            text = text[plain..];
            if (text.IsEmpty)
                return;

            var sequence = text[0] == '\e' ? ColorSequenceLength(text) : 0;
            if (sequence > 0)
            {
                if (passColors)
                {
                    to.Write(text[..sequence]);
                    _isColored = true;
                }

                text = text[sequence..];
                continue;
            }

            var status = Rune.DecodeFromUtf8(text, out var rune, out var length);
            var isCut = sequence < 0 || status == OperationStatus.NeedMoreData || !text.ContainsAnyExcept((byte)'\r');
            if (isCut && !isEnd && text.Length <= LongestSequence)
            {
                text.CopyTo(_held);
                _heldCount = text.Length;
                return;
            }

            if (status != OperationStatus.Done)
                to.Write("\ufffd"u8);
            else if (VisibleForm(rune) is { } visible)
                to.Write(Encoding.UTF8.GetBytes(visible));
            else
                to.Write(text[..length]);
            text = text[length..];
        }
    }

    /// <summary>The length of an SGR sequence at the start of the text; 0 if there is none, -1 if it may become one.</summary>
    private static int ColorSequenceLength(ReadOnlySpan<byte> text)
    {
        if (text.Length == 1)
            return -1;
        if (text[1] != '[')
            return 0;
        var end = text[2..].IndexOfAnyExcept(ColorParameters);
        if (end < 0)
            return text.Length < LongestSequence ? -1 : 0;
        var length = end + 3;
        return text[length - 1] == 'm' && length <= LongestSequence ? length : 0;
    }

    /// <summary>What is shown for a character that a terminal would obey: ^[ as cat -v does it, or its code point; null for any other.</summary>
    private static string? VisibleForm(Rune rune) => rune.Value switch
    {
        '\t' => null,
        < ' ' => $"^{(char)(rune.Value + '@')}",
        0x7f => "^?",
        (>= 0x80 and < 0xa0) => $"<U+{rune.Value:X4}>",
        _ when IsFormatting(rune.Value) => $"<U+{rune.Value:X4}>",
        _ => null,
    };

    // Bidirectional controls and line separators: they reorder or break what is around them.
    private static bool IsFormatting(int character) =>
        character is 0x061c or 0x200e or 0x200f or (>= 0x2028 and <= 0x202e) or (>= 0x2066 and <= 0x2069);
}
