namespace Volley.Cli.Options;

/// <summary>The verbs that contact hosts and share the options of a run.</summary>
internal enum RunVerb
{
    Run,
    Ping,
    Push,
    Sync,
    Pull,
}

/// <summary>Names and kinds of <see cref="RunVerb"/>.</summary>
internal static class RunVerbExtensions
{
    /// <summary>Returns the verb as it is typed.</summary>
    public static string GetName(this RunVerb verb) => verb.ToString().ToLowerInvariant();

    /// <summary>Whether the verb copies files. Its options and paths may be in any order, and all hosts count for the exit code.</summary>
    public static bool IsTransfer(this RunVerb verb) => verb is not (RunVerb.Run or RunVerb.Ping);
}
