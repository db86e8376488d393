using Volley.Cli.Run;

namespace Volley.Cli.Options;

/// <summary>A verb after the first option, which is the beginning of a remote command there: <c>volley -H web1 reboot</c>.</summary>
internal static class MisplacedVerb
{
    private const int NotFound = 127;

    /// <summary>Returns where the verb belongs, for a usage error; null if the remote command is not likely to be meant as a verb.</summary>
    public static string? Explain(RunOptions options) =>
        options.Hosts.NameHosts && options.Command is [CommandLine.Grep or CommandLine.Diff or CommandLine.Remove or CommandLine.History, ..]
            ? null
            : ExplainFirst(options);

    /// <summary>Returns where the verb of a command line without a verb belongs; null if its first argument that is not an option is not a verb.</summary>
    public static string? Explain(IReadOnlyList<string> arguments) =>
        arguments.FirstOrDefault(argument => !argument.StartsWith('-')) is { } word ? Explain(word) : null;

    /// <summary>
    /// Returns the hint for a remote command that failed; null if it does not begin with a verb. Names of programs that exist at hosts, and fail for other
    /// reasons, are no mistake.
    /// </summary>
    public static FailureHint? Find(RunOptions options)
    {
        if (ExplainFirst(options) is not { } hint)
            return null;
        var isLikely = options.Command is [CommandLine.Reboot or CommandLine.Sync, ..] or [CommandLine.Ping];
        return new($"'{options.Command[0]}' was run at the hosts; {hint}", result => !result.Succeeded && (isLikely || result.ExitCode == NotFound));
    }

    private static string? ExplainFirst(RunOptions options) =>
        options is { Verb: RunVerb.Run, Repeated: null, Command: [var word, ..] } ? Explain(word) : null;

    private static string? Explain(string word) => CommandLine.IsVerb(word) ? $"for volley's own {word}, the verb comes first: volley {word} ..." : null;
}
