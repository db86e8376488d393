using Microsoft.Extensions.Logging;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Runs over the native transport.</summary>
internal static class NativeRuns
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command at one target.</summary>
    public static async Task<NodeRun> RunAsync(
        SshOptions options, Target target, string line, RunControl? control = null, Action? onOutput = null,
        Func<RunPlan, RunPlan>? tune = null, ILogger? logger = null) =>
        (await RunAllAsync(options, [target], line, control, onOutput, tune, logger))[0];

    /// <summary>Runs a command at several targets.</summary>
    public static async Task<IReadOnlyList<NodeRun>> RunAllAsync(
        SshOptions options, IEnumerable<Target> targets, string line, RunControl? control = null, Action? onOutput = null,
        Func<RunPlan, RunPlan>? tune = null, ILogger? logger = null)
    {
        await using var transport = new NativeTransport(options, logger);
        var plan = new RunPlan([.. targets], CommandJob.Shell(line));
        return await NodeRun.AllAsync(transport, tune?.Invoke(plan) ?? plan, control, onOutput).WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    /// <summary>How many logins the fleet has seen.</summary>
    public static int Logins(this Fleet fleet) =>
        File.ReadLines(fleet.ServerLog).Count(line => line.StartsWith("Accepted publickey", StringComparison.Ordinal));

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task RunProgramAsync(string program, params string[] arguments)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart(program, arguments), Limit);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result}");
    }

    /// <summary>Starts an agent that holds these keys.</summary>
    public static async Task<ProgramRun> StartAgentAsync(string socket, params string[] keys)
    {
        var agent = ProgramRun.Start(new ProgramStart("ssh-agent", "-D", "-a", socket));
        await agent.ReadOutUntilAsync("SSH_AUTH_SOCK");
        foreach (var key in keys)
            await RunProgramAsync("env", $"SSH_AUTH_SOCK={socket}", "ssh-add", "-q", key);
        return agent;
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class LogLines : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public string Text
    {
        get
        {
            lock (_lock)
                return string.Join('\n', _lines);
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
            _lines.Add(formatter(state, exception));
    }
}
