using System.Collections.Immutable;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.Tests;

/// <summary>Invalid values are refused with the name of the parameter or property, before anything starts.</summary>
public class ArgumentTests
{
    private static readonly TimeSpan TooLong = TimeSpan.FromMilliseconds(uint.MaxValue);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);
    private static readonly TimeSpan Negative = TimeSpan.FromSeconds(-2);

    [Fact]
    public void ThePlanHasOnlyTimesThatTimersKnow()
    {
        var plan = Executions.Plan(1);
        foreach (var time in new[] { TooLong, Negative, TimeSpan.MaxValue })
        {
            Assert.Throws<ArgumentOutOfRangeException>("ConnectTimeout", () => plan with { ConnectTimeout = time });
            Assert.Throws<ArgumentOutOfRangeException>("CommandTimeout", () => plan with { CommandTimeout = time });
            Assert.Throws<ArgumentOutOfRangeException>("StopGrace", () => plan with { StopGrace = time });
            Assert.Throws<ArgumentOutOfRangeException>("Drain", () => plan with { Drain = time });
        }

        Assert.Throws<ArgumentOutOfRangeException>("ConnectTimeout", () => plan with { ConnectTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>("StopGrace", () => plan with { StopGrace = Timeout.InfiniteTimeSpan });
        Assert.Throws<ArgumentOutOfRangeException>("MaxOutput", () => plan with { MaxOutput = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("MaxConcurrency", () => plan with { MaxConcurrency = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("MainRank", () => plan with { MainRank = -1 });
        Assert.Throws<ArgumentOutOfRangeException>("MainRank", () => plan with { MainRank = plan.Targets.Length });
    }

    [Fact]
    public async Task TheLongestTimesWork()
    {
        var plan = Executions.Plan(2) with { ConnectTimeout = Longest, CommandTimeout = Longest, StopGrace = Longest, Drain = Longest };
        var run = await Executions.RunAsync(new ScriptedTransport(NodeScript.Exits(0)), plan);
        Assert.Equal([NodeOutcome.Exited, NodeOutcome.Exited], run.Outcomes);
    }

    [Fact]
    public void TransportsAreChecked()
    {
        Assert.Throws<ArgumentNullException>("transport", () => new ParallelExecutor(null!));
        Assert.Throws<ArgumentNullException>("transport", () => new PacedTransport(null!));
        Assert.Throws<ArgumentNullException>("getArguments", () => new ExecTransport(null!));
        var exec = new ExecTransport();
        Assert.Throws<ArgumentOutOfRangeException>("retries", () => new PacedTransport(exec, retries: -1));
        Assert.Throws<ArgumentOutOfRangeException>("busyLimit", () => new PacedTransport(exec, busyLimit: TooLong));
        foreach (var rate in new[] { 0, -1, double.NaN, double.PositiveInfinity, 1e-9 })
            Assert.Throws<ArgumentOutOfRangeException>("MaxConnectionsPerSecond", () => new SshOptions { MaxConnectionsPerSecond = rate });
    }

    [Fact]
    public void OptionsOfConnectionsAreChecked()
    {
        var options = new SshOptions();
        foreach (var text in new[] { "", "a\0" })
        {
            Assert.Throws<ArgumentException>("User", () => options with { User = text });
            Assert.Throws<ArgumentException>("ProxyJump", () => options with { ProxyJump = text });
            Assert.Throws<ArgumentException>("ConfigFile", () => options with { ConfigFile = text });
            Assert.Throws<ArgumentException>("Program", () => options with { Program = text });
            Assert.Throws<ArgumentException>("AskpassProgram", () => options with { AskpassProgram = text });
            Assert.Throws<ArgumentException>("IdentityFiles", () => options with { IdentityFiles = [text] });
            Assert.Throws<ArgumentException>("Directives", () => options with { Directives = [text] });
        }

        Assert.Throws<ArgumentException>("IdentityFiles", () => options with { IdentityFiles = default });
        Assert.Throws<ArgumentException>("Directives", () => options with { Directives = [null!] });
        Assert.Throws<ArgumentNullException>("Program", () => options with { Program = null! });
        Assert.Throws<ArgumentException>("PrivateKeys", () => options with { PrivateKeys = [null!] });
        Assert.Throws<ArgumentOutOfRangeException>("Port", () => options with { Port = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("ServerAliveCountMax", () => options with { ServerAliveCountMax = -1 });
        Assert.Throws<ArgumentOutOfRangeException>("MaxIdleConnections", () => options with { MaxIdleConnections = -1 });
        Assert.Throws<ArgumentOutOfRangeException>("KeepMax", () => options with { KeepMax = -1 });
        foreach (var time in new[] { TooLong, Negative })
        {
            Assert.Throws<ArgumentOutOfRangeException>("ConnectTimeout", () => options with { ConnectTimeout = time });
            Assert.Throws<ArgumentOutOfRangeException>("ServerAliveInterval", () => options with { ServerAliveInterval = time });
            Assert.Throws<ArgumentOutOfRangeException>("AgentLimit", () => options with { AgentLimit = time });
            Assert.Throws<ArgumentOutOfRangeException>("Keep", () => options with { Keep = time });
        }

        Assert.Throws<ArgumentNullException>("options", () => new AutoTransport(null!));
        Assert.Throws<ArgumentNullException>("options", () => new OpenSshTransport(null!));
        Assert.Throws<ArgumentNullException>("options", () => new NativeTransport(null!));
    }

    [Fact]
    public void TerminalsAndInputsAreChecked()
    {
        Assert.Throws<ArgumentException>("type", () => new PseudoTerminal(""));
        Assert.Throws<ArgumentException>("type", () => new PseudoTerminal("a\0"));
        Assert.Throws<ArgumentOutOfRangeException>("columns", () => new PseudoTerminal(columns: -1));
        Assert.Throws<ArgumentOutOfRangeException>("rows", () => new PseudoTerminal().Resize(80, -1));
        Assert.Throws<ArgumentException>("path", () => StandardInput.FromFile(""));
        Assert.Throws<ArgumentException>("path", () => StandardInput.FromFile("a\0"));
        Assert.Throws<ArgumentNullException>("source", () => StandardInput.FromStream(null!));
    }

    [Fact]
    public void ValuesThatAnEnumerationDoesNotHaveAreRefused()
    {
        using var control = new RunControl();
        var plan = new RunPlan([new Target("h")], new PingJob());
        Assert.Throws<ArgumentOutOfRangeException>("HostKeyPolicy", () => new SshOptions { HostKeyPolicy = (SshHostKeyPolicy)9 });
        Assert.Throws<ArgumentOutOfRangeException>("reason", () => control.Stop((StopReason)99));
        Assert.Throws<ArgumentOutOfRangeException>("strategy", () => new RunSummary(plan, control).ExitCode((ExitCodeStrategy)9));
        Assert.Throws<ArgumentOutOfRangeException>("outcome", () => new TransportException((NodeOutcome)99, ""));
        Assert.Throws<ArgumentOutOfRangeException>("Outcome", () => new NodeResult((NodeOutcome)99));
    }

    [Fact]
    public void OptionsThatOneTransportCannotServeAreRefused()
    {
        var none = new SshOptions { ConfigFile = "none" };
        Assert.Throws<ArgumentException>("Keep", () => new NativeTransport(none with { Keep = TimeSpan.FromMinutes(1) }));
        Assert.Throws<ArgumentException>("HostKeyCallback", () => new OpenSshTransport(none with { HostKeyCallback = (_, _) => new(SshHostKeyDecision.Reject) }));
    }

    [Fact]
    public void AListOfHostsServesAPlanAndKeepsWhatItsTargetsHave()
    {
        Target[] hosts = [new("web1") { Address = "127.0.0.1", Label = "first" }, new("web1") { User = "ops" }];
        Assert.Equal(["first", "ops@web1"], HostList.Create(hosts).ToTargets().Select(target => target.Label));
        Assert.Equal("127.0.0.1", HostList.Create(hosts).ToTargets()[0].Address);
        Assert.Equal(["web1", "ops@web2:22"], new RunPlan(HostList.Parse("web1,ops@web2:22"), new PingJob()).Targets.Select(target => target.Label));
    }

    [Fact]
    public void NamesOfHostsAreChecked()
    {
        Assert.Throws<ArgumentException>("User", () => new Target("h") { User = "" });
        Assert.Throws<ArgumentException>("Host", () => new Target(""));
        Assert.Throws<ArgumentException>("Host", () => new Target("a\0"));
        Assert.Throws<ArgumentOutOfRangeException>("Port", () => new Target("h") { Port = 65536 });
        Assert.Throws<ArgumentException>("hosts", () => HostList.Create([null!]));
        Assert.Throws<ArgumentException>("hosts", () => HostList.Create(default(ImmutableArray<Target>)));
        Assert.Throws<ArgumentException>("names", () => HostList.Fold([null!]));
        Assert.Throws<ArgumentNullException>("expression", () => HostList.Parse(null!));
        Assert.Throws<ArgumentNullException>("Attributes", () => new Target("h") { Attributes = null! });
        Assert.Throws<ArgumentException>("arguments", () => LocalProcess.Start([]));
        Assert.Throws<ArgumentException>("arguments", () => LocalProcess.Start(["true", null!]));
    }

    [Fact]
    public void EventsOfOtherRunsAreNotCounted()
    {
        var plan = Executions.Plan(2);
        using var control = new RunControl();
        var summary = new RunSummary(plan, control);
        Assert.Throws<ArgumentNullException>("nodeEvent", () => summary.Add(null!));
        Assert.Throws<ArgumentException>("nodeEvent", () => summary.Add(new NodeFinished(new Target("h0"), new NodeResult(NodeOutcome.Exited))));
    }

    [Fact]
    public async Task ArgumentsThatNoProcessCanHaveFailTheTarget()
    {
        foreach (string[] arguments in (string[][])[[], [""], ["true", null!], ["true", "a\0b"]])
        {
            var run = await Executions.RunAsync(new ExecTransport((_, _) => arguments), Executions.Plan(1));
            Assert.False(run.ResultOf(0).Succeeded);
        }
    }
}
