using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Output;
using Volley.Cli.Terminal;
using Volley.Inventory;

namespace Volley.Cli.Run;

/// <summary>The command <c>volley connections</c>: lists or closes the connections that runs with --keep left open.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class ConnectionsCommand(ConnectionsRequest request, TerminalWriter writer)
{
    /// <exception cref="HostListException">A group is unknown, or a file of hosts can't be read.</exception>
    /// <exception cref="HostSourceException">A source that the expression names can't be read.</exception>
    public async Task<int> RunAsync()
    {
        var connections = await SelectAsync(await OpenSsh.ListConnectionsAsync());
        var code = 0;
        if (request is { Closes: true, IsDryRun: false })
            code = await CloseAsync(connections);
        else if (connections.Count > 0)
            writer.PrintOut(writer.StdoutIsTerminal ? Table(connections) : Lines(connections));
        writer.Flush();
        return code;
    }

    private async ValueTask<IReadOnlyList<KeptConnection>> SelectAsync(IReadOnlyList<KeptConnection> connections)
    {
        if (request.Hosts is not { } hosts)
            return connections;
        Target[] names = [.. connections.Select(GetLogin)];
        var selected = await hosts.FindIndicesAsync(names, request.Sources.Get(hosts));
        foreach (var warning in request.Sources.Warnings)
            writer.PrintErr(warning);
        return [.. selected.Select(index => connections[index])];
    }

    private async Task<int> CloseAsync(IReadOnlyList<KeptConnection> connections)
    {
        if (connections.Count == 0 && request.Hosts is not null)
            writer.PrintErr("volley: there is no open connection to these hosts");
        var closed = await Task.WhenAll(connections.Select(connection => OpenSsh.CloseConnectionAsync(connection)));
        foreach (var (connection, _) in connections.Zip(closed).Where(pair => !pair.Second))
            writer.PrintErr($"volley: {GetLogin(connection).Name}: its ssh does not respond; no run uses it again, and it exits when the connection ends");
        return closed.All(isClosed => isClosed) ? 0 : ExitCodes.Failure;
    }

    /// <summary>Formats a line per connection for programs: fields separated by tabs, times in seconds.</summary>
    private static string Lines(IReadOnlyList<KeptConnection> connections) => string.Join('\n', connections.Select(connection =>
    {
        var (age, left) = ((long)connection.Age.TotalSeconds, (long)connection.TimeLeft.TotalSeconds);
        return string.Create(
            CultureInfo.InvariantCulture, $"{GetLogin(connection).Name}\t{age}\t{connection.Users}\t{left}\t{State(connection)}\t{connection.Socket}");
    }));

    private static string Table(IReadOnlyList<KeptConnection> connections)
    {
        string[][] rows =
        [
            ["HOST", "AGE", "USERS", "LEFT", "STATE"],
            .. connections.Select(connection => new[]
            {
                SafeText.Escape(GetLogin(connection).Name),
                FormatDuration(connection.Age),
                connection.Users.ToString(CultureInfo.InvariantCulture),
                FormatDuration(connection.TimeLeft),
                State(connection),
            }),
        ];
        return TextTable.Format(rows);
    }

    private static Target GetLogin(KeptConnection connection) => new(connection.Host) { User = connection.User, Port = connection.Port };

    private static string State(KeptConnection connection) =>
        !connection.IsResponsive ? "stuck" : connection.Users > 0 ? "in use" : "idle";

    private static string FormatDuration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalSeconds}s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m{time.Seconds:00}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}h{time.Minutes:00}m"),
    };
}
