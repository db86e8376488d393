using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Runs over the system's ssh, and configurations for them.</summary>
internal static class OpenSshRuns
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command at one target.</summary>
    public static async Task<NodeRun> RunAsync(
        SshOptions options, Target target, string line, RunControl? control = null, Action? onOutput = null, Func<RunPlan, RunPlan>? tune = null)
    {
        await using var transport = new OpenSshTransport(options);
        var plan = new RunPlan([target], CommandJob.Shell(line));
        var nodes = await NodeRun.AllAsync(transport, tune?.Invoke(plan) ?? plan, control, onOutput)
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        return nodes[0];
    }

    /// <summary>Writes the shortest configuration for the fleet, after other lines, and returns its path.</summary>
    public static string Config(this Fleet fleet, string lines = "", string? knownHosts = null, string? key = null) => fleet.Write("config", $"""
        Host *
        {lines}
        Port {fleet.Port}
        User {fleet.User}
        IdentityFile {key ?? fleet.KeyPath}
        IdentitiesOnly yes
        UserKnownHostsFile {knownHosts ?? fleet.KnownHosts}
        GlobalKnownHostsFile /dev/null

        """);
}
