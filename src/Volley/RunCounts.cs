namespace Volley;

/// <summary>The number of targets in each state. The four numbers add up to all targets of the run.</summary>
/// <param name="Running">Targets between connecting and finished.</param>
/// <param name="Completed">Targets that succeeded.</param>
/// <param name="Queued">Targets that have not left the queue.</param>
/// <param name="Failed">Targets that ended in any other way, including those that never started.</param>
public readonly record struct RunCounts(int Running, int Completed, int Queued, int Failed);
