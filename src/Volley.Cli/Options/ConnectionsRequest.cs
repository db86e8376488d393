using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;
using Volley.Inventory;

namespace Volley.Cli.Options;

/// <summary>The request of <c>volley connections</c>: to list kept connections, or to close them.</summary>
/// <param name="Sources">The sources of groups.</param>
/// <param name="Closes">Whether to close them.</param>
/// <param name="Hosts">The hosts of the connections; null for all.</param>
/// <param name="IsDryRun">Whether to show only which connections would be closed.</param>
internal sealed record ConnectionsRequest(SourceAccess Sources, bool Closes, HostExpression? Hosts, bool IsDryRun) : Request
{
    private const string Close = "--close";

    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    /// <exception cref="HostListException">The host expression is invalid.</exception>
    public static ConnectionsRequest Parse(string[] arguments, Func<string, string?> variable)
    {
        // The value of --close may be missing, which no other option allows.
        var close = new Flag(Close) { Help = "close the connections to HOSTS, or all", IsConfigurable = false, HasVariable = false };
        var dryRun = new Flag("--dry-run") { Help = "show the connections; close none", IsConfigurable = false, HasVariable = false };
        var query = new QueryOptions();
        var hosts = OptionParser.SetMixed([close, dryRun, .. query.Options], [.. arguments.SelectMany(Split)]);
        if (hosts is [var word, ..] && !close.IsGiven)
            throw new UsageException($"unexpected '{word}'; to close its connection: volley connections --close {word}");
        if (hosts is [_, var more, ..])
            throw new UsageException($"unexpected '{more}'; separate hosts with commas: volley connections --close HOST,HOST");
        if (hosts is [""])
            throw new UsageException("--close takes a host list, or no value for all hosts");
        if (dryRun.IsGiven && !close.IsGiven)
            throw new UsageException("--dry-run is for --close");
        return new ConnectionsRequest(query.CreateAccess(variable), close.IsGiven, hosts is [var list] ? HostExpression.Parse(list) : null, dryRun.IsGiven);
    }

    private static string[] Split(string argument) =>
        argument.StartsWith($"{Close}=", StringComparison.Ordinal) ? [Close, argument[(Close.Length + 1)..]] : [argument];
}
