using System.Text;
using Microsoft.Extensions.Logging;
using Samples;
using Volley.Testing;
using Xunit;
using static Volley.Samples.Tests.SampleScene;

namespace Volley.Samples.Tests;

/// <summary>Runs every sample, over SSH at a real server where it uses SSH.</summary>
public sealed class SampleTests(Fleet fleet) : IDisposable
{
    private readonly SampleScene _scene = new(fleet);

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task FirstRuns()
    {
        Assert.Equal("web1: Linux\nweb2: Linux\nweb3: Linux\n", await PrintedAsync(FirstRun.ResultsAsync));
        Assert.Equal("exit 3, code 3\n", await PrintedAsync(FirstRun.OneHostAsync));
        Assert.Equal("a b\n$HOME\n", await PrintedAsync(FirstRun.LocalAsync));
        var plan = FirstRun.Limits();
        Assert.Equal((9, 32, 2222), (plan.Targets.Length, plan.MaxConcurrency, plan.Targets[8].Port));
    }

    [Fact]
    public async Task OutputIsReadInEveryForm()
    {
        await using var transport = new ExecTransport();
        var executor = new ParallelExecutor(transport);
        var plan = new RunPlan(HostList.Parse("web[1-2]").ToTargets(), CommandJob.Shell("echo some text; exit 2"));
        var events = await PrintedAsync(() => Output.EventsAsync(executor, plan));
        Assert.Contains("web1: started\n", events, StringComparison.Ordinal);
        Assert.Contains("web1: Stdout: 10 bytes\n", events, StringComparison.Ordinal);
        Assert.Contains("web2: exit 2 after 0.", events, StringComparison.Ordinal);
        Assert.Equal(["web1: some text", "web2: some text"], await LinesAsync(() => Output.LinesAsync(executor, plan)));
        var code = 0;
        Assert.Equal("exit 2: web[1-2]\n", await PrintedAsync(async () => code = await Output.SummaryAsync(executor, plan)));
        Assert.Equal(2, code);
        using var file = new MemoryStream();
        await Output.ReusedAsync(executor, plan, file);
        Assert.Equal("some text\nsome text\n", Encoding.UTF8.GetString(file.ToArray()));
        var much = plan with { Job = CommandJob.Shell("head -c 5000 /dev/zero") };
        Assert.Equal("web1: 1000 of 5000 bytes, truncated\nweb2: 1000 of 5000 bytes, truncated\n", await PrintedAsync(() => Output.TruncatedAsync(executor, much)));
    }

    [Fact]
    public async Task RunsAreStopped()
    {
        await using var transport = new ExecTransport();
        var executor = new ParallelExecutor(transport);
        var plan = new RunPlan(HostList.Parse("web[1-2]").ToTargets(), CommandJob.Shell("sleep 600"));
        Assert.Equal("web1: canceled\nweb2: canceled\n", await PrintedAsync(() => Stopping.TokenAsync(executor, plan)));
        await using var mixed = new ExecTransport((target, _) => target.Host switch
        {
            "web1" => ["sh", "-c", "echo nothing to do; sleep 600"],
            // It comes after the other one was canceled.
            _ => ["sh", "-c", "sleep 0.2; echo primary; echo disk full; sleep 600"],
        });
        executor = new ParallelExecutor(mixed);
        Assert.StartsWith("Requested: ", await PrintedAsync(() => Stopping.ControlAsync(executor, plan)), StringComparison.Ordinal);
        Assert.Equal("web2", await Stopping.LeaveAsync(executor, plan));
    }

