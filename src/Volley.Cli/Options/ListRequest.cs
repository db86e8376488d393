using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;

namespace Volley.Cli.Options;

/// <summary>The request of <c>volley list</c>: to show the sources of hosts and their groups.</summary>
/// <param name="Sources">The sources.</param>
/// <param name="Names">The names of the sources to show; none for all.</param>
/// <param name="IsJson">Whether to print JSON.</param>
internal sealed record ListRequest(SourceAccess Sources, IReadOnlyList<string> Names, bool IsJson) : Request
{
    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public static ListRequest Parse(string[] arguments, Func<string, string?> variable)
    {
        var json = new JsonOption();
        var query = new QueryOptions();
        var names = OptionParser.SetMixed([.. query.Options, .. json.Options], arguments);
        return new ListRequest(query.CreateAccess(variable), names, json.Json.IsGiven);
    }
}
