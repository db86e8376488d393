namespace Volley.Execution;

/// <summary>Does the work of one kind of job. One instance serves all nodes of a run, several at the same time.</summary>
internal interface IJobRunner
{
    /// <summary>Called once, before the first node.</summary>
    void Begin()
    {
    }

    /// <summary>
    /// Does the work at a node that has a session, within <see cref="Node.Deadline"/>. The result says only how the work ended;
    /// <see cref="NodeRunner"/> adds the rest.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="session">The session. The caller disposes of it.</param>
    /// <exception cref="TransportException">The work failed; the outcome of the exception is that of the node.</exception>
    /// <exception cref="Exception">Any exception once the deadline has fired: the node has the result of the deadline.</exception>
    Task<NodeResult> RunAsync(Node node, ISession session);

    /// <summary>Whether the runner connects to the node itself, in <see cref="RunAsync(Node)"/>.</summary>
    bool ConnectsItself => false;

    /// <summary>Does the work at a node that has no session, for a runner that connects itself.</summary>
    /// <param name="node">The node.</param>
    Task<NodeResult> RunAsync(Node node) => throw new NotSupportedException("this runner needs a session");

    /// <summary>Whether the work can be done again after a failure.</summary>
    bool Retries => false;

    /// <summary>Returns the time until the work is done again after a failure; null if it is not.</summary>
    /// <param name="result">The result of the attempt.</param>
    TimeSpan? GetRetryDelay(NodeResult result) => null;

    /// <summary>Called once for each node that left the queue, after its work, also if the node could not be connected to.</summary>
    void End(Node node)
    {
    }
}
