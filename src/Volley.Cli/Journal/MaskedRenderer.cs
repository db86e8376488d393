using Volley.Cli.Output;

namespace Volley.Cli.Journal;

/// <summary>Passes the events of a run to another renderer, with the values of <c>--secret</c> masked in the output.</summary>
/// <param name="inner">The other renderer.</param>
/// <param name="mask">The values.</param>
internal sealed class MaskedRenderer(IRenderer inner, SecretMask mask) : IRenderer, IDisposable
{
    private readonly Dictionary<int, SecretMask.MaskedStream[]> _streams = [];

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeOutput output:
                if (!_streams.TryGetValue(output.Target.Index, out var streams))
                    _streams[output.Target.Index] = streams = [mask.BeginStream(), mask.BeginStream()];
                Write(output.Target, output.Stream, streams[(int)output.Stream].Append(output.Data.Span));
                break;
            case NodeFinished or NodeRetrying or NodeStarted { Step: > 1 } when _streams.Remove(nodeEvent.Target.Index, out var ended):
                Write(nodeEvent.Target, StreamKind.Stdout, ended[(int)StreamKind.Stdout].Complete());
                Write(nodeEvent.Target, StreamKind.Stderr, ended[(int)StreamKind.Stderr].Complete());
                inner.Render(nodeEvent);
                break;
            default:
                inner.Render(nodeEvent);
                break;
        }
    }

    public void Complete(RunSummary summary) => inner.Complete(summary);

    public void Dispose() => (inner as IDisposable)?.Dispose();

    private void Write(Target target, StreamKind stream, byte[] data)
    {
        if (data.Length > 0)
            inner.Render(new NodeOutput(target, stream, data));
    }
}
