using System.Text;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output;

/// <summary>
/// The renderer of output <c>stream</c>. It prints each line as it arrives, prefixed with the node's label, on the matching descriptor.
/// Without labels, the bytes of a single node pass unchanged, except to a terminal.
/// </summary>
internal sealed class StreamRenderer(TerminalWriter writer, OutputStyle style, bool hasLabels, RunPlan plan) : IRenderer
{
    private readonly Dictionary<int, NodeLines> _nodes = [];
    private readonly bool _isExact = !hasLabels && plan.Targets.Length == 1;

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeOutput { Stream: StreamKind.Stdout } output when _isExact && !writer.StdoutIsTerminal:
                writer.WriteOut(output.Data.Span);
                break;
            case NodeOutput { Stream: StreamKind.Stderr } output when _isExact && !writer.StderrIsTerminal:
                writer.WriteErr(output.Data.Span);
                break;
            case NodeOutput output:
                if (!_nodes.TryGetValue(output.Target.Index, out var node))
                    _nodes[output.Target.Index] = node = CreateLines(output.Target);
                (output.Stream == StreamKind.Stdout ? node.Stdout : node.Stderr).Append(output.Data.Span);
                break;
            case NodeRetrying or NodeStarted { Step: > 1 }:
                if (_nodes.Remove(nodeEvent.Target.Index, out var failed))
                    End(failed);
                break;
            case NodeFinished finished:
                if (_nodes.Remove(finished.Target.Index, out var ended))
                    End(ended);
                if (plan.Job is PingJob && finished.Result.Succeeded)
                    writer.PrintOut($"{(hasLabels ? $"{finished.Target.Label}: " : "")}reached in {NumberText.Seconds(finished.Result.Elapsed)}");
                break;
        }
    }

    public void Complete(RunSummary summary)
    {
    }

    private static void End(NodeLines node)
    {
        using (node.Stdout)
        using (node.Stderr)
        {
            node.Stdout.Complete();
            node.Stderr.Complete();
        }
    }

    private NodeLines CreateLines(Target target)
    {
        var hasWarned = false;
        var stdoutLabel = Label(style.Stdout.Label(Name(writer.StdoutIsTerminal)));
        var stderrLabel = Label(style.Stderr.ErrorLabel(Name(writer.StderrIsTerminal)));
        return new(
            new LineWriter(writer.WriteOut, stdoutLabel, Safe(writer.StdoutIsTerminal, style.Stdout), WarnOfParts),
            new LineWriter(writer.WriteErr, stderrLabel, Safe(writer.StderrIsTerminal, style.Stderr), WarnOfParts));

        string Name(bool isTerminal) => isTerminal ? SafeText.Escape(target.Label) : target.Label;

        void WarnOfParts(IOException reason)
        {
            if (!hasWarned)
                writer.PrintErr($"volley: {target.Label}: its output is printed in parts: {Remedies.GetMessage(reason)}");
            hasWarned = true;
        }
    }

    private byte[] Label(string label) => hasLabels ? Encoding.UTF8.GetBytes(label + ": ") : [];

    private static SafeText? Safe(bool isTerminal, Style style) => isTerminal ? new SafeText(style.IsOn) : null;

    /// <summary>The line writers of one node.</summary>
    private sealed record NodeLines(LineWriter Stdout, LineWriter Stderr);
}
