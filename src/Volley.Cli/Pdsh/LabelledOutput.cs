using Volley.Cli.Rendering;
using Volley.Cli.Terminal;
using Volley.Ssh.Text;
using Volley.Targets;

namespace Volley.Cli.Pdsh;

/// <summary>
/// One of the two outputs. A last line without a newline stays without one, as pdsh leaves it; but where labels are, the
/// next host's line does not go on in it.
/// </summary>
internal sealed class LabelledOutput(LineWriter.Write write, bool hasLabels, bool isTerminal, Action<string> say)
{
    private readonly Dictionary<int, LineWriter> _nodes = [];
    private bool _isCompleting;
    private bool _isUnfinished;

    public void Append(Target target, ReadOnlySpan<byte> data)
    {
        if (!_nodes.TryGetValue(target.Index, out var lines))
        {
            var label = hasLabels ? SystemText.Encode((isTerminal ? SafeText.Escape(target.Label) : target.Label) + ": ") : [];
            _nodes[target.Index] = lines = new LineWriter(
                Write, label, isTerminal ? new SafeText(passColors: true) : null, full => say($"{target.Label}: a long line is shown in parts: {full.Message}"));
        }

        lines.Append(data);
    }

    /// <summary>The target has ended.</summary>
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

    /// <summary>Something else is about to be written.</summary>
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
        // What a last line lacks was put behind it: it is taken off again.
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
