using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Targets behind jump hosts, on the built program and by the native transport, which is what such targets get.</summary>
public sealed class JumpHostTests(Fleet fleet, JumpHostContract.Hops hops) : JumpHostContract(fleet, hops, "auto");

/// <summary>The same by ssh and its control masters.</summary>
public sealed class JumpHostMasterTests(Fleet fleet, JumpHostContract.Hops hops) : JumpHostContract(fleet, hops, "openssh");

/// <summary>Targets behind jump hosts, on both SSH transports. The jump hosts are separate servers with sshd's default limits.</summary>
public abstract class JumpHostContract(Fleet fleet, JumpHostContract.Hops hops, string transport) : IClassFixture<Fleet>, IClassFixture<JumpHostContract.Hops>, IDisposable
{
    private const string First = "127.0.50.1";
    private const string Second = "127.0.51.1";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private static int _lastMarker;

    private readonly RuntimeFolder _runtime = new();
    private readonly string _marker = $"8{Interlocked.Increment(ref _lastMarker):000}.{Environment.ProcessId}";

    public void Dispose()
    {
        _runtime.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task ManyTargetsBehindOneAreOneLoginThere()
    {
        var (there, here) = (hops.First.Logins(), fleet.Logins());
        var result = await ProgramRun.RunAsync(Start("127.0.52.[1-100]", "echo in", "-J", First, "--parallel", "100", "--connect-timeout", "100"), Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(100, result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
        Assert.Equal((1, 100), (hops.First.Logins() - there, fleet.Logins() - here));
        Assert.Empty(await _runtime.MastersAfterAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AChainOfThemIsOneLoginAtEach(bool isAnOption)
    {
        var (first, second, here) = (hops.First.Logins(), hops.Second.Logins(), fleet.Logins());
        string[] options = isAnOption ? ["-J", $"{First},{Second}"] : [];
        var result = await ProgramRun.RunAsync(
            Start("127.0.53.[1-8]", "echo in", isAnOption ? "" : $"Host 127.0.53.*\nProxyJump {First},{Second}\n", options), Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(8, result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
        Assert.Equal((1, 1, 8), (hops.First.Logins() - first, hops.Second.Logins() - second, fleet.Logins() - here));
    }

    [Theory]
    [InlineData("127.0.50.1,127.0.51.9:1", "jump host 127.0.51.9:1: behind 127.0.50.1: ", "Connection refused")]
    [InlineData("127.0.50.9:1,127.0.51.1", "jump host 127.0.50.9:1: ", "Connection refused")]
    [InlineData("127.0.50.1,nobody@127.0.51.1", "jump host nobody@127.0.51.1: behind 127.0.50.1: ", "Permission denied")]
    public async Task TheOneThatFailsIsNamed(string chain, string hop, string cause)
    {
        var result = await ProgramRun.RunAsync(Start("127.0.54.[1-3]", "true", "-J", chain), Limit);
        Assert.Equal(255, result.ExitCode);
        var messages = result.Stderr.Split('\n').Where(line => line.Contains(cause, StringComparison.Ordinal)).ToArray();
        Assert.Equal(3, messages.Length);
        Assert.All(messages, message => Assert.Contains(hop, message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OneThatDiesEndsWhatIsBehindItWithWhatCame()
    {
        await using var run = ProgramRun.Start(Start("127.0.55.[1-5]", $"echo up; exec sleep {_marker}", "-J", First));
        for (var i = 0; i < 5; i++)
            await run.ReadOutUntilAsync("up\n", Limit);
        foreach (var process in Processes.Descendants(hops.First.ServerProcessId))
            Processes.Kill(process.Id);
        Assert.Equal(255, await run.WaitForExitAsync(Limit));
        Assert.Equal(
            ["127.0.55.1: up", "127.0.55.2: up", "127.0.55.3: up", "127.0.55.4: up", "127.0.55.5: up"],
            run.Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Contains("connection lost: 127.0.55.[1-5]\n", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Contains("volley: may still run: 127.0.55.[1-5]\n", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Empty(await _runtime.MastersAfterAsync(TimeSpan.FromSeconds(10)));
        Assert.Empty(_runtime.Left);
    }

    private ProgramStart Start(string hosts, string line, params string[] options) => Start(hosts, line, "", options);

    private ProgramStart Start(string hosts, string line, string lines, string[] options)
    {
        var config = lines + Block(First, hops.First) + Block(Second, hops.Second);
        return _runtime.For(ProgramStart.Volley(["--output", "stream", "--transport", transport, .. options, "-F", fleet.Write("config", config + Block("*", fleet)), "-H", hosts, line]));
    }

    private static string Block(string host, Fleet fleet) => $"""
        Host {host}
        Port {fleet.Port}
        User {fleet.User}
        IdentityFile {fleet.KeyPath}
        IdentitiesOnly yes
        UserKnownHostsFile {fleet.KnownHosts}
        GlobalKnownHostsFile /dev/null

        """;

    /// <summary>Two servers with the limits that sshd has unless it is told otherwise.</summary>
    public sealed class Hops : IAsyncLifetime
    {
        private const string Sessions = "MaxSessions=10";
        private const string Startups = "MaxStartups=10:30:100";

        public Fleet First { get; private set; } = null!;

        public Fleet Second { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            First = await Fleet.StartAsync(Sessions, Startups);
            Second = await Fleet.StartAsync(Sessions, Startups);
        }

        public async ValueTask DisposeAsync()
        {
            await First.DisposeAsync();
            await Second.DisposeAsync();
        }
    }
}
