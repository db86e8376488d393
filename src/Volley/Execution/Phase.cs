namespace Volley.Execution;

/// <summary>A part of a node's run that has a time limit of its own.</summary>
/// <param name="Limit">The time limit, or infinite for none.</param>
/// <param name="Ending">The result of a node that exceeds it.</param>
internal sealed record Phase(TimeSpan Limit, NodeResult Ending);
