namespace Volley;

/// <summary>Where the targets of a run stand: the four numbers always add up to all of them.</summary>
/// <param name="Running">Between connecting and finished.</param>
/// <param name="Completed">Finished and succeeded.</param>
/// <param name="Queued">Not yet connecting.</param>
/// <param name="Failed">Finished in any other way, never started ones included.</param>
public readonly record struct RunCounts(int Running, int Completed, int Queued, int Failed);
