using System.Buffers;
using System.Text;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Gathering;

/// <summary>Writes the output of a group as its difference from another group.</summary>
internal sealed class GatherDiff(TerminalWriter writer, Style style)
{
    /// <summary>The largest output to compare, in bytes.</summary>
    private const int MaxTextLength = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _ready = new(4096);

    /// <summary>Writes the differences of each stream.</summary>
    public void Write(GatheredGroup before, GatheredGroup after)
    {
        if (before.First.Stdout == after.First.Stdout && before.First.Stderr == after.First.Stderr)
            writer.PrintOut($"same output as {before.Names}");
        Write(before, after, StreamKind.Stdout, "");
        Write(before, after, StreamKind.Stderr, " stderr");
    }

    private void Write(GatheredGroup before, GatheredGroup after, StreamKind stream, string streamName)
    {
        var (old, now) = (before.First.GetOutput(stream), after.First.GetOutput(stream));
        if (old == now)
            return;
        writer.PrintOut($"--- {before.Names}{streamName}");
        writer.PrintOut($"+++ {after.Names}{streamName}");
        var lines = old.Length <= MaxTextLength && now.Length <= MaxTextLength ? UnifiedDiff.Compare(Text(old), Text(now)) : null;
        if (lines is null)
        {
            writer.PrintOut($"too long to compare: {old.Length} and {now.Length} bytes");
            return;
        }

        var safeText = writer.StdoutIsTerminal ? new SafeText(style.IsOn) : null;
        foreach (var line in lines)
            WriteLine(line, safeText);
        writer.WriteOut(_ready.WrittenSpan);
        _ready.ResetWrittenCount();
    }

    private void WriteLine(string line, SafeText? safeText)
    {
        var mark = line[..1];
        _ready.Write(Encoding.UTF8.GetBytes(mark switch
        {
            "-" => style.Bad(mark),
            "+" => style.Good(mark),
            _ => mark,
        }));
        var text = Encoding.Latin1.GetBytes(line[1..]);
        if (safeText is null)
        {
            _ready.Write(text);
        }
        else
        {
            safeText.Append(text, _ready);
            safeText.EndLine(_ready);
        }

        _ready.Write("\n"u8);
    }

    /// <summary>Returns an output as Latin-1, one character per byte, so that arbitrary bytes can be compared and restored.</summary>
    private static string Text(OutputPlace place)
    {
        var bytes = new byte[place.Length];
        var path = place.Path();
        for (var position = 0; position < bytes.Length;)
            position += path.Read(position, bytes.AsSpan(position));
        return Encoding.Latin1.GetString(bytes);
    }
}
