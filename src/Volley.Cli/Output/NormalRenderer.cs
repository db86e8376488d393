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
            case NodeRetrying retrying:
                End(retrying.Target, retrying.Result, isLast: false);
                break;
            case NodeFinished finished:
                End(finished.Target, finished.Result, isLast: true);
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

    /// <summary>Writes the block of an attempt, which is the last one unless the command is retried.</summary>
    private void End(Target target, NodeResult result, bool isLast)
    {
        _held.Remove(target.Index, out var held);
        using (held)
        {
            // A node that a stop kept from starting has no block; the summary names it.
            if (held is not null || result.Outcome != NodeOutcome.NotStarted)
                WriteBlock(target, result, isLast, held);
        }
    }

    private void WriteBlock(Target target, NodeResult result, bool isLast, OutputBuffer? held)
    {
        if (hasHeaders)
            WriteHeader(Header(target, result, isLast));
        if (hasMessages && result.Message is { } message)
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

    private string Header(Target target, NodeResult result, bool isLast)
    {
        var colors = style.Stdout;
        var start = result.Succeeded
            ? $"{colors.GoodMark} {colors.Title(target.Label)}"
            : $"{colors.BadMark} {colors.Title(target.Label)} {colors.Bad(result.Cause)}";
        var note = result.OutputMayBeIncomplete ? ", output may be incomplete" : "";
        if (!isLast || result.Retries > 0)
            note += $", {RetryText.Attempt(result, plan)}";
        return $"{start} {colors.Faint(NumberText.Seconds(result.Elapsed) + note)}";
    }
}
