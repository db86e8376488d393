namespace Volley.Ssh;

/// <summary>One line of a command's output.</summary>
/// <param name="Stream">The stream that the line came from.</param>
/// <param name="Text">The text, without the line's end.</param>
public readonly record struct SshOutputLine(SshStreamKind Stream, string Text);
