namespace Volley.Cli.Pdsh;

/// <summary>The exception for a run that does not start. The lines are the message; the exit code is 1, like pdsh's for every error.</summary>
internal sealed class PdshException(params string[] lines) : Exception(lines[0])
{
    public IReadOnlyList<string> Lines { get; } = lines;
}
