namespace Volley.Cli.CommandLine;

/// <summary>What the program's contract has and this version does not: said plainly, never accepted and dropped.</summary>
internal static class LaterOptions
{
    private static readonly string[] Verbs = ["hosts", "upload", "download", "list", "retry"];

    /// <exception cref="UsageException">It is a verb of a later version.</exception>
    public static void RefuseVerb(string word)
    {
        if (Verbs.Contains(word))
            throw new UsageException($"'volley {word}' is not available in this version");
    }
}
