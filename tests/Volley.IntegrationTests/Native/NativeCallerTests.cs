using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Native;

/// <summary>The native transport in a program: its questions, its keys in memory, and its logger.</summary>
public class NativeCallerTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task KeysInMemoryAndAnswersAboutHostKeysCome()
    {
        string host = Fleet.Address(26_200), gate = Fleet.Address(26_201);
        using var key = SshPrivateKey.Parse(await File.ReadAllTextAsync(fleet.KeyPath));
        var asked = new ConcurrentQueue<string>();
        var options = new SshOptions
        {
            ConfigFile = fleet.Config("IdentityAgent none", fleet.NewPath("known"), key: "none"),
            ProxyJump = gate,
            PrivateKeys = [key],
            HostKeyCallback = (prompt, _) =>
            {
                asked.Enqueue($"{prompt.Host} {prompt.Status}");
                return new(prompt.Host == host ? SshHostKeyDecision.Reject : SshHostKeyDecision.AcceptAndRecord);
            },
        };
        var node = await NativeRuns.RunAsync(options, new Target(host), "echo in");
        Assert.Equal(NodeOutcome.HostKeyRejected, node.Result.Outcome);
        Assert.Equal([$"{gate} Unknown", $"{host} Unknown"], asked);
        var accepted = options with { HostKeyCallback = (_, _) => new(SshHostKeyDecision.AcceptOnce) };
        Assert.Equal("in\n", (await NativeRuns.RunAsync(accepted, new Target(host), "echo in")).Stdout);
    }

    [Fact]
    public async Task EachHostGetsItsPasswordAndNoneItHasRefused()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a user a password");
        await using var special = await Fleet.StartAsync("PasswordAuthentication=yes");
        var hash = await ProgramRun.RunAsync(new ProgramStart("openssl", "passwd", "-6", "-stdin").WithInput("secret word\n"));
        await NativeRuns.RunProgramAsync("/usr/sbin/usermod", "-p", hash.Stdout.Trim(), special.User);
        string right = Fleet.Address(26_210), wrong = Fleet.Address(26_211), none = Fleet.Address(26_212);
        var asked = new ConcurrentQueue<string>();
        var given = new ConcurrentQueue<byte[]>();
        var options = new SshOptions
        {
            ConfigFile = special.Config(key: await fleet.NewKeyAsync()),
            PasswordCallback = (settings, _) =>
            {
                asked.Enqueue(settings.HostName);
                if (settings.HostName == none)
                    return new((byte[]?)null);
                var password = Encoding.UTF8.GetBytes(settings.HostName == right ? "secret word" : "other word");
                given.Enqueue(password);
                return new(password);
            },
        };
        await using var transport = new NativeTransport(options);
        Target[] targets = [new(right), new(wrong), new(wrong), new(none)];
        var nodes = await NodeRun.AllAsync(transport, new RunPlan([.. targets], CommandJob.Shell("echo in")) { MaxConcurrency = 1 });
        Assert.Equal(["in\n", "", "", ""], nodes.Select(node => node.Stdout));
        Assert.All(nodes.Skip(1), node => Assert.Equal(NodeOutcome.AuthenticationFailed, node.Result.Outcome));
        Assert.Equal([right, wrong, none], asked);
        Assert.All(given, password => Assert.All(password, value => Assert.Equal(0, value)));
        Assert.DoesNotContain("other word", nodes[1].Result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TransportsThroughSshRefuseWhatTheyCannotPass()
    {
        var options = new SshOptions { ConfigFile = "none" };
        foreach (var (one, name) in new[]
        {
            (options with { HostKeyCallback = (_, _) => default }, "HostKeyCallback"),
            (options with { PasswordCallback = (_, _) => default }, "PasswordCallback"),
            (options with { HostKeyPolicy = SshHostKeyPolicy.Strict, HostKeyCallback = (_, _) => default }, "HostKeyCallback"),
        })
        {
            Assert.Throws<ArgumentException>(name, () => new OpenSshTransport(one));
            Assert.Throws<ArgumentException>(name, () => new AutoTransport(one));
        }
    }

    [Theory]
    [InlineData(SshHostKeyPolicy.Strict, NodeOutcome.HostKeyRejected)]
    [InlineData(SshHostKeyPolicy.AcceptNew, NodeOutcome.Exited)]
    public async Task ThePolicyPrecedesTheConfigurationInEachTransport(SshHostKeyPolicy policy, NodeOutcome outcome)
    {
        var line = policy == SshHostKeyPolicy.Strict ? "StrictHostKeyChecking accept-new" : "StrictHostKeyChecking yes";
        foreach (var open in new Func<SshOptions, ITransport>[] { one => new NativeTransport(one), one => new OpenSshTransport(one) })
        {
            var options = new SshOptions { ConfigFile = fleet.Config(line, fleet.NewPath("known")), HostKeyPolicy = policy };
            await using var transport = open(options);
            var node = Assert.Single(await NodeRun.AllAsync(transport, new RunPlan([new(Fleet.Address(26_220))], CommandJob.Shell("true"))));
            Assert.Equal(outcome, node.Result.Outcome);
        }
    }

    [Fact]
    public async Task ALoggerThatBlocksDelaysNoOtherConnection()
    {
        Target slow = new(Fleet.Address(26_230)), other = new(Fleet.Address(26_231));
        using var logger = new BlockingLogger(slow.Name, Limit);
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = fleet.SshConfig, ConnectTimeout = Limit }, logger);
        var blocked = NodeRun.AllAsync(transport, new RunPlan([slow], CommandJob.Shell("echo in")));
        Assert.True(await Task.Run(() => logger.IsBlocked.Wait(Limit)));
        var node = Assert.Single(await NodeRun.AllAsync(transport, new RunPlan([other], CommandJob.Shell("echo in"))).WaitAsync(Limit));
        Assert.Equal("in\n", node.Stdout);
        Assert.False(blocked.IsCompleted);
        logger.GoOn.Set();
        Assert.Equal("in\n", Assert.Single(await blocked.WaitAsync(Limit)).Stdout);
    }

    /// <summary>A logger that blocks at the first message of a node.</summary>
    private sealed class BlockingLogger(string node, TimeSpan limit) : ILogger, IDisposable
    {
        private int _messages;

        public ManualResetEventSlim IsBlocked { get; } = new();

        public ManualResetEventSlim GoOn { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!formatter(state, exception).StartsWith(node, StringComparison.Ordinal) || Interlocked.Increment(ref _messages) > 1)
                return;
            IsBlocked.Set();
            GoOn.Wait(limit);
        }

        public void Dispose()
        {
            IsBlocked.Dispose();
            GoOn.Dispose();
        }
    }
}
