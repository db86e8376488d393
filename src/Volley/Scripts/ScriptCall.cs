using System.Collections.Immutable;

namespace Volley.Scripts;

/// <summary>How a script is called.</summary>
/// <param name="Interpreter">The program that runs the script, with its options; null for <c>sh</c>.</param>
/// <param name="Arguments">The script's arguments.</param>
/// <param name="Words">The word for each argument that <c>sh</c> at the target parses.</param>
internal sealed record ScriptCall(string? Interpreter, ImmutableArray<string> Arguments, ImmutableArray<string> Words);
