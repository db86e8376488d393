using System.Diagnostics;
using System.Net.NetworkInformation;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>Connections that nobody uses stay open for hosts that come again: how long, how many, and what if they die meanwhile.</summary>
public class NativeIdleTests(Fleet fleet) : IClassFixture<Fleet>
{
    private const int MostIdle = 256;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task ATargetThatComesAgainLaterLogsInOnce()
    {
        var before = fleet.Logins();
        await using var transport = Transport();
        // One after the other: nobody uses the connection in between.
        var nodes = await RunAsync(transport, Enumerable.Repeat(Fleet.Address(23_000), 5), "echo $SSH_CONNECTION", parallel: 1);
        nodes = [.. nodes, .. await RunAsync(transport, [Fleet.Address(23_000)], "echo $SSH_CONNECTION")];
        Assert.Single(nodes.Select(node => node.Stdout).Distinct());
        Assert.Equal(before + 1, fleet.Logins());
    }

    [Fact]
    public async Task OneThatWasCutIsReplaced()
    {
        var before = fleet.Logins();
        using var proxy = new CuttingProxy(Fleet.Address(23_010), fleet.Port);
        fleet.TrustPort(proxy.Port);
        await using var transport = Transport();
        for (var round = 0; round < 3; round++)
        {
            // Three that come at once notice it together.
            var nodes = await RunAsync(transport, Enumerable.Repeat(proxy.Address, 3), "echo $SSH_CONNECTION", port: proxy.Port);
            Assert.Single(nodes.Select(node => node.Stdout).Distinct());
            proxy.Cut();
        }

        Assert.Equal(before + 3, fleet.Logins());
    }

    [Fact]
    public async Task OneThatDoesNotAnswerAnyMoreIsReplaced()
    {
        var before = fleet.Logins();
        var host = Fleet.Address(23_020);
        await using var transport = Transport();
        var server = (await RunAsync(transport, [host], "echo $PPID"))[0].Stdout.Trim();
        await NativeRuns.RunProgramAsync("sh", "-c", $"kill -STOP {server}");
        var nodes = await RunAsync(transport, Enumerable.Repeat(host, 3), "echo $PPID");
        Assert.Single(nodes.Select(node => node.Stdout).Distinct());
        Assert.NotEqual(server, nodes[0].Stdout.Trim());
        Assert.Equal(before + 2, fleet.Logins());
    }

