using Volley.Cli.Output;
using Volley.Cli.Terminal;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh;

/// <summary>
/// One of the two output streams. Like pdsh, it adds no newline to an unterminated last line of a host. With labels, however, the next
/// host's output starts on a new line.
/// </summary>
internal sealed class LabelledOutput(
    LineWriter.Write write, Func<Target, string> getLabel, bool hasLabels, bool isTerminal, Action<string> warn)
{
    private readonly Dictionary<int, LineWriter> _nodes = [];
    private bool _isCompleting;
    private bool _isUnfinished;

    public void Append(Target target, ReadOnlySpan<byte> data)
    {
        if (!_nodes.TryGetValue(target.Index, out var lines))
        {
            var name = getLabel(target);
            var label = hasLabels ? SystemText.Encode((isTerminal ? SafeText.Escape(name) : name) + ": ") : [];
            _nodes[target.Index] = lines = new LineWriter(
                Write,
                label,
                isTerminal ? new SafeText(passColors: true) : null,
                full => warn($"{name}: a long line is shown in parts: {Remedies.GetMessage(full)}"));
        }

        lines.Append(data);
    }

    /// <summary>Writes the incomplete last line of a target that has ended.</summary>
    public void Complete(Target target)
    {
        if (!_nodes.Remove(target.Index, out var lines))
            return;
        using (lines)
        {
            _isCompleting = true;
            lines.Complete();
            _isCompleting = false;
        }
    }

    /// <summary>Ends an unterminated line before other text is written.</summary>
    public void EndLine()
    {
        if (_isUnfinished && hasLabels)
            write("\n"u8);
        _isUnfinished = false;
    }

    private void Write(ReadOnlySpan<byte> lines)
    {
        if (lines.IsEmpty)
            return;
        // LineWriter has terminated the last line of the stream: remove that newline again.
        var isLast = _isCompleting && lines[^1] == '\n';
        if (!_isUnfinished || !hasLabels)
        {
            write(isLast ? lines[..^1] : lines);
        }
        else
        {
            byte[] both = [(byte)'\n', .. isLast ? lines[..^1] : lines];
            write(both);
        }

        _isUnfinished = isLast;
    }
}