    [Fact]
    public async Task CommandsGetInputAndArguments()
    {
        _scene.Write("app.tar", new string('x', 12_345));
        _scene.Write("check.sh", "echo \"$1|$2\"\n");
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = "ssh_config" });
        var executor = new ParallelExecutor(transport);
        Assert.Equal("web1: 12345\nweb2: 12345\nweb3: 12345\n", await PrintedAsync(() => global::Samples.Input.FileAsync(executor)));
        Assert.Equal("web1: /var/lib|a file; with $special characters\nweb2: /var/lib|a file; with $special characters\n", await PrintedAsync(() => global::Samples.Input.ScriptAsync(executor)));
        Assert.Equal("'; exit 9; $(id)\nexit 0", await PrintedAsync(() => global::Samples.Input.QuotingAsync(executor, "'; exit 9; $(id)")));
    }

    [Fact]
    public async Task HostKeysAndSecretsAreUsed()
    {
        Assert.Equal("exit 0", await CauseAsync(HostKeysAndSecrets.Policy()));
        Assert.Equal("host key rejected", await CauseAsync(HostKeysAndSecrets.Callback(new Dictionary<string, string>())));
        Assert.Equal("exit 0\n", await PrintedAsync(() => HostKeysAndSecrets.PrivateKeyAsync(File.ReadAllBytes(fleet.KeyPath))));
        Assert.Equal("exit 0\n", await PrintedAsync(() => HostKeysAndSecrets.PasswordAsync("no server asks for it")));
        File.Copy(fleet.KeyPath, "id_ed25519");
        _scene.Write("allowed_signers", $"me namespaces=\"release@*\" {await File.ReadAllTextAsync(fleet.KeyPath + ".pub", TestContext.Current.CancellationToken)}");
        Assert.Equal("me\n", await PrintedAsync(() => HostKeysAndSecrets.SignedMessageAsync(new byte[10])));

        static async Task<string> CauseAsync(SshOptions options)
        {
            await using var transport = new NativeTransport(options);
            return (await new ParallelExecutor(transport).RunToEndAsync(new Target("web1"), CommandJob.Shell("true"))).Result.Cause;
        }
    }

    [Fact]
    public async Task OwnTransportsRunCommands()
    {
        Assert.Equal("in box1\n", await PrintedAsync(OwnTransports.ProgramAsync));
        Assert.Equal("connected\n", await PrintedAsync(OwnTransports.RetriesAsync));
        Assert.Equal("exit 0, exit 1, exit 0\n", await PrintedAsync(global::Samples.Testing.FakeAsync));
    }

    [Fact]
    public async Task AHostInjectsTheExecutor()
    {
        using var logs = new Logs();
        await Injection.HostAsync(logs);
        Assert.Contains("web2: exit 0: Linux", logs.Lines);
    }

    [Fact]
    public async Task OpenTelemetryPrintsActivitiesAndMetrics()
    {
        var printed = await PrintedAsync(global::Samples.Telemetry.ConsoleAsync);
        foreach (var text in (string[])["volley.run", "volley.target", "server.address: web1", "volley.outcome: exited", "volley.connect.duration", "volley.targets", "volley.output", "log.iostream"])
            Assert.Contains(text, printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheClientRunsCommands()
    {
        Assert.Equal("Linux\n", await PrintedAsync(Client.RunAsync));
        Assert.Equal("one\ntwo\n0\n", await PrintedAsync(Client.LinesAsync));
        Assert.StartsWith("SSH-2.0-", await PrintedAsync(() => Client.ForwardAsync(fleet.Port)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheClientWorksWithRemoteFiles()
    {
        await using var server = await Fleet.StartAsync("Subsystem=sftp internal-sftp");
        using var scene = new SampleScene(server);
        Assert.Equal("today: 11 bytes\nfirst line\nnotes/tomorrow: no such file or directory\n", await PrintedAsync(Client.SftpAsync));
    }

    [Fact]
    public async Task FilesAreCopied()
    {
        await using var server = await Fleet.StartAsync("Subsystem=sftp internal-sftp");
        using var scene = new SampleScene(server);
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = "ssh_config" });
        var printed = await LinesAsync(() => Files.PullAsync(new ParallelExecutor(transport)));
        Assert.Equal(2, printed.Length);
        Assert.StartsWith("web1: exit 0, ", printed[0], StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync("/etc/hosts", TestContext.Current.CancellationToken), await File.ReadAllTextAsync("collected/web2/hosts", TestContext.Current.CancellationToken));
    }

    /// <summary>Keeps what the service logs.</summary>
    private sealed class Logs : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
                _lines.Add(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