    [Fact]
    public async Task WhereSessionsAreFewOneThatRestedServesAgain()
    {
        var before = fleet.Logins();
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = fleet.SshConfig });
        for (var round = 0; round < 20; round++)
            await RunAsync(transport, [SpecialHosts.WithSessions(1, 50)], "true");
        Assert.Equal(before + 1, fleet.Logins());
    }

    [Fact]
    public async Task OfManyHostsOnlySomeStayAndTheLatestAreAmongThem()
    {
        // The long run takes the default.
        int? most = TestRun.IsLong ? null : 64;
        var (stay, again) = most is null ? (MostIdle, 100) : (64, 25);
        var count = stay + (2 * again);
        var before = fleet.Logins();
        var hosts = Enumerable.Range(23_100, count).Select(Fleet.Address).ToArray();
        await using (var transport = Transport(most: most))
        {
            await RunAsync(transport, hosts, "true", parallel: 8);
            await ConnectedAsync(stay, fleet.Port);
            Assert.Equal(before + count, fleet.Logins());

            await RunAsync(transport, hosts[^again..], "true");
            Assert.Equal(before + count, fleet.Logins());
            await RunAsync(transport, hosts[..again], "true");
            Assert.Equal(before + count + again, fleet.Logins());
            await ConnectedAsync(stay, fleet.Port);
        }

        await ConnectedAsync(0, fleet.Port);
    }

    [Fact]
    public async Task NoMoreStayThanAreAskedFor()
    {
        string first = Fleet.Address(23_052), second = Fleet.Address(23_053), third = Fleet.Address(23_054);
        await using var transport = Transport(most: 1);
        var before = fleet.Logins();
        await RunAsync(transport, [first, second, second, third], "true", parallel: 1);
        Assert.Equal(before + 3, fleet.Logins());
        await RunAsync(transport, [third, first], "true", parallel: 1);
        Assert.Equal(before + 4, fleet.Logins());
        await ConnectedAsync(1, fleet.Port);
    }

    [Fact]
    public async Task WhereNoneStaysALoginServesOneAfterTheOtherOnlyWithoutAPause()
    {
        var host = Fleet.Address(23_055);
        await using var transport = Transport(most: 0);
        var before = fleet.Logins();
        await RunAsync(transport, Enumerable.Repeat(host, 5), "sleep 0.2", parallel: 5);
        Assert.Equal(before + 1, fleet.Logins());
        await ConnectedAsync(0, fleet.Port);
        await RunAsync(transport, [host], "true");
        Assert.Equal(before + 2, fleet.Logins());
    }

    [Fact]
    public void LessThanNoneIsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeTransport(new SshOptions { MaxIdleConnections = -1 }));

    [Fact]
    public async Task AServerThatLivesAnswersKeepalivesThoughNothingRunsOnIt()
    {
        var before = fleet.Logins();
        string idle = Fleet.Address(23_050), busy = Fleet.Address(23_051);
        await using var transport = Transport(interval: 1);
        await RunAsync(transport, [idle, busy], $"set -- $SSH_CONNECTION; test $3 = {idle} || sleep 5");
        await RunAsync(transport, [idle], "true");
        Assert.Equal(before + 2, fleet.Logins());
    }

    [Fact]
    public async Task OneWhosePeerIsGoneIsClosedThoughNobodyUsesIt()
    {
        using var proxy = new CuttingProxy(Fleet.Address(23_060), fleet.Port);
        fleet.TrustPort(proxy.Port);
        await using var transport = Transport(interval: 1);
        await RunAsync(transport, [proxy.Address], "true", port: proxy.Port);
        Assert.Equal(1, Connected(proxy.Port));
        proxy.Freeze();
        await ConnectedAsync(0, proxy.Port);
    }

    [Fact]
    public async Task TheEndOfARunWaitsForNoneOfThem()
    {
        const int Hosts = 30;
        var transport = Transport();
        var nodes = await RunAsync(transport, Enumerable.Range(23_070, Hosts).Select(Fleet.Address), "echo $PPID");
        await NativeRuns.RunProgramAsync("sh", "-c", $"kill -STOP {string.Join(' ', nodes.Select(node => node.Stdout.Trim()))}");
        await ConnectedAsync(Hosts, fleet.Port);
        var clock = Stopwatch.StartNew();
        await transport.DisposeAsync();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task ThoseBehindAJumpHostStayToo()
    {
        var before = fleet.Logins();
        await using var transport = Transport(Fleet.Address(23_040));
        var hosts = Enumerable.Range(23_041, 5).Select(Fleet.Address).ToArray();
        for (var round = 0; round < 3; round++)
            await RunAsync(transport, hosts, "true");
        Assert.Equal(before + 6, fleet.Logins());
    }

    /// <param name="jump">The jump host.</param>
    /// <param name="interval">The keepalive interval in seconds; a peer that misses two keepalives is lost.</param>
    /// <param name="most">How many that nobody uses stay.</param>
    private NativeTransport Transport(string? jump = null, int interval = 60, int? most = null) => new(new SshOptions
    {
        MaxIdleConnections = most,
        ConfigFile = fleet.SshConfig,
        ProxyJump = jump,
        ServerAliveInterval = TimeSpan.FromSeconds(interval),
        ServerAliveCountMax = 2,
    });

    /// <summary>Waits until a number of our connections to the fleet are open; connections take a moment to close.</summary>
    private static async Task ConnectedAsync(int count, int port)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (Connected(port) != count)
        {
            Assert.False(limit.IsCancellationRequested, $"{Connected(port)} are open, not {count}");
            await Task.Yield();
        }
    }

    private static int Connected(int port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
        .Count(connection => connection.RemoteEndPoint.Port == port && connection.State == TcpState.Established);

    private static async Task<IReadOnlyList<NodeRun>> RunAsync(
        NativeTransport transport, IEnumerable<string> hosts, string line, int parallel = 64, int? port = null)
    {
        var targets = hosts.Select(host => new Target(host) { Port = port });
        var plan = new RunPlan([.. targets], CommandJob.Shell(line)) { MaxConcurrency = parallel };
        var nodes = await NodeRun.AllAsync(transport, plan).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.All(nodes, node => Assert.True(node.Result.Succeeded, node.Result.Message));
        return nodes;
    }
}
