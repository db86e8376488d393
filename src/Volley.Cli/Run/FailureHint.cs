namespace Volley.Cli.Run;

/// <summary>A hint to print at the end of a run in which a node failed in a certain way.</summary>
/// <param name="Text">The hint.</param>
/// <param name="AppliesTo">Whether it applies to a result.</param>
internal sealed record FailureHint(string Text, Func<NodeResult, bool> AppliesTo);
