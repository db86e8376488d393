using System.Buffers;
using System.Text;
using Volley.Cli.Output.Gathering;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Reports;

/// <summary>The output of a node as text for people: colors are dropped, and control characters are visible.</summary>
/// <param name="node">The output.</param>
internal sealed class ReportOutput(GatheredNode node)
{
    /// <summary>Whether the node printed anything.</summary>
    public bool IsEmpty => !node.HasOutput;

    /// <summary>Returns a stream as text. Of a longer one, only the beginning and the end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="maxLength">The largest length in bytes.</param>
    public string GetText(StreamKind stream, int maxLength)
    {
        var place = node.GetOutput(stream);
        return Read(place.Path(), 0, place.Length, maxLength);
    }

    /// <summary>Returns the parts of both streams in order of arrival. Of longer output, only the beginning and the end.</summary>
    /// <param name="maxLength">The largest length in bytes.</param>
    public IEnumerable<(StreamKind Stream, string Text)> GetParts(int maxLength)
    {
        var (stdout, stderr) = (node.Stdout.Path(), node.Stderr.Path());
        var total = node.Stdout.Length + node.Stderr.Length;
        if (total > maxLength)
            return Shortened(maxLength);
        return Parts();

        IEnumerable<(StreamKind, string)> Parts()
        {
            foreach (var (stream, from, to) in node.Order.Parts(stdout.Length, stderr.Length).Where(part => part.From < part.To))
                yield return (stream, Read(stream == StreamKind.Stdout ? stdout : stderr, from, to, maxLength));
        }
    }

    /// <summary>Returns the two streams one after the other, each with at most half of the length.</summary>
    private (StreamKind, string)[] Shortened(int maxLength)
    {
        var output = this;
        return
        [
            .. new[] { StreamKind.Stdout, StreamKind.Stderr }
                .Select(stream => (stream, output.GetText(stream, maxLength / 2)))
                .Where(part => part.Item2.Length > 0),
        ];
    }

    private static string Read(OutputPath path, long from, long to, int maxLength)
    {
        if (to - from <= maxLength)
            return SafeLines(Bytes(path, from, to));
        var half = maxLength / 2;
        return $"{SafeLines(Bytes(path, from, from + half))}\n[... {to - from - (2L * half)} bytes are left out ...]\n{SafeLines(Bytes(path, to - half, to))}";
    }

    private static byte[] Bytes(OutputPath path, long from, long to)
    {
        var bytes = new byte[to - from];
        for (var position = 0; position < bytes.Length;)
            position += path.Read(from + position, bytes.AsSpan(position));
        return bytes;
    }

    private static string SafeLines(ReadOnlySpan<byte> text)
    {
        var safe = new SafeText(passColors: false, isUnicode: true);
        var result = new ArrayBufferWriter<byte>(text.Length + 16);
        while (!text.IsEmpty)
        {
            var newline = text.IndexOf((byte)'\n');
            safe.Append(newline < 0 ? text : text[..newline], result);
            safe.EndLine(result);
            if (newline >= 0)
                result.Write("\n"u8);
            text = newline < 0 ? [] : text[(newline + 1)..];
        }

        return Encoding.UTF8.GetString(result.WrittenSpan);
    }
}
