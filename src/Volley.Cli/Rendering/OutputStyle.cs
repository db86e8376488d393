using Volley.Cli.Terminal;

namespace Volley.Cli.Rendering;

/// <summary>The colours of the two descriptors, of which each may be a terminal or not.</summary>
/// <param name="Stdout">Of standard output.</param>
/// <param name="Stderr">Of standard error.</param>
internal sealed record OutputStyle(Style Stdout, Style Stderr);
