namespace Volley;

/// <summary>
/// Does the work of a run at single targets by other means than a transport. A <see cref="ParallelExecutor"/> does the rest: the window, the schedule, stops and
/// the limits of the run, and one <see cref="NodeFinished"/> for each target. Members are called from several threads at once.
/// </summary>
public interface ITargetRunner : IAsyncDisposable
{
    /// <summary>Does the work at a target, and returns its result.</summary>
    /// <param name="turn">The target, and what the work needs.</param>
    /// <returns>
    /// The complete result: the executor adds nothing but <see cref="NodeResult.IsMainRank"/>. An exception becomes a result, too, as that of a transport does.
    /// </returns>
    Task<NodeResult> RunAsync(TargetTurn turn);
}
