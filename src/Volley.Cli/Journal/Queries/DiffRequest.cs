using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The request of <c>volley diff</c>: to compare the results of two runs.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="First">The first run.</param>
/// <param name="Second">The second run.</param>
/// <param name="IsJson">Whether to print JSON.</param>
internal sealed record DiffRequest(RunJournal Journal, string First, string Second, bool IsJson) : Request
{
    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public static DiffRequest Parse(string[] arguments, Func<string, string?> variable)
    {
        var json = new JsonOption();
        return OptionParser.SetMixed(json.Options, arguments) is [var first, var second]
            ? new DiffRequest(RunLookup.Open(variable), first, second, json.Json.IsGiven)
            : throw new UsageException("diff compares two runs: volley diff RUN RUN");
    }
}
