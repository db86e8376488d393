using System.Text;
using CsCheck;
using Volley.Cli.Buffers;
using Xunit;

namespace Volley.Cli.Tests.Output;

public class LineBufferTests
{
    private static readonly Gen<byte[]> Text = Gen.OneOf(
        Gen.Const((byte)'\n'), Gen.Const((byte)'\r'), Gen.Const((byte)0), Gen.Byte).Array[0, 60];

    [Fact]
    public void HoweverItIsCutTheLinesAreThoseOfTheWhole() =>
        Gen.Select(Text, Gen.Int[1, 20].Array[1, 30]).Sample((text, cuts) =>
        {
            using var buffer = new LineBuffer();
            var lines = new Lines();
            var position = 0;
            for (var i = 0; position < text.Length; i++)
            {
                var count = Math.Min(cuts[i % cuts.Length], text.Length - position);
                buffer.Append(text.AsSpan(position, count), lines);
                position += count;
            }

            buffer.Complete(lines);
            buffer.Complete(lines);
            Assert.Equal(LinesOf(text), lines.Whole);
            Assert.Equal(0, buffer.Held);
        });

    [Fact]
    public void BlocksAreTheSameBytesAndEachEndsWithALine() =>
        Gen.Select(Text, Gen.Int[1, 20].Array[1, 30]).Sample((text, cuts) =>
        {
            using var buffer = new LineBuffer();
            var blocks = new Lines();
            var position = 0;
            for (var i = 0; position < text.Length; i++)
            {
                var count = Math.Min(cuts[i % cuts.Length], text.Length - position);
                buffer.AppendBlock(text.AsSpan(position, count), blocks);
                position += count;
                // No complete line is buffered.
                Assert.Equal(position - (Array.LastIndexOf(text, (byte)'\n', position - 1) + 1), buffer.Held);
            }

            buffer.Complete(blocks);
            Assert.All(blocks.Whole, block => Assert.Equal((byte)'\n', block[^1]));
            Assert.Equal(LinesOf(text).SelectMany(line => line), blocks.Whole.SelectMany(block => block));
        });

    [Fact]
    public void WholeLinesOfOneChunkAreOneBlockBehindTheOneThatWasHeld()
    {
        using var buffer = new LineBuffer();
        var blocks = new Lines();
        buffer.AppendBlock("on"u8, blocks);
        buffer.AppendBlock("e\ntwo\nthree\nfo"u8, blocks);
        Assert.Equal(["one\n", "two\nthree\n"], blocks.Whole.Select(Encoding.UTF8.GetString));
    }

    [Theory]
    [InlineData("a\rb\n", new[] { "a\rb\n" })]
    [InlineData("\n\n", new[] { "\n", "\n" })]
    [InlineData("last", new[] { "last\n" })]
    [InlineData("", new string[0])]
    [InlineData("x\r\ny", new[] { "x\r\n", "y\n" })]
    public void OnlyANewlineEndsALineAndTheLastOneGetsOne(string text, string[] expected)
    {
        using var buffer = new LineBuffer();
        var lines = new Lines();
        buffer.Append(Encoding.UTF8.GetBytes(text), lines);
        buffer.Complete(lines);
        Assert.Equal(expected, lines.Whole.Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public void AnIncompleteLineIsHeld()
    {
        using var buffer = new LineBuffer();
        var lines = new Lines();
        buffer.Append("one\ntw"u8, lines);
        Assert.Equal((1, 2L), (lines.Whole.Count, buffer.Held));
        buffer.Append("o\n"u8, lines);
        Assert.Equal((2, 0L), (lines.Whole.Count, buffer.Held));
    }

    [Fact]
    public void ALineOfManyMegabytesIsOneLine()
    {
        using var buffer = new LineBuffer();
        var lines = new Lines();
        var chunk = new byte[64 * 1024];
        Array.Fill(chunk, (byte)'x');
        for (var i = 0; i < 80; i++)
            buffer.Append(chunk, lines);
        Assert.Empty(lines.Whole);
        buffer.Append("end\n"u8, lines);
        Assert.Equal((80 * chunk.Length) + 4, Assert.Single(lines.Whole).Length);
    }

    private static List<byte[]> LinesOf(byte[] text)
    {
        var lines = new List<byte[]>();
        var line = new List<byte>();
        foreach (var b in text)
        {
            line.Add(b);
            if (b != '\n')
                continue;
            lines.Add([.. line]);
            line.Clear();
        }

        if (line.Count > 0)
            lines.Add([.. line, (byte)'\n']);
        return lines;
    }

    private sealed class Lines : ILineSink
    {
        private List<byte>? _line;

        public List<byte[]> Whole { get; } = [];

        public void BeginLine()
        {
            Assert.Null(_line);
            _line = [];
        }

        public void Write(ReadOnlySpan<byte> piece) => _line!.AddRange(piece);

        public void EndLine()
        {
            Whole.Add(_line!.ToArray());
            _line = null;
        }
    }
}
