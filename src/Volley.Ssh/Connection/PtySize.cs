namespace Volley.Ssh;

/// <summary>The size of a terminal, in characters.</summary>
/// <param name="Columns">The number of characters per line.</param>
/// <param name="Rows">The number of lines.</param>
public readonly record struct PtySize(int Columns, int Rows);
