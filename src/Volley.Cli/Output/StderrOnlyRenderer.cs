namespace Volley.Cli.Output;

/// <summary>A renderer that drops standard output before an inner renderer splits it into lines, for runs whose standard output is discarded.</summary>
internal sealed class StderrOnlyRenderer(IRenderer inner) : IRenderer, IDisposable
{
    public void Render(NodeEvent nodeEvent)
    {
        if (nodeEvent is not NodeOutput { Stream: StreamKind.Stdout })
            inner.Render(nodeEvent);
    }

    public void Complete(RunSummary summary) => inner.Complete(summary);

    public void Dispose() => (inner as IDisposable)?.Dispose();
}
