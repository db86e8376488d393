namespace Volley.Cli.Rendering;

/// <summary>Keeps standard output from a renderer whose own standard output goes nowhere: it would be cut into lines for nobody.</summary>
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
