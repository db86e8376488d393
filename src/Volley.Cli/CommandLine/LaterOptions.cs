namespace Volley.Cli.CommandLine;

/// <summary>What the program's contract has and this version does not: said plainly, never accepted and dropped.</summary>
internal static class LaterOptions
{
    private static readonly string[] Options =
    [
        "--tui",
    ];

    private static readonly string[] Verbs = ["hosts", "upload", "download", "list", "retry"];

    private static readonly string[] Outputs = ["tui"];

    /// <exception cref="UsageException">It is an option of a later version.</exception>
    public static void RefuseOption(string name)
    {
        if (Options.Contains(name))
            throw new UsageException($"{name} is not available in this version");
    }

    /// <exception cref="UsageException">It is a verb of a later version.</exception>
    public static void RefuseVerb(string word)
    {
        if (Verbs.Contains(word))
            throw new UsageException($"'volley {word}' is not available in this version");
    }

    /// <exception cref="UsageException">It is an output mode of a later version.</exception>
    public static void RefuseOutput(string? output)
    {
        if (Outputs.Contains(output))
            throw new UsageException($"--output {output} is not available in this version; use normal, stream or gather");
    }
}
