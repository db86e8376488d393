using System.Text.Json;
using Microsoft.Extensions.Logging;
using Volley.Cli.Options;
using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Output;
using Volley.Cli.Output.Json;
using Volley.Cli.Run;
using Volley.Cli.Terminal;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>A question to the server of relays.</summary>
/// <param name="Server">The server, with its credentials.</param>
/// <param name="IsJson">Whether to print JSON.</param>
internal sealed record ServerQuery(RelayServerOptions Server, bool IsJson)
{
    /// <summary>Returns the options of such a question.</summary>
    public static IReadOnlyList<OptionGroup> GetGroups(RunOptions run, JsonOption json) => [run.Server, run.Files, json];

    private Task<RelayServer> ConnectAsync(TerminalWriter writer) => RelayServer.ConnectAsync(Server, new StderrLogger(writer, LogLevel.Warning));

    /// <summary>Prints what a server lists: a table, or JSON.</summary>
    /// <typeparam name="T">What is listed.</typeparam>
    /// <param name="writer">The destination.</param>
    /// <param name="list">Returns the list.</param>
    /// <param name="titles">The row of titles of the table.</param>
    /// <param name="getRow">Returns the row of an item.</param>
    /// <param name="name">The name of the list in JSON.</param>
    /// <param name="write">Writes the members of an item.</param>
    /// <param name="none">The message for an empty list.</param>
    /// <exception cref="RelayException">The server can't be used.</exception>
    public async Task<int> PrintAsync<T>(
        TerminalWriter writer,
        Func<RelayServer, Task<IReadOnlyList<T>>> list,
        string[][] titles,
        Func<T, string[]> getRow,
        string name,
        Action<Utf8JsonWriter, T> write,
        string none)
    {
        await using var server = await ConnectAsync(writer);
        var items = await list(server);
        if (IsJson)
            JsonDocumentWriter.Print(writer, json => Write(json, name, items, write));
        else if (items.Count > 0)
            writer.PrintOut(TextTable.Format([.. titles, .. items.Select(getRow)]));
        else
            writer.PrintErr(none);
        return 0;
    }

    private static void Write<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, SummaryReport.Version);
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>
    /// Sets the options of a verb that takes nothing else, from its arguments, the environment and files. Returns the help if it is asked for, else null.
    /// </summary>
    /// <param name="verb">The verb.</param>
    /// <param name="usage">The verb with what it does.</param>
    /// <param name="groups">The options.</param>
    /// <param name="run">The options of a run, of which the groups are a part.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    /// <exception cref="Volley.Inventory.ConfigurationException">A configuration file can't be read or is invalid.</exception>
    public static TextRequest? SetUnlessHelp(
        string verb, string usage, IReadOnlyList<OptionGroup> groups, RunOptions run, string[] arguments, Func<string, string?> variable)
    {
        if (arguments.Any(argument => argument is "-h" or "--help"))
            return new TextRequest(HelpText.ForGroups(groups, usage));
        Option[] options = [.. groups.SelectMany(group => group.Options)];
        if (OptionParser.SetMixed(options, arguments, $"volley {verb} --help") is [var other, ..])
            throw new UsageException($"unexpected '{other}'; {verb} takes options only: see volley {verb} --help");
        _ = new OptionLayers(run, variable) { Options = options }.Apply();
        return null;
    }

    /// <summary>Parses the arguments after a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="usage">The verb with what it does.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <param name="create">Returns the request for a question.</param>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    /// <exception cref="Volley.Inventory.ConfigurationException">A configuration file can't be read or is invalid.</exception>
    public static Request Parse(string verb, string usage, string[] arguments, Func<string, string?> variable, Func<ServerQuery, Request> create)
    {
        var run = new RunOptions();
        var json = new JsonOption();
        if (SetUnlessHelp(verb, usage, GetGroups(run, json), run, arguments, variable) is { } help)
            return help;
        return create(new ServerQuery(run.Server.Create($"volley {verb}"), json.Json.IsGiven));
    }
}

/// <summary>The request of <c>volley relays</c>: to list relays.</summary>
internal sealed record RelaysRequest(ServerQuery Query) : Request
{
    private const string Usage = "volley relays --server URL [OPTIONS]   list the relays of a server";

    /// <inheritdoc cref="ServerQuery.Parse"/>
    public static Request Parse(string[] arguments, Func<string, string?> variable) =>
        ServerQuery.Parse(CommandLine.Relays, Usage, arguments, variable, query => new RelaysRequest(query));
}

/// <summary>The request of <c>volley runs</c>: to list the runs that relays carry out.</summary>
internal sealed record RunsRequest(ServerQuery Query) : Request
{
    private const string Usage = "volley runs --server URL [OPTIONS]   list the runs that relays carry out";

    /// <inheritdoc cref="ServerQuery.Parse"/>
    public static Request Parse(string[] arguments, Func<string, string?> variable) =>
        ServerQuery.Parse(CommandLine.Runs, Usage, arguments, variable, query => new RunsRequest(query));
}
