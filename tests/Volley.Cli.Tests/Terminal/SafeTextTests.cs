using System.Buffers;
using System.Text;
using CsCheck;
using Volley.Cli.Terminal;
using Xunit;

namespace Volley.Cli.Tests.Terminal;

public class SafeTextTests
{
    /// <summary>Pieces of which hostile text is made, beside any bytes.</summary>
    private static readonly string[] Fragments =
    [
        "plain", "\t", "\r", "\n", "\a", "\b", "\e", "\e[", "\e[0m", "\e[1;31m", "\e[38:5:1m", "\e[38;5", "\e[2J", "\e[1A", "\e]0;title\a",
        "\e]52;c;aGk=\e\\", "\e[?1049h", "\e(0", "\e[m", "\x7f", "\u0085", "\u009b2J", "\u009d", "é", "漢", "🙂", "\u202e", "\u2066", "\u2069",
        "\u200f", "\u061c", "\u2028", "\0", "\u200b", "\u00ad", "\ufeff", "\u2063", "\U000e0041", "\ufe0f", "\e[8m", "\e[30;40m", "\e[38;2;1;2;3m", "\e[31;101;7m", "\e[39;49m", "[31m", "m", ";1",
    ];

    private static readonly Gen<byte[]> Text = Gen.OneOf(
        Gen.OneOf(Fragments).Select(Encoding.UTF8.GetBytes),
        Gen.Byte.Array[0, 4],
        Gen.Char['0', ';'].Array[0, 70].Select(digits => Encoding.UTF8.GetBytes("\e[" + new string(digits))))
        .Array[0, 12].Select(parts => parts.SelectMany(part => part).ToArray());

    [Fact]
    public void TheChunksMakeNoDifference() =>
        Gen.Select(Text, Gen.Int[1, 9].Array[1, 20], Gen.Bool).Sample((text, sizes, passColors) =>
            Show(passColors, Cut(text, sizes)).SequenceEqual(Show(passColors, text)), iter: 20_000);

