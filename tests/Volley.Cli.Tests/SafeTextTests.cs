using System.Buffers;
using System.Text;
using CsCheck;
using Volley.Cli.Terminal;
using Xunit;

namespace Volley.Cli.Tests;

public class SafeTextTests
{
    /// <summary>Pieces of which hostile text is made, beside any bytes.</summary>
    private static readonly string[] Fragments =
    [
        "plain", "\t", "\r", "\n", "\a", "\b", "\e", "\e[", "\e[0m", "\e[1;31m", "\e[38:5:1m", "\e[38;5", "\e[2J", "\e[1A", "\e]0;title\a",
        "\e]52;c;aGk=\e\\", "\e[?1049h", "\e(0", "\e[m", "\x7f", "\u0085", "\u009b2J", "\u009d", "é", "漢", "🙂", "\u202e", "\u2066", "\u2069",
        "\u200f", "\u061c", "\u2028", "\0", "[31m", "m", ";1",
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
                && !rest.Any(c => c is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
                && (shown == rest || shown.EndsWith("\e[0m", StringComparison.Ordinal));
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
    [InlineData("\e[38:2::1:2:3mx\e[mz", "\e[38:2::1:2:3mx\e[mz\e[0m")]
    public void WhatATerminalWouldObeyIsShown(string text, string shown) =>
        Assert.Equal(shown, Encoding.UTF8.GetString(Show(true, Encoding.UTF8.GetBytes(text))));

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
