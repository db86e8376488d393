using System.Collections.Immutable;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>What a plain ssh does for terminals, variables and retries, where there can be no control masters.</summary>
public class OpenSshPlainTests(Fleet fleet)
{
    private static readonly Target Host = new("127.0.13.1");

    private SshOptions Options => new() { ConfigFile = fleet.SshConfig, Multiplex = false };

    [Fact]
    public async Task VariablesArriveAsTheyAre()
    {
        const string Value = " it's \"2\" \\ $HOME\n`id` é=x ";
        var job = CommandJob.Shell("printf '%s|%s' \"$VOLLEY_A\" \"$VOLLEY_B\"") with
        {
            Environment = ImmutableDictionary<string, string>.Empty.Add("VOLLEY_A", Value).Add("VOLLEY_B", "b"),
        };
        Assert.Equal($"{Value}|b", (await RunAsync(job)).Stdout);
    }

    [Fact]
    public async Task ATerminalIsForced()
    {
        var node = await RunAsync(CommandJob.Shell("tty; echo err >&2; exit 3") with { Terminal = new PseudoTerminal() });
        Assert.Matches(@"^/dev/pts/\d+\r\nerr\r\n$", node.Stdout);
        Assert.Equal("", node.Stderr);
        Assert.Equal(3, node.Result.ExitCode);
    }

    [Fact]
    public async Task TheInputOfATerminalEnds()
    {
        var node = await RunAsync(CommandJob.Shell("stty -echo; cat; echo end") with { Terminal = new PseudoTerminal() });
        Assert.EndsWith("end\r\n", node.Stdout, StringComparison.Ordinal);
        Assert.Equal(0, node.Result.ExitCode);
    }

    [Fact]
    public async Task AStartThatIsRefusedIsTriedAgain()
    {
        await using var transport = new PacedTransport(
            new OpenSshTransport(Options),
            1);
        var plan = new RunPlan([Host with { Port = 1 }], CommandJob.Shell("true")) { ConnectTimeout = Timeout.InfiniteTimeSpan };
        var node = (await NodeRun.AllAsync(transport, plan))[0];
        Assert.Equal(NodeOutcome.ConnectFailed, node.Result.Outcome);
        // The wait before the second attempt.
        Assert.InRange(node.Result.Elapsed, TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(20));
    }

    private async Task<NodeRun> RunAsync(CommandJob job)
    {
        await using var transport = new OpenSshTransport(Options);
        return (await NodeRun.AllAsync(transport, new RunPlan([Host], job)))[0];
    }
}
