namespace Volley.Ssh;

/// <summary>The size of a terminal, in characters.</summary>
/// <param name="Columns">Characters a line.</param>
/// <param name="Rows">Lines.</param>
public readonly record struct PtySize(int Columns, int Rows);
