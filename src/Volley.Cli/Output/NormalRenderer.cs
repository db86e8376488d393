using Volley.Cli.Terminal;

namespace Volley.Cli.Output;

/// <summary>
/// The renderer of output <c>normal</c>. It prints a node's whole output as one block with a header when the node finishes. On a
/// terminal, blank lines separate the blocks.
/// </summary>
internal sealed class NormalRenderer(TerminalWriter writer, OutputStyle style, bool hasHeaders, bool hasMessages, RunPlan plan) : IRenderer
{
    private bool _hasBlock;

    private readonly Dictionary<int, OutputBuffer> _held = [];

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeOutput output:
                if (!_held.TryGetValue(output.Target.Index, out var node))
                    _held[output.Target.Index] = node = new OutputBuffer();
                try
                {
                    node.Append(output);
                }
                catch (IOException full)
                {
                    WritePart(output.Target, node, full);
                    node.Append(output);
                }

                break;
            case NodeFinished finished:
                _held.Remove(finished.Target.Index, out var held);
                using (held)
                {
                    // A node that a stop kept from starting has no block; the summary names it.
                    if (held is not null || finished.Result.Outcome != NodeOutcome.NotStarted)
                        WriteBlock(finished, held);
                }

                break;
        }
    }

    public void Complete(RunSummary summary)
    {
    }

    /// <summary>Writes the buffered output early. When no more can be buffered, output in parts is better than lost output.</summary>
    private void WritePart(Target target, OutputBuffer held, IOException reason)
    {
        writer.PrintErr($"volley: {target.Label}: its output is printed in parts: {Remedies.GetMessage(reason)}");
        if (hasHeaders)
            WriteHeader($"{style.Stdout.PartMark} {style.Stdout.Title(target.Label)} {style.Stdout.Faint("still running")}");
        WriteHeld(held);
        held.Clear();
    }

    private void WriteBlock(NodeFinished finished, OutputBuffer? held)
    {
        if (hasHeaders)
            WriteHeader(Header(finished.Target, finished.Result));
        if (hasMessages && finished.Result.Message is { } message)
            writer.PrintOut(style.Stdout.Bad(SafeText.Escape(SafeText.Shorten(message))));
        if (held is not null)
            WriteHeld(held);
    }

    private void WriteHeader(string header)
    {
        writer.PrintOut(_hasBlock && writer.StdoutIsTerminal ? "\n" + header : header);
        _hasBlock = true;
    }

    private void WriteHeld(OutputBuffer held)
    {
        var block = new OutputBlock(writer, style.Stdout) { EndsLastLine = hasHeaders || plan.Targets.Length > 1 };
        held.Replay(block.Append);
        block.Complete();
    }

    private string Header(Target target, NodeResult result)
    {
        var colors = style.Stdout;
        var start = result.Succeeded
            ? $"{colors.GoodMark} {colors.Title(target.Label)}"
            : $"{colors.BadMark} {colors.Title(target.Label)} {colors.Bad(result.Cause)}";
        var note = result.OutputMayBeIncomplete ? ", output may be incomplete" : "";
        return $"{start} {colors.Faint(NumberText.Seconds(result.Elapsed) + note)}";
    }
}
