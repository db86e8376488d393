using Volley.Inventory;

namespace Volley.Cli.Options;

/// <summary>The request of <c>volley connections</c>: to list kept connections, or to close them.</summary>
/// <param name="Closes">Whether to close them.</param>
/// <param name="Hosts">The hosts of the connections; null for all.</param>
/// <param name="IsDryRun">Whether to show only which connections would be closed.</param>
internal sealed record ConnectionsRequest(bool Closes, HostExpression? Hosts, bool IsDryRun = false) : Request
{
    private const string DryRun = "--dry-run";

    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    /// <exception cref="HostListException">The host expression is invalid.</exception>
    public static ConnectionsRequest Parse(string[] arguments) => arguments switch
    {
        [] => new ConnectionsRequest(false, null),
        [.. var others, DryRun] when others is not [] => Parse(others) with { IsDryRun = true },
        [DryRun, .. var others] when others is not [] => Parse(others) with { IsDryRun = true },
        ["--close"] => new ConnectionsRequest(true, null),
        ["--close", var hosts] => ForHosts(hosts),
        [var one] when one.StartsWith("--close=", StringComparison.Ordinal) => ForHosts(one["--close=".Length..]),
        ["--close", _, var more, ..] => throw new UsageException($"unexpected '{more}'; separate hosts with commas: volley connections --close HOST,HOST"),
        [var word, ..] => throw new UsageException($"unexpected '{word}'; connections takes only --close [HOSTS] [--dry-run]"),
    };

    private static ConnectionsRequest ForHosts(string hosts) => hosts.Length == 0 || hosts[0] == '-'
        ? throw new UsageException("--close takes a host list, or no value for all hosts")
        : new ConnectionsRequest(true, HostExpression.Parse(hosts));
}
