namespace Volley.Cli.Output;

/// <summary>A consumer of a run's events that shows them. It blocks while the reader of its output is slow.</summary>
internal interface IRenderer
{
    /// <summary>Shows an event. Copies the data that it keeps.</summary>
    void Render(NodeEvent nodeEvent);

    /// <summary>Completes the output after the end of the run.</summary>
    void Complete(RunSummary summary);
}
