using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>The result of a target, and the log about its transport.</summary>
internal sealed record AutoRun(NodeRun Node, string Log)
{
    public string Stdout => Node.Stdout;

    public NodeResult Result => Node.Result;
}

/// <summary>Runs over whatever transport serves the target.</summary>
internal static class AutoRuns
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The options of a machine without ssh.</summary>
    public static SshOptions WithoutSsh(this SshOptions options) => options with { Program = "/no/such/ssh" };

    /// <summary>Runs a command at one target.</summary>
    public static async Task<AutoRun> RunAsync(SshOptions options, Target target, string line)
    {
        var (nodes, log) = await RunAllAsync(options, [target], line);
        return new AutoRun(nodes[0], log);
    }

    /// <summary>Runs a command at several targets.</summary>
    public static async Task<(IReadOnlyList<NodeRun> Nodes, string Log)> RunAllAsync(SshOptions options, IEnumerable<Target> targets, string line, int parallel = 64)
    {
        var log = new LogLines();
        await using var transport = new AutoTransport(options, log);
        var plan = new RunPlan([.. targets], CommandJob.Shell(line)) { MaxConcurrency = parallel, ConnectTimeout = Timeout.InfiniteTimeSpan };
        var nodes = await NodeRun.AllAsync(transport, plan).WaitAsync(Limit, TestContext.Current.CancellationToken);
        return (nodes, log.Text);
    }

    /// <summary>How many connections to an address the fleet has seen.</summary>
    public static int Connections(this Fleet fleet, string address) =>
        File.ReadLines(fleet.ServerLog).Count(line => line.StartsWith("Connection from ", StringComparison.Ordinal) && line.Contains($" on {address} port ", StringComparison.Ordinal));
}
