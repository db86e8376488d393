using System.Runtime.CompilerServices;

namespace Volley.Execution;

/// <summary>The events of a run with its output as lines.</summary>
internal static class RunLines
{
    /// <summary>Returns the events with lines in place of their output.</summary>
    /// <param name="events">The events. Their data need not be valid after the next event is requested.</param>
    /// <param name="cancellationToken">The token of the enumeration.</param>
    public static async IAsyncEnumerable<NodeEvent> SplitAsync(
        IAsyncEnumerable<NodeEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var readers = new Dictionary<(Target, StreamKind), LineReader>();
        await foreach (var nodeEvent in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            switch (nodeEvent)
            {
                case NodeOutput output:
                    if (!readers.TryGetValue((output.Target, output.Stream), out var reader))
                        readers.Add((output.Target, output.Stream), reader = new LineReader());
                    foreach (var line in reader.Add(output))
                        yield return line;
                    break;
                case NodeFinished or NodeRetrying or NodeStarted { Step: > 1 }:
                    foreach (var stream in (StreamKind[])[StreamKind.Stdout, StreamKind.Stderr])
                    {
                        if (readers.Remove((nodeEvent.Target, stream), out var last) && last.Complete(nodeEvent.Target, stream) is { } line)
                            yield return line;
                    }

                    yield return nodeEvent;
                    break;
                default:
                    yield return nodeEvent;
                    break;
            }
        }
    }
}
