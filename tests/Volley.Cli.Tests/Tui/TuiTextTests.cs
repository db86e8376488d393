using System.Text;
using Volley.Cli.Terminal.Cells;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>How text comes onto the screen, whatever a node prints.</summary>
public class TuiTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\tb", "a       b")]
    [InlineData("漢\tb", "漢      b")]
    [InlineData("\u001b[2J\u001b[Hx", "^[[2J^[[Hx")]
    [InlineData("\u001b[1;31mred\u001b[0m", "red")]
    [InlineData("\u009b2J", "<U+009B>2J")]
    [InlineData("a\u202eb", "a<U+202E>b")]
    [InlineData("👩\u200d🔬", "👩🔬")]
    [InlineData("👍🏽", "👍")]
    [InlineData("🇩🇪", "DE")]
    [InlineData("e\u0301", "e\u0301")]
    [InlineData("z\u0301\u0301\u0301\u0301\u0301", "z\u0301\u0301")]
    public void ALineIsHarmlessAndAsWideOnEveryTerminal(string line, string text) =>
        Assert.Equal(text, new LineEscaper().Escape(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void BytesThatAreNoTextAreMarked() => Assert.Equal("a\ufffdb", new LineEscaper().Escape([(byte)'a', 0xff, (byte)'b']));

    [Fact]
    public void WideCharactersTakeTwoCellsAndAreNeverCutInHalf()
    {
        var canvas = new Canvas(5, 3);
        canvas.Write(0, 0, "漢字漢字");
        canvas.Write(0, 1, "ab漢c");
        canvas.Write(-1, 2, "漢x");
        Assert.Equal("漢字\nab漢c\n x", canvas.ToString());
    }

    [Fact]
    public void WhatLiesOutsideIsCutOff()
    {
        var canvas = new Canvas(3, 1);
        canvas.Write(0, -1, "no");
        canvas.Write(0, 1, "no");
        canvas.Write(-2, 0, "abcdef");
        Assert.Equal("cde", canvas.ToString());
    }
}
