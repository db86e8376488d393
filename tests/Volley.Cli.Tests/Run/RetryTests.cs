using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary>What is worth it is tried again, as often as was asked for; a busy server without being asked; a command never.</summary>
public sealed class RetryTests(Fleet fleet)
{
    [Theory]
    [InlineData(0, "auto")]
    [InlineData(2, "auto")]
    [InlineData(0, "openssh")]
    [InlineData(2, "openssh")]
    public async Task ARefusedConnectionIsTriedAgain(int retries, string transport)
    {
        var result = await VolleyRun.RunAsync("-F", fleet.SshConfig, "--transport", transport, "-H", "127.0.7.1:1", "--retries", $"{retries}", "-v", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.Equal(retries + 1, Tries(result, transport));
        Assert.Equal(retries, Regex.Count(result.Stderr, "retry "));
        for (var i = 1; i <= retries; i++)
            Assert.Matches($@"volley: 127\.0\.7\.1: retry {i} of {retries} in \d\.\d s: connect to host 127\.0\.7\.1 port 1: Connection refused\n", result.Stderr);
    }

    [Fact]
    public async Task AServerThatComesLateIsReached()
    {
        // A socket that is bound and does not listen refuses.
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)server.LocalEndPoint!).Port;
        fleet.TrustPort(port);
        await using var run = ProgramRun.Start(VolleyRun.Start(
            "-F", fleet.SshConfig, "-p", $"{port}", "-H", "127.0.0.1", "--retries", "6", "-v", "echo there"));
        await run.ReadErrUntilAsync("retry 1 of 6");
        server.Listen();
        var forwarding = ForwardAsync(server, fleet.Port);
        Assert.Equal(0, await run.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal("127.0.0.1: there\n", run.Stdout.Text);
        await forwarding;
    }

    private static async Task ForwardAsync(Socket server, int port)
    {
        await using var client = new NetworkStream(await server.AcceptAsync(), ownsSocket: true);
        using var target = new TcpClient();
        await target.ConnectAsync(IPAddress.Loopback, port);
        await Task.WhenAny(client.CopyToAsync(target.GetStream()), target.GetStream().CopyToAsync(client));
    }

    [Theory]
    [InlineData("127.0.7.2", "-l nobody", "authentication failed")]
    [InlineData("127.0.7.2", "-o UserKnownHostsFile=/dev/null", "host key rejected")]
    [InlineData("no-such-host.invalid", "", "name not resolved")]
    public async Task WhatWouldFailAgainIsNotTriedAgain(string host, string options, string cause)
    {
        var result = await VolleyRun.RunAsync(
            ["-F", fleet.SshConfig, "-H", host, "--retries", "5", "-v", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "true"]);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains(cause, result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("retry", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACommandIsNeverStartedTwice()
    {
        using var folder = new ScratchFolder();
        var result = await VolleyRun.RunAsync(
            "-F", fleet.SshConfig, "-H", "127.0.7.3", "--retries", "5", "-v", $"echo x >>{folder["starts"]}; kill -KILL $PPID; exec sleep 600");
        Assert.Equal(255, result.ExitCode);
        Assert.Equal("x\n", File.ReadAllText(folder["starts"]));
        Assert.DoesNotContain("retry", result.Stderr, StringComparison.Ordinal);
    }

    /// <summary>The number of connection attempts.</summary>
    private static int Tries(ProgramResult result, string transport) =>
        Regex.Count(result.Stderr, transport == "auto" ? "transport native: ssh_config asks for nothing beyond it" : "ssh: ssh: connect to host");

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task TargetsThatAreOneLoginShareItsRetries(string transport)
    {
        var result = await VolleyRun.RunAsync("-F", fleet.SshConfig, "--transport", transport, "-H", string.Join(',', Enumerable.Repeat("127.0.7.4:1", 20)), "--retries", "1", "-v", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.Equal(1, Regex.Count(result.Stderr, "retry 1 of 1"));
        Assert.Equal(2, Tries(result, transport));
    }

    [Fact]
    public async Task ConnectionsThatAServerDropsWhileItIsBusyAreTriedAgainUnasked()
    {
        await using var busy = await Fleet.StartAsync("MaxStartups=3:50:5");
        var seats = new List<TcpClient>();
        while (seats.Count < 5)
            await TakeSeatAsync(busy.Port, seats);
        await using var run = ProgramRun.Start(VolleyRun.Start(
            "-F", busy.SshConfig, "-H", "127.0.8.[1-60]", "--connect-timeout", "60", "-v", "echo in"));
        await run.ReadErrUntilAsync("the server is busy, retry in ");
        foreach (var seat in seats)
            seat.Dispose();
        Assert.True(await run.WaitForExitAsync(TimeSpan.FromSeconds(120)) == 0, run.Stderr.Text);
        Assert.True(VolleyRun.Lines(run.Stdout.Text).Length == 60, run.Stderr.Text);
    }

    [Fact]
    public async Task AServerThatStaysBusyIsGivenUpAfterTheLimitForConnecting()
    {
        await using var busy = await Fleet.StartAsync("MaxStartups=1:100:1");
        var seats = new List<TcpClient>();
        await TakeSeatAsync(busy.Port, seats);
        var result = await VolleyRun.RunAsync("-F", busy.SshConfig, "-H", "127.0.8.1", "--connect-timeout", "2", "true");
        seats[0].Dispose();
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("connect failed: 127.0.8.1", result.Stderr, StringComparison.Ordinal);
        Assert.InRange(result.Elapsed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10));
    }

    /// <summary>Takes one of the places for logins under way, unless the server drops us.</summary>
    private static async Task TakeSeatAsync(int port, List<TcpClient> seats)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var greeting = new byte[64];
        var count = await client.GetStream().ReadAsync(greeting);
        if (Encoding.ASCII.GetString(greeting, 0, count).StartsWith("SSH-", StringComparison.Ordinal))
            seats.Add(client);
        else
            client.Dispose();
    }

    [Fact]
    public async Task NewConnectionsAreSpreadEvenly()
    {
        var result = await VolleyRun.RunAsync("-F", fleet.SshConfig, "-H", "127.0.9.[1-6]", "--connect-rate", "4", "-v", "true");
        Assert.Equal(0, result.ExitCode);
        // Six turns, a quarter of a second apart.
        Assert.InRange(result.Elapsed, TimeSpan.FromSeconds(1.25), TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task ConnectionsThatAreOpenAlreadyNeedNoTurn()
    {
        await using var runs = new KeptRuns(fleet);
        Assert.Equal(0, (await runs.RunOnAsync("127.0.9.[11-25]", "--keep", "1m", "true")).ExitCode);
        var warm = await runs.RunOnAsync("127.0.9.[11-25]", "--connect-rate", "1", "true");
        Assert.Equal(0, warm.ExitCode);
        Assert.InRange(warm.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task TheWaitForATurnIsNotConnecting()
    {
        // The last one's turn comes after the limit for connecting has passed once.
        var result = await VolleyRun.RunAsync("-F", fleet.SshConfig, "-H", "127.0.9.[31-37]", "--connect-rate", "1", "--connect-timeout", "5", "true");
        Assert.Equal(0, result.ExitCode);
    }
}
