namespace Volley.Cli.Pdsh;

/// <summary>Nothing was run: the lines say why, and the exit code is 1, as pdsh has it for whatever is wrong.</summary>
internal sealed class PdshException(params string[] lines) : Exception(lines[0])
{
    public IReadOnlyList<string> Lines { get; } = lines;
}
