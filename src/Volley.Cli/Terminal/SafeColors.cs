using System.Buffers;
using System.Globalization;
using System.Text;

namespace Volley.Cli.Terminal;

/// <summary>
/// A filter for SGR sequences that passes those which leave the text readable. It drops concealing and blinking, and colors that may not
/// contrast with their background. Two palette colors differ only if their numbers differ. The terminal's own background is assumed to be
/// near black or near white.
/// </summary>
internal sealed class SafeColors
{
    private const int DarkestOwn = 0x60;
    private const int LightestOwn = 0xc0;
    private const int LeastDistance = 0x40;

    private Color _text;
    private Color _background;
    private Attributes _attributes;

    // Whether the terminal shows other colors than requested.
    private bool _isReplaced;

    [Flags]
    private enum Attributes
    {
        None = 0,
        Bold = 1 << 1,
        Faint = 1 << 2,
        Italic = 1 << 3,
        Underline = 1 << 4,
        Reverse = 1 << 7,
        Strike = 1 << 9,
    }

    private enum ColorKind
    {
        /// <summary>The terminal's default color.</summary>
        Own,

        /// <summary>One of the 16 palette colors, which the user of the terminal configures.</summary>
        Palette,

        /// <summary>A color given as red, green and blue.</summary>
        Fixed,
    }

    /// <summary>Whether no color or attribute is set.</summary>
    public bool IsDefault => _text.Kind == ColorKind.Own && _background.Kind == ColorKind.Own && _attributes == Attributes.None;

    private bool IsReadable => (_text.Kind, _background.Kind) switch
    {
        (ColorKind.Own, ColorKind.Own) => true,
        (_, ColorKind.Own) => IsUnlikeOwn(_text),
        (ColorKind.Own, _) => IsUnlikeOwn(_background),
        // Many terminals show a bold 31 as 91.
        (ColorKind.Palette, ColorKind.Palette) => (_text.Value & 7) != (_background.Value & 7),
        (ColorKind.Fixed, ColorKind.Fixed) => Distance(_text.Value, _background.Value) >= LeastDistance,
        _ => false,
    };

    /// <summary>Clears all colors and attributes.</summary>
    public void Reset()
    {
        _text = _background = default;
        _attributes = Attributes.None;
        _isReplaced = false;
    }

    /// <summary>Processes a sequence, and appends the sequence to send. That is the same one if it needs no change.</summary>
    /// <param name="sequence">The sequence, from the escape character to the <c>m</c>.</param>
    /// <param name="to">The destination.</param>
    public void Append(ReadOnlySpan<byte> sequence, IBufferWriter<byte> to)
    {
        var passes = Take(Encoding.ASCII.GetString(sequence[2..^1]).Split(';'));
        if (passes && IsReadable && !_isReplaced)
        {
            to.Write(sequence);
            return;
        }

        var text = new StringBuilder("\e[0");
        for (var number = 1; number <= 9; number++)
        {
            if (((int)_attributes & (1 << number)) != 0)
                text.Append(CultureInfo.InvariantCulture, $";{number}");
        }

        if (IsReadable)
            text.Append(_text.Code(30)).Append(_background.Code(40));
        to.Write(Encoding.ASCII.GetBytes(text.Append('m').ToString()));
        _isReplaced = !IsReadable;
    }

    private bool Take(string[] parameters)
    {
        var passes = true;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parts = parameters[i].Split(':');
            var code = Number(parts[0]);
            if (code is 38 or 48)
            {
                var rest = parts.Length > 1 ? parts[1..] : parameters[(i + 1)..];
                var color = Extended(rest, hasColons: parts.Length > 1);
                if (parts.Length == 1)
                    i += rest is ["2", ..] ? 4 : 2;
                passes &= color is not null;
                if (code == 38)
                    _text = color ?? default;
                else
                    _background = color ?? default;
            }
            else
            {
                passes &= Take(code, parts.Length > 1 ? Number(parts[1]) : 1);
            }
        }

