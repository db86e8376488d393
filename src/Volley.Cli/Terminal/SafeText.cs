using System.Buffers;
using System.Text;

namespace Volley.Cli.Terminal;

/// <summary>
/// Escapes text for a terminal; all text written to one passes through this class. Control characters, escape sequences and invisible
/// characters are shown instead of interpreted. Hence no output can set the title, fill the clipboard, move the cursor or hide part of
/// itself. Tabs pass, and so do SGR sequences (colors, ECMA-48 8.3.117) that <see cref="SafeColors"/> permits. An instance processes one
/// stream, piece by piece.
/// </summary>
/// <param name="passColors">Whether SGR sequences pass; otherwise they are dropped.</param>
/// <param name="isUnicode">Whether the terminal decodes UTF-8; null for <see cref="TerminalIsUnicode"/>.</param>
internal sealed class SafeText(bool passColors, bool? isUnicode = null)
{
    /// <summary>A length greater than that of any sensible SGR sequence, in bytes.</summary>
    private const int MaxSequenceLength = 64;

    /// <summary>The largest length of a server's message that is shown.</summary>
    private const int MaxMessageLength = 2000;

    private static readonly SearchValues<byte> ColorParameters = SearchValues.Create("0123456789;:"u8);

    private readonly bool _isUnicode = isUnicode ?? TerminalIsUnicode;
    private readonly SafeColors _colors = new();

    // Bytes at the end of a piece that need the next one: part of a character or of an SGR sequence, or carriage returns. The latter
    // are dropped before a newline, where a terminal needs none.
    private readonly byte[] _held = new byte[MaxSequenceLength];
    private int _heldCount;
    private int _previous;

    /// <summary>
    /// Whether the terminal decodes UTF-8, according to the locale. A terminal that does not takes the bytes 0x80 to 0x9F, which are part of
    /// many UTF-8 characters, for control characters. It gets only ASCII.
    /// </summary>
    public static bool TerminalIsUnicode { get; set; } = true;

    /// <summary>Escapes a message of the program that can contain remote text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="keepsBytes">Whether to keep bytes that are not UTF-8, which a terminal could take for control characters.</param>
    public static string Escape(string text, bool keepsBytes = false)
    {
        var result = new StringBuilder(text.Length);
        var previous = 0;
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var status = Rune.DecodeFromUtf16(rest, out var rune, out var length);
            if (status != OperationStatus.Done && keepsBytes)
                result.Append(rest[..length]);
            else if (VisibleForm(rune, previous, TerminalIsUnicode) is { } visible)
                result.Append(visible);
            else
                result.Append(rune);
            previous = rune.Value;
            rest = rest[length..];
        }

        return result.ToString();
    }

    /// <summary>Escapes a line of the program that can contain remote text, but passes its colors.</summary>
    public static void Write(string line, ArrayBufferWriter<byte> to)
    {
        var safe = new SafeText(passColors: true);
        safe.Append(Encoding.UTF8.GetBytes(line), to);
        safe.EndLine(to);
    }

    /// <summary>Truncates a message that may come from a server.</summary>
    public static string Shorten(string message) => message.Length <= MaxMessageLength ? message : $"{message[..MaxMessageLength]}...";

    /// <summary>
    /// Returns the visible form of a character that a terminal would interpret or hide: ^[ as cat -v shows it, or its code point. Returns null
    /// for any other character.
    /// </summary>
    /// <param name="rune">The character.</param>
    /// <param name="previous">The preceding character; 0 at the start of a line.</param>
    /// <param name="isUnicode">Whether the terminal decodes UTF-8.</param>
    public static string? VisibleForm(Rune rune, int previous, bool isUnicode) => rune.Value switch
    {
        '\t' => null,
        < ' ' => $"^{(char)(rune.Value + '@')}",
        < 0x7f => null,
        0x7f => "^?",
        (>= 0x80 and < 0xa0) => $"<U+{rune.Value:X4}>",
        _ when !isUnicode || HiddenCharacters.Contains(rune.Value, previous) => $"<U+{rune.Value:X4}>",
        _ => null,
    };

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

    /// <summary>Ends the line: writes buffered bytes, and resets colors so that they do not affect the next line.</summary>
    public void EndLine(ArrayBufferWriter<byte> to)
    {
        if (_heldCount > 0 && _held[0] != '\r')
            AppendJoined(_held.AsSpan(0, _heldCount).ToArray(), to, isEnd: true);
        _heldCount = 0;
        _previous = 0;

        if (!_colors.IsDefault)
            to.Write("\e[0m"u8);
        _colors.Reset();
    }

    private void AppendJoined(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> to, bool isEnd)
    {
        while (!text.IsEmpty)
        {
            // The common case: printable ASCII.
            var plain = text.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
            if (plain < 0)
                plain = text.Length;
            if (plain > 0)
                _previous = text[plain - 1];
            to.Write(text[..plain]);
            text = text[plain..];
            if (text.IsEmpty)
                return;

            var sequence = text[0] == '\e' ? ColorSequenceLength(text) : 0;
            if (sequence > 0)
            {
                if (passColors)
                    _colors.Append(text[..sequence], to);
                text = text[sequence..];
                continue;
            }

            var status = Rune.DecodeFromUtf8(text, out var rune, out var length);
            var isCut = sequence < 0 || status == OperationStatus.NeedMoreData || !text.ContainsAnyExcept((byte)'\r');
            if (isCut && !isEnd && text.Length <= MaxSequenceLength)
            {
                text.CopyTo(_held);
                _heldCount = text.Length;
                return;
            }

            // Bytes that are not UTF-8 decode to U+FFFD.
            if (VisibleForm(rune, _previous, _isUnicode) is { } visible)
                to.Write(Encoding.ASCII.GetBytes(visible));
            else if (status != OperationStatus.Done)
                to.Write("\ufffd"u8);
            else
                to.Write(text[..length]);
            _previous = rune.Value;
            text = text[length..];
        }
    }

    /// <summary>Returns the length of an SGR sequence at the start of the text; 0 if there is none, -1 if it is incomplete.</summary>
    private static int ColorSequenceLength(ReadOnlySpan<byte> text)
    {
        if (text.Length == 1)
            return -1;
        if (text[1] != '[')
            return 0;
        var end = text[2..].IndexOfAnyExcept(ColorParameters);
        if (end < 0)
            return text.Length < MaxSequenceLength ? -1 : 0;
        var length = end + 3;
        return text[length - 1] == 'm' && length <= MaxSequenceLength ? length : 0;
    }
}
