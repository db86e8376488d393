using Volley.Cli.Terminal;

namespace Volley.Cli.Output;

/// <summary>The styles of standard output and standard error, each of which may be a terminal.</summary>
/// <param name="Stdout">The style of standard output.</param>
/// <param name="Stderr">The style of standard error.</param>
internal sealed record OutputStyle(Style Stdout, Style Stderr);