    [Fact]
    public void NothingIsLeftThatATerminalObeys() =>
        Gen.Select(Text, Gen.Bool).Sample((text, passColors) =>
        {
            var shown = Encoding.UTF8.GetString(Show(passColors, text));
            // At the end of the line, colours are reset.
            var rest = passColors ? System.Text.RegularExpressions.Regex.Replace(shown, "\e\\[[0-9;:]*m", "") : shown;
            return rest.All(c => c == '\t' || !char.IsControl(c))
                && !rest.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format && !IsSeen(rune.Value))
                && IsReset(shown);
        }, iter: 20_000);

    [Fact]
    public void OrdinaryTextIsUnchanged() =>
        Gen.Select(Gen.String[Gen.Char[' ', '~'], 0, 40], Gen.OneOf("", "é", "漢字", "🙂", "\t"), (one, other) => one + other)
            .Sample(text => Encoding.UTF8.GetString(Show(true, Encoding.UTF8.GetBytes(text))) == text);

    [Theory]
    [InlineData("\e]52;c;aGk=\a", "^[]52;c;aGk=^G")]
    [InlineData("\e]0;title\e\\", "^[]0;title^[\\")]
    [InlineData("\e[2J\e[1;1H", "^[[2J^[[1;1H")]
    [InlineData("\e[?1049h", "^[[?1049h")]
    [InlineData("\u009b31m", "<U+009B>31m")]
    [InlineData("a\rb", "a^Mb")]
    [InlineData("\0\x7f\b", "^@^?^H")]
    [InlineData("user\u202etxt.exe", "user<U+202E>txt.exe")]
    [InlineData("\e", "^[")]
    [InlineData("\e[1;3", "^[[1;3")]
    [InlineData("\e[31mred", "\e[31mred\e[0m")]
    [InlineData("\e[38:2::1:200:3mx\e[mz", "\e[38:2::1:200:3mx\e[mz")]
    [InlineData("a\u200bb\u2063\ufeff\u00ad", "a<U+200B>b<U+2063><U+FEFF><U+00AD>")]
    [InlineData("\U000e0041\U000e007f\U000e0100x", "<U+E0041><U+E007F><U+E0100>x")]
    [InlineData("a\u2d7f\U00016fe4\ufdd0\U0001ffff\uffff", "a<U+2D7F><U+16FE4><U+FDD0><U+1FFFF><U+FFFF>")]
    [InlineData("1\ufe0f\ufe01\u3164", "1<U+FE0F><U+FE01><U+3164>")]
    [InlineData("\u26a0\ufe0f \U0001f469\u200d\U0001f4bb \u0915\u094d\u200d \u0645\u06cc\u200c", "\u26a0\ufe0f \U0001f469\u200d\U0001f4bb \u0915\u094d\u200d \u0645\u06cc\u200c")]
    [InlineData("\u26a0\ufe0f\ufe0f", "\u26a0\ufe0f<U+FE0F>")]
    [InlineData("\e[8mhidden", "\e[0mhidden")]
    [InlineData("\e[1;8;32mhidden", "\e[0;1;32mhidden\e[0m")]
    [InlineData("\e[5mx", "\e[0mx")]
    [InlineData("\e[30;40mx\e[32my", "\e[0mx\e[0;32;40my\e[0m")]
    [InlineData("\e[31m\e[41mx", "\e[31m\e[0mx\e[0m")]
    [InlineData("\e[1;31;101mx", "\e[0;1mx\e[0m")]
    [InlineData("\e[30mx", "\e[0mx\e[0m")]
    [InlineData("\e[97mx\e[44my", "\e[0mx\e[0;97;44my\e[0m")]
    [InlineData("\e[38;5;231;48;5;255mx", "\e[0mx\e[0m")]
    [InlineData("\e[38;5;208mx", "\e[38;5;208mx\e[0m")]
    [InlineData("\e[38;2;10;20;30mx\e[48;2;200;200;200my", "\e[0mx\e[0;38;2;10;20;30;48;2;200;200;200my\e[0m")]
    [InlineData("\e[38;5mx\e[38;2;1;2mx\e[999999999999mx", "\e[0mx\e[0mx\e[0mx")]
    public void WhatATerminalWouldObeyIsShown(string text, string shown) =>
        Assert.Equal(shown, Encoding.UTF8.GetString(Show(true, Encoding.UTF8.GetBytes(text))));

    [Theory]
    [InlineData("\u00db31m", "<U+00DB>31m")]
    [InlineData("caf\u00e9 \u6f22 \U0001f642", "caf<U+00E9> <U+6F22> <U+1F642>")]
    public void ATerminalThatDoesNotDecodeUtf8IsShownAscii(string text, string shown)
    {
        var (safe, to) = (new SafeText(passColors: true, isUnicode: false), new ArrayBufferWriter<byte>());
        safe.Append([.. Encoding.UTF8.GetBytes(text), 0x9b], to);
        safe.EndLine(to);
        Assert.Equal($"{shown}<U+FFFD>", Encoding.UTF8.GetString(to.WrittenSpan));
    }

    [Fact]
    public void WithoutColoursTheyAreDropped() =>
        Assert.Equal("red", Encoding.UTF8.GetString(Show(false, "\e[31mred\e[0m"u8.ToArray())));

    [Fact]
    public void BytesThatAreNoTextAreReplaced() =>
        Assert.Equal("a\ufffdb\ufffd", Encoding.UTF8.GetString(Show(true, [(byte)'a', 0x9b, (byte)'b', 0xe6, 0xbc])));

    [Fact]
    public void TheCarriageReturnOfALineEndIsNotShownWhereverTheChunksEnd()
    {
        Assert.Equal("one", Encoding.UTF8.GetString(Show(true, "one\r"u8.ToArray())));
        Assert.Equal("one", Encoding.UTF8.GetString(Show(true, "one"u8.ToArray(), "\r"u8.ToArray())));
        Assert.Equal("one^Mtwo", Encoding.UTF8.GetString(Show(true, "one\r"u8.ToArray(), "two\r"u8.ToArray())));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(61)]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    public void TheLongestSequenceIsTheSameInOneChunkAndInMany(int digits)
    {
        var text = Encoding.UTF8.GetBytes("\e[" + new string('1', digits) + "mx");
        Assert.Equal(Show(true, text), Show(true, Cut(text, [1])));
    }

    [Fact]
    public void OneLineDoesNotReachIntoTheNext()
    {
        var safe = new SafeText(passColors: true);
        var to = new ArrayBufferWriter<byte>();
        foreach (var line in new[] { "\e[31mred", "\e[3", "1mplain" })
        {
            safe.Append(Encoding.UTF8.GetBytes(line), to);
            safe.EndLine(to);
            to.Write("\n"u8);
        }

        Assert.Equal("\e[31mred\e[0m\n^[[3\n1mplain\n", Encoding.UTF8.GetString(to.WrittenSpan));
    }

    [Fact]
    public void OurOwnTextWithTheirsInItIsMadeHarmless() =>
        Assert.Equal("a^[[31m^Jb<U+202E>\ufffd", SafeText.Escape("a\e[31m\nb\u202e\ud800"));

    /// <summary>Signs in front of numbers and other marks, which Unicode calls formatting too, and joiners where they are part of a script.</summary>
    private static bool IsSeen(int character) =>
        character is (>= 0x600 and <= 0x605) or 0x6dd or 0x70f or 0x890 or 0x891 or 0x8e2 or 0x110bd or 0x110cd or 0x200c or 0x200d;

    /// <summary>Whether a terminal shows nothing special after a text.</summary>
    private static bool IsReset(string shown)
    {
        var colors = new SafeColors();
        foreach (System.Text.RegularExpressions.Match sequence in System.Text.RegularExpressions.Regex.Matches(shown, "\e\\[[0-9;:]*m"))
            colors.Append(Encoding.ASCII.GetBytes(sequence.Value), new ArrayBufferWriter<byte>());
        return colors.IsDefault;
    }

    private static byte[] Show(bool passColors, params byte[][] chunks)
    {
        var safe = new SafeText(passColors);
        var to = new ArrayBufferWriter<byte>();
        foreach (var chunk in chunks)
            safe.Append(chunk, to);
        safe.EndLine(to);
        return to.WrittenSpan.ToArray();
    }

    private static byte[][] Cut(byte[] text, int[] sizes)
    {
        var chunks = new List<byte[]>();
        for (var (position, i) = (0, 0); position < text.Length; position += chunks[^1].Length, i++)
            chunks.Add(text.AsSpan(position, Math.Min(sizes[i % sizes.Length], text.Length - position)).ToArray());
        return [.. chunks];
    }
}
