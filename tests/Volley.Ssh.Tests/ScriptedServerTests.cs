using System.Diagnostics;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.Tests;

/// <summary>The built program and servers that let it in and do not serve it then.</summary>
public sealed class ScriptedServerTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("volley-scripted-").FullName;

    public static TheoryData<string, bool> Starts => new()
    {
        { "native", false },
        { "native", true },
        { "openssh", false },
    };

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task ACommandThatIsNeverStartedEndsAtTheLimitForConnecting(string transport, bool hasTerminal)
    {
        using var server = Unanswering(hasTerminal ? "pty-req" : "exec");
        var run = await RunAsync(server, transport, hasTerminal ? ["--connect-timeout", "1", "--tty"] : ["--connect-timeout", "1", "--server-alive-interval", "0.2"]);
        Assert.Equal(255, run.ExitCode);
        Assert.Contains(": connect timed out: the server has not started the command after 1 s\n", run.Stderr, StringComparison.Ordinal);
        // What was asked for the terminal only has not been told the command.
        Assert.Equal(!hasTerminal, run.Stderr.Contains("volley: may still run: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task ACommandThatIsNeverStartedEndsAtItsOwnLimit(string transport)
    {
        using var server = Unanswering("exec");
        var run = await RunAsync(server, transport, ["--connect-timeout", "0", "--timeout", "1"]);
        Assert.Equal(124, run.ExitCode);
        Assert.Contains(": timed out: the server has not started the command after 1 s\n", run.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: may still run: ", run.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task ASessionThatIsNeverOpenedEndsAtTheLimitForConnecting(string transport)
    {
        using var server = new ScriptedServer { OnOpen = static (_, _) => Task.CompletedTask };
        var run = await RunAsync(server, transport, ["--connect-timeout", "1"]);
        Assert.Equal(255, run.ExitCode);
        Assert.Contains(": connect timed out: not connected after 1 s\n", run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("may still run", run.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task ACommandThatIsNeverStartedEndsWithTheRun(string transport)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = Unanswering("exec", asked);
        await using var run = ProgramRun.Start(ProgramStart.Volley(Arguments(server, transport, [])) with { Environment = Environment });
        await asked.Task.WaitAsync(Soon);
        var clock = Stopwatch.StartNew();
        run.Signal(15);
        Assert.Equal(143, await run.WaitForExitAsync());
        // The default limit would end it as well.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 8);
        Assert.Contains("volley: may still run: ", run.Stderr.Text, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Dictionary<string, string?> Environment => new() { ["XDG_RUNTIME_DIR"] = _folder, ["HOME"] = _folder, ["SSH_AUTH_SOCK"] = null };

    /// <summary>A server that refuses keepalives, as servers that do not know them do, and never answers one kind of request.</summary>
    private static ScriptedServer Unanswering(string kind, TaskCompletionSource? asked = null) => new()
    {
        OnRequest = async (client, channel, type) =>
        {
            if (type != kind)
            {
                await client.SendAsync(type == "keepalive@openssh.com" ? Wire.Failure(channel) : Wire.Success(channel));
                return;
            }

            asked?.TrySetResult();
            _ = client.TrickleAsync(channel);
        },
    };

    private Task<ProgramResult> RunAsync(ScriptedServer server, string transport, IReadOnlyList<string> options) =>
        ProgramRun.RunAsync(ProgramStart.Volley(Arguments(server, transport, options)) with { Environment = Environment }, Soon);

    private string[] Arguments(ScriptedServer server, string transport, IReadOnlyList<string> options) =>
    [
        "-H", $"me@{server.Address}:{server.Port}", "--transport", transport, "-F", "none", "-o", $"UserKnownHostsFile={_folder}/known_hosts",
        "-o", "GlobalKnownHostsFile=/dev/null", .. options, "true",
    ];
}
