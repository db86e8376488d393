namespace Volley.Execution;

/// <summary>The runner of <see cref="PingJob"/>.</summary>
internal sealed class PingRunner : IJobRunner
{
    public async Task<NodeResult> RunAsync(Node node, ISession session)
    {
        node.Deadline.Arm();
        await session.PingAsync(node.Deadline.Token).AsTask().WaitAsync(node.Deadline.Token).ConfigureAwait(false);
        return new NodeResult(NodeOutcome.Exited) { ExitCode = 0 };
    }
}
