using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The request of <c>volley rm</c>: to remove runs from the journal.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="Runs">The runs.</param>
internal sealed record RemoveRequest(RunJournal Journal, IReadOnlyList<string> Runs) : Request
{
    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public static RemoveRequest Parse(string[] arguments, Func<string, string?> variable)
    {
        var runs = OptionParser.SetMixed([], arguments);
        return runs.Length > 0
            ? new RemoveRequest(RunLookup.Open(variable), runs)
            : throw new UsageException("rm needs a run: volley rm RUN...; it removes runs from the journal, and no files of hosts");
    }
}
