using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
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
        Assert.Throws<ArgumentNullException>("transport", () => new ParallelExecutor((ITransport)null!));
        Assert.Throws<ArgumentNullException>("createRunner", () => new ParallelExecutor((Func<RunPlan, RunControl, ITargetRunner>)null!));
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
        foreach (var text in new[] { "", "a\0", "a\ud800b" })
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
        foreach (var outcome in Enum.GetValues<NodeOutcome>())
        {
            var failure = Record.Exception(() => new TransportException(outcome, ""));
            var isOther = outcome is NodeOutcome.Exited or NodeOutcome.Signaled or NodeOutcome.CommandTimedOut or NodeOutcome.OutputLimitReached
                or NodeOutcome.Canceled or NodeOutcome.NotStarted;
            Assert.Equal(isOther ? "outcome" : null, (failure as ArgumentException)?.ParamName);
        }

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
        Assert.Throws<ArgumentException>("host", () => new Target(""));
        Assert.Throws<ArgumentException>("host", () => new Target("a\0"));
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
    public void AnInvalidHostIsAFormatExceptionAndTryParseHasNone()
    {
        Assert.IsAssignableFrom<FormatException>(Assert.Throws<HostListException>(() => HostList.Parse("web[3-1]")));
        Assert.True(HostList.TryParse("web[1-3]", out var hosts));
        Assert.Equal(3, hosts.Count);
        Assert.True(Target.TryParse("ops@web1:22", out var target));
        Assert.Equal(("ops", "web1", 22), (target.User, target.Host, target.Port));
        foreach (var text in new[] { null, "", "web[3-1]", "^/no/such/file", "-" })
        {
            Assert.False(HostList.TryParse(text, out hosts));
            Assert.Null(hosts);
            Assert.False(Target.TryParse(text, out target));
            Assert.Null(target);
        }
    }

    [Fact]
    public void TextsThatCannotArriveAreRefused()
    {
        // A file name with the byte 0xff, as SystemText decodes it.
        const string Encodable = "a\udcffb \ud83d\ude00";
        Assert.Equal(Encodable, CommandJob.Shell(Encodable).CommandLine);
        foreach (var text in new[] { "a\ud800b", "\ud800", "\udfff", "\udc00", "a\udc7f", "\ud83d\ud83d\ude00" })
        {
            Assert.Throws<ArgumentException>("line", () => CommandJob.Shell(text));
            Assert.Throws<ArgumentException>("program", () => CommandJob.Program(text));
            Assert.Throws<ArgumentException>("arguments", () => CommandJob.Program("echo", text));
            Assert.Throws<ArgumentException>("User", () => new Target("h") { User = text });
        }

        var job = CommandJob.Shell("true");
        var environment = job.Environment.Add("LONG", new string('x', 128 * 1024));
        Assert.Contains("LONG has 131,077 bytes", Assert.Throws<ArgumentException>("Environment", () => job with { Environment = environment }).Message, StringComparison.Ordinal);
    }

    /// <summary>Every property that refuses null names itself, and every constructor one of its parameters.</summary>
    [Fact]
    public void ExceptionsNameThePropertyOrTheParameter()
    {
        var wrong = new List<string>();
        foreach (var type in new[] { typeof(Target).Assembly, typeof(SshClient).Assembly }.SelectMany(assembly => assembly.GetExportedTypes()).Where(IsCreatable))
        {
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(p => p.CanWrite && !p.PropertyType.IsValueType))
            {
                var failure = Record.Exception(() => property.SetValue(RuntimeHelpers.GetUninitializedObject(type), null))?.InnerException;
                if (failure is not null && (failure as ArgumentException)?.ParamName != property.Name)
                    wrong.Add($"{type.Name}.{property.Name}: {failure.Message}");
            }

            foreach (var constructor in type.GetConstructors().Where(c => c.GetParameters().Any(p => !p.ParameterType.IsValueType)))
            {
                var parameters = constructor.GetParameters();
                var failure = Record.Exception(() => constructor.Invoke([.. parameters.Select(GetDefault)]))?.InnerException;
                // A record's parameter is the property of the same name.
                if (failure is not null && !parameters.Any(parameter => parameter.Name == (failure as ArgumentException)?.ParamName))
                    wrong.Add($"new {type.Name}: {failure.Message}");
            }
        }

        Assert.Empty(wrong);

        static bool IsCreatable(Type type) => type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && !type.IsAssignableTo(typeof(Delegate));

        static object? GetDefault(ParameterInfo parameter) =>
            parameter.ParameterType is { IsValueType: true } type && type != typeof(ReadOnlySpan<byte>) ? Activator.CreateInstance(type) : null;
    }

    [Fact]
    public void ThePropertyAndTheParameterOfAPlanAreNamed()
    {
        var plan = Executions.Plan(1);
        Assert.Throws<ArgumentNullException>("job", () => new RunPlan(plan.Targets, null!));
        Assert.Throws<ArgumentNullException>("Job", () => plan with { Job = null! });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATransportThatReturnsNullIsNamed(bool isPaced)
    {
        await using ITransport transport = isPaced ? new PacedTransport(new NullTransport()) : new NullTransport();
        var result = (await Executions.RunAsync(transport, Executions.Plan(1))).ResultOf(0);
        Assert.Equal(NodeOutcome.Faulted, result.Outcome);
        Assert.Contains($"{nameof(NullTransport)}.{nameof(ITransport.ConnectAsync)} returned null", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASessionThatReturnsNullIsNamed()
    {
        var result = (await Executions.RunAsync(new NullTransport(new NullSession()), Executions.Plan(1))).ResultOf(0);
        Assert.Contains($"{nameof(NullSession)}.{nameof(ISession.StartAsync)} returned null", result.Message, StringComparison.Ordinal);
    }

    /// <summary>A process that can't answer ssh must not be started by it: it would do its work again, and start ssh again.</summary>
    [Fact]
    public void APasswordForSshNeedsAProgramThatAnswers()
    {
        using var password = new SshPassword("secret"u8);
        var options = new SshOptions { ConfigFile = "none", Password = password };
        Assert.False(OpenSsh.TryAnswerPrompt(["not", "the", "arguments"], out _));
        foreach (var create in new Func<IAsyncDisposable>[] { () => new OpenSshTransport(options), () => new AutoTransport(options) })
            Assert.Contains("begin its Main with: if (OpenSsh.TryAnswerPrompt(", Assert.Throws<InvalidOperationException>(create).Message, StringComparison.Ordinal);
        _ = new NativeTransport(options);
        _ = new OpenSshTransport(options with { AskpassProgram = "/usr/bin/other" });
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

    private sealed class NullTransport(ISession? session = null) : ITransport
    {
        public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => new(session!);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class NullSession : ISession
    {
        public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) => default;

        public ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
