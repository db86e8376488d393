using System.Globalization;

namespace Volley.Execution;

/// <summary>The phases of a job's work at a node that has a session: the wait for its turn, the start, and the work under the command timeout.</summary>
/// <param name="run">What all nodes of the run share, and the limit against the median of this work.</param>
/// <param name="notStarted">The message if the start takes too long, up to the time.</param>
/// <param name="notEnded">The message if the work takes too long, up to the time.</param>
internal sealed class WorkPhases(RunContext run, string notStarted, string notEnded)
{
    private readonly Phase _starting = CommandPhase(run.Plan.CommandTimeout, notStarted);
    private readonly Phase _running = CommandPhase(run.Plan.CommandTimeout, notEnded);

    /// <summary>Waits for the session's turn. The connect timeout is paused, because waiting for other targets is not connecting.</summary>
    public static async ValueTask WaitForTurnAsync(Node node, ISession session)
    {
        var waiting = session.WaitForTurnAsync(node.Deadline.Token);
        if (waiting.IsCompletedSuccessfully)
            return;
        node.Deadline.PausePhase();
        await waiting.ConfigureAwait(false);
        node.Deadline.RestartPhase();
        node.Deadline.ThrowIfFired();
    }

    /// <summary>Begins the start.</summary>
    /// <returns>Whether the command timeout covers the start.</returns>
    public bool BeginStart(Node node, ISession session)
    {
        var isTimed = IsStartTimed(session);
        if (isTimed)
            node.Deadline.StartPhase(_starting);
        return isTimed;
    }

    /// <summary>Begins the work.</summary>
    /// <param name="node">The node.</param>
    /// <param name="isStartTimed">Whether the command timeout has covered the start.</param>
    public void BeginWork(Node node, bool isStartTimed)
    {
        if (isStartTimed)
            node.Deadline.ContinuePhase(_running);
        else
            node.Deadline.StartPhase(_running);
        run.RelativeLimit?.Begin(node.Target, node.Deadline, notEnded);
    }

    /// <summary>
    /// Whether the command timeout starts with the start request, which a server may never answer. The connect timeout covers the
    /// start too, and stays in force if it is shorter.
    /// </summary>
    private bool IsStartTimed(ISession session) =>
        !session.ConnectsAtStart && run.Plan.CommandTimeout != Timeout.InfiniteTimeSpan
        && (run.ConnectTimeout == Timeout.InfiniteTimeSpan || run.Plan.CommandTimeout < run.ConnectTimeout);

    private static Phase CommandPhase(TimeSpan limit, string message) => new(limit, new NodeResult(NodeOutcome.CommandTimedOut)
    {
        Message = string.Create(CultureInfo.InvariantCulture, $"{message} {limit.TotalSeconds:0.###} s"),
    });
}
