using System.Text;

namespace Volley.Testing;

/// <summary>What one target printed, and how it ended.</summary>
public sealed record NodeRun(NodeResult Result, byte[] StdoutBytes, byte[] StderrBytes)
{
    public string Stdout => Encoding.UTF8.GetString(StdoutBytes);

    public string Stderr => Encoding.UTF8.GetString(StderrBytes);

    /// <summary>For connecting on a busy machine, where 10 s are soon over.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a plan and gathers what each of its targets did. Unless the plan limits connecting itself, it gets a minute.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="control">The handle on the run, if it is needed meanwhile.</param>
    /// <param name="onOutput">Called at each output.</param>
    public static async Task<IReadOnlyList<NodeRun>> AllAsync(
        ITransport transport, RunPlan plan, RunControl? control = null, Action? onOutput = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.ConnectTimeout == new RunPlan([], plan.Job).ConnectTimeout)
            plan = plan with { ConnectTimeout = ConnectLimit };
        var streams = plan.Targets.Select(_ => (Stdout: new MemoryStream(), Stderr: new MemoryStream())).ToArray();
        var results = new NodeResult[plan.Targets.Length];
        await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(plan, control).ConfigureAwait(false))
        {
            var (stdout, stderr) = streams[nodeEvent.Target.Index];
            if (nodeEvent is NodeOutput output)
            {
                (output.Stream == StreamKind.Stdout ? stdout : stderr).Write(output.Data.Span);
                onOutput?.Invoke();
            }
            else if (nodeEvent is NodeFinished finished)
            {
                results[nodeEvent.Target.Index] = finished.Result;
            }
        }

        return [.. results.Zip(streams, (result, s) => new NodeRun(result, s.Stdout.ToArray(), s.Stderr.ToArray()))];
    }
}
