namespace Volley.Cli.Rendering;

/// <summary>One way to show a run: a fold over its events. It blocks while the reader of its output is slow.</summary>
internal interface IRenderer
{
    /// <summary>Shows an event; what it keeps of its data it copies.</summary>
    void Render(NodeEvent nodeEvent);

    /// <summary>The run is over.</summary>
    void Complete(RunSummary summary);
}