        return passes;
    }

    /// <summary>Applies one code. Returns false if it must be dropped.</summary>
    private bool Take(int code, int detail)
    {
        switch (code)
        {
            case 0:
                _text = _background = default;
                _attributes = Attributes.None;
                break;
            case 1 or 2 or 3 or 7 or 9:
                _attributes |= (Attributes)(1 << code);
                break;
            case 4:
                _attributes = detail == 0 ? _attributes & ~Attributes.Underline : _attributes | Attributes.Underline;
                break;
            case 22:
                _attributes &= ~(Attributes.Bold | Attributes.Faint);
                break;
            case 23 or 24 or 27 or 29:
                _attributes &= ~(Attributes)(1 << (code - 20));
                break;
            case 25 or 28:
                break;
            case (>= 30 and <= 37) or (>= 90 and <= 97):
                _text = Color.OfPalette(code < 90 ? code - 30 : code - 82);
                break;
            case 39:
                _text = default;
                break;
            case (>= 40 and <= 47) or (>= 100 and <= 107):
                _background = Color.OfPalette(code < 100 ? code - 40 : code - 92);
                break;
            case 49:
                _background = default;
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>Parses the parameters of <c>38;5;N</c> or <c>38;2;R;G;B</c> after the first. Returns null if they are invalid.</summary>
    private static Color? Extended(string[] parts, bool hasColons)
    {
        if (parts is ["5", var index, ..])
            return Color.OfIndex(Number(index));
        // With colons, a color space precedes the color. It can be empty.
        var rgb = hasColons && parts is ["2", _, _, _, _, ..] ? parts[2..5] : parts is ["2", _, _, _, ..] ? parts[1..4] : null;
        return rgb is null || rgb.Any(part => Number(part) > 255) ? null : Color.OfRgb(Number(rgb[0]), Number(rgb[1]), Number(rgb[2]));
    }

    private static int Number(string text)
    {
        if (text.Length == 0)
            return 0;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
    }

    private static bool IsUnlikeOwn(Color color)
    {
        if (color.Kind == ColorKind.Palette)
            return (color.Value & 7) is not (0 or 7);
        var (red, green, blue) = Channels(color.Value);
        return Math.Max(red, Math.Max(green, blue)) >= DarkestOwn && Math.Min(red, Math.Min(green, blue)) <= LightestOwn;
    }

    private static int Distance(int one, int other)
    {
        var (a, b) = (Channels(one), Channels(other));
        return Math.Max(Math.Abs(a.Red - b.Red), Math.Max(Math.Abs(a.Green - b.Green), Math.Abs(a.Blue - b.Blue)));
    }

    private static (int Red, int Green, int Blue) Channels(int value) => (value >> 16, (value >> 8) & 255, value & 255);

    /// <summary>A color.</summary>
    /// <param name="Kind">The kind of the value.</param>
    /// <param name="Value">The number in the palette, or 24 bits of red, green and blue.</param>
    private readonly record struct Color(ColorKind Kind, int Value)
    {
        public static Color OfPalette(int number) => new(ColorKind.Palette, number);

        public static Color OfRgb(int red, int green, int blue) => new(ColorKind.Fixed, (red << 16) | (green << 8) | blue);

        /// <summary>Returns a color of xterm's 256: the palette, a color cube, and grays.</summary>
        public static Color? OfIndex(int index)
        {
            static int Level(int step) => step == 0 ? 0 : 55 + (40 * step);
            return index switch
            {
                < 16 => OfPalette(index),
                < 232 => OfRgb(Level((index - 16) / 36), Level((index - 16) / 6 % 6), Level((index - 16) % 6)),
                < 256 => OfRgb(8 + (10 * (index - 232)), 8 + (10 * (index - 232)), 8 + (10 * (index - 232))),
                _ => null,
            };
        }

        /// <summary>Returns the parameters of the color in a sequence.</summary>
        /// <param name="first">30 for text, 40 for the background.</param>
        public string Code(int first) => Kind switch
        {
            ColorKind.Own => "",
            ColorKind.Palette => string.Create(CultureInfo.InvariantCulture, $";{(Value < 8 ? first + Value : first + 52 + Value)}"),
            _ => string.Create(CultureInfo.InvariantCulture, $";{first + 8};2;{Value >> 16};{(Value >> 8) & 255};{Value & 255}"),
        };
    }
}
