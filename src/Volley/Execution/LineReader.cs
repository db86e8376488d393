using System.Buffers;
using System.Text;

namespace Volley.Execution;

/// <summary>Splits one stream of one target into lines, and decodes each line once it is complete.</summary>
internal sealed class LineReader
{
    /// <summary>The longest UTF-8 sequence, less its first byte: how many bytes at the end of a piece may belong to the next one.</summary>
    private const int MaxContinuation = 3;

    private readonly ArrayBufferWriter<byte> _rest = new();

    /// <summary>Adds bytes and returns the lines that they complete.</summary>
    /// <param name="output">The bytes.</param>
    public IEnumerable<NodeLine> Add(NodeOutput output)
    {
        for (var data = output.Data; data.Length > 0;)
        {
            var newline = data.Span.IndexOf((byte)'\n');
            var room = NodeLine.MaxBytes - _rest.WrittenCount;
            var length = newline >= 0 ? newline : data.Length;
            if (length > room)
            {
                yield return Cut(output, data[..room].Span);
                data = data[room..];
                continue;
            }

            if (newline < 0)
            {
                _rest.Write(data.Span);
                yield break;
            }

            yield return End(output.Target, output.Stream, data[..newline].Span);
            data = data[(newline + 1)..];
        }
    }

    /// <summary>Returns the last line if it has no newline; null if there is none.</summary>
    public NodeLine? Complete(Target target, StreamKind stream) => _rest.WrittenCount > 0 ? End(target, stream, []) : null;

    private NodeLine End(Target target, StreamKind stream, ReadOnlySpan<byte> last)
    {
        var line = last;
        if (_rest.WrittenCount > 0)
        {
            _rest.Write(last);
            line = _rest.WrittenSpan;
        }

        var text = Encoding.UTF8.GetString(line is [.. var before, (byte)'\r'] ? before : line);
        _rest.ResetWrittenCount();
        return new NodeLine(target, stream, text);
    }

    /// <summary>Returns a line that is too long as far as it fits, without a part of a character at its end.</summary>
    private NodeLine Cut(NodeOutput output, ReadOnlySpan<byte> last)
    {
        _rest.Write(last);
        var line = _rest.WrittenSpan;
        var end = line.Length;
        for (var back = 1; back <= MaxContinuation && back < line.Length; back++)
        {
            var first = line[^back];
            if ((first & 0xC0) == 0x80)
                continue;
            if (first >= 0xC0 && back < (first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2))
                end -= back;
            break;
        }

        var piece = new NodeLine(output.Target, output.Stream, Encoding.UTF8.GetString(line[..end])) { IsContinued = true };
        var next = line[end..].ToArray();
        _rest.ResetWrittenCount();
        _rest.Write(next);
        return piece;
    }
}
