using System.Diagnostics;
using Volley.Ssh.UnitTests.Keys;
using Volley.Ssh.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>The built program and servers that let it in and do not serve it then.</summary>
public sealed class ScriptedServerTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("volley-scripted-").FullName;

    public static TheoryData<string, bool> Starts => new()
    {
        { "native", false },
        { "native", true },
        { "openssh", false },
        { "openssh", true },
    };

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task ACommandThatIsNeverStartedEndsAtTheLimitForConnecting(string transport, bool hasTerminal)
    {
        using var server = Unanswering(hasTerminal ? "pty-req" : "exec");
        var run = await RunAsync(server, transport, hasTerminal ? ["--connect-timeout", "2", "--tty"] : ["--connect-timeout", "2", "--server-alive-interval", "0.2"]);
        Assert.Equal(255, run.ExitCode);
        Assert.Contains(
            $": connect timed out: the server has not {(hasTerminal ? "answered the request for a terminal" : "started the command")} after 2 s\n", run.Stderr, StringComparison.Ordinal);
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
    [InlineData(255, ": connect timed out: the server has not started the command after 2 s\n", "--connect-timeout", "2")]
    [InlineData(124, ": timed out: the command ran longer than 1 s\n", "--connect-timeout", "0", "--timeout", "1")]
    public async Task AnSshForEachCommandHasTheSameLimits(int code, string message, params string[] options)
    {
        WantNoMasters();
        using var server = Unanswering("exec");
        var run = await RunAsync(server, "openssh", options);
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(message, run.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: may still run: ", run.Stderr, StringComparison.Ordinal);
    }

    /// <summary>A server that says that a command was started only once it has ended.</summary>
    [Theory]
    [InlineData("native", false)]
    [InlineData("openssh", false)]
    [InlineData("openssh", true)]
    public async Task WhatPrintsWasStarted(string transport, bool isWithoutMasters)
    {
        if (isWithoutMasters)
            WantNoMasters();
        using var server = new ScriptedServer
        {
            OnRequest = static async (client, channel, type) =>
            {
                if (type != "exec")
                {
                    await client.SendAsync(Wire.Success(channel));
                    return;
                }

                await client.SendAsync(Wire.Data(channel, "first\n"));
                await Task.Delay(TimeSpan.FromSeconds(1.5));
                await client.SendAsync(Wire.Success(channel), Wire.ExitStatus(channel, 3), Wire.Close(channel));
            },
        };
        var run = await RunAsync(server, transport, ["--connect-timeout", "1", "--any-failure"]);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("first\n", run.Stdout, StringComparison.Ordinal);
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
        await using var run = ProgramRun.Start(ProgramStart.Volley(Arguments(server, transport, ["--connect-timeout", "100"])) with { Environment = Environment });
        await asked.Task.WaitAsync(Soon);
        var clock = Stopwatch.StartNew();
        run.Signal(15);
        Assert.Equal(143, await run.WaitForExitAsync());
        // The limit would end it as well.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 50);
        Assert.Contains("volley: may still run: ", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task ASilentCommandOfAServerThatAnswersNoRequestOnAChannelIsNotLost(string transport)
    {
        var (asked, first) = (0, 0);
        using var server = new ScriptedServer
        {
            // A session that is opened on a master to see whether the server lives, or a global request.
            OnOpen = async (client, channel) =>
            {
                await client.SendAsync(Wire.Confirmation(channel, own: channel));
                asked++;
                await EndAsync(client);
            },
            OnGlobalRequest = async client =>
            {
                await client.SendAsync([MessageNumber.RequestFailure]);
                asked++;
                await EndAsync(client);
            },
            OnRequest = async (client, channel, type) =>
            {
                first = (int)channel;
                if (type == "exec")
                    await client.SendAsync(Wire.Success(channel));
            },
        };

        // By then the connection would have been closed, had nothing been answered.
        async Task EndAsync(ScriptedClient client)
        {
            if (asked >= (transport == "native" ? 5 : 3))
                await client.SendAsync(Wire.ExitStatus((uint)first, 7), Wire.Close((uint)first));
        }

        var run = await RunAsync(server, transport, ["--connect-timeout", "50", "--server-alive-interval", "0.5"]);
        Assert.True(run.ExitCode == 7, run.ToString());
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task RepliesThatComeLateOrNotAtAllAreTakenAsBySsh(string transport)
    {
        string[] users = ["late", "missing", "hanging-up", "twice", "signal", "large", "stray", "flooding"];
        using var server = new ScriptedServer
        {
            OnRequest = (client, channel, type) =>
            {
                if (type == "exec")
                    _ = AnswerAsync(client, channel);
                return Task.CompletedTask;
            },
        };
        var run = await RunAsync(server, transport, ["--connect-timeout", "50", .. users.SelectMany(user => new[] { "-H", $"{user}@{server.Address}:{server.Port}" })], target: null);
        var lines = run.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var user in users)
        {
            var isLong = user is "late" or "missing";
            var expected = $"{user}@{server.Address}:{server.Port}: {(isLong ? new string('x', (32 << 10) - 1) : "out")}";
            Assert.Equal(Enumerable.Repeat(expected, isLong ? 5 : 1), lines.Where(line => line.StartsWith(user, StringComparison.Ordinal)));
        }
        Assert.True(run.ExitCode == 7, run.Stderr);
        Assert.Contains("volley: 8 of 8 failed\n", run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("lost", run.Stderr, StringComparison.Ordinal);
        Assert.Contains($"exit 263: large@{server.Address}:{server.Port}\n", run.Stderr, StringComparison.Ordinal);
        Assert.Contains($"volley: output may be incomplete: hanging-up@{server.Address}:{server.Port}\n", run.Stderr, StringComparison.Ordinal);
    }

    private static async Task AnswerAsync(ScriptedClient client, uint channel)
    {
        var line = Wire.Data(channel, new string('x', (32 << 10) - 1) + "\n");
        byte[][] success = [Wire.Success(channel)], end = [Wire.ExitStatus(channel, 7), Wire.Eof(channel), Wire.Close(channel)];
        if (client.User is "late" or "missing")
        {
            await client.SendAsync(line, line, line, line);
            await client.WindowAdjusted.Task;
            await client.SendAsync(line);
        }
        else
        {
            await client.SendAsync([.. success, Wire.Data(channel, "out\n")]);
        }
        await client.SendAsync(client.User switch
        {
            "late" => [.. success, .. end],
            "hanging-up" => [Wire.ExitStatus(channel, 7)],
            "twice" => [Wire.ExitStatus(channel, 3), .. end],
            "signal" => [Wire.Message(MessageNumber.ChannelRequest, channel, "exit-signal", false, "TERM"), .. end],
            "large" => [Wire.ExitStatus(channel, 256 + 7), Wire.Eof(channel), Wire.Close(channel)],
            "stray" => [[MessageNumber.KexInitiation, 0, 0, 0, 0], [MessageNumber.KexReply, 0, 0, 0, 0], Wire.Message(MessageNumber.ChannelRequest, 55u, "exit-status", false, 1u), .. end],
            "flooding" => [Wire.Eof(channel), .. Enumerable.Repeat(line, 8), .. end[..1], .. end[2..]],
            _ => end,
        });
        if (client.User == "hanging-up")
            client.HangUp();
    }

    [Theory]
    [InlineData("Scripted", "native", true)]
    [InlineData("OpenSSH_9.9", "native", false)]
    [InlineData("OpenSSH_9.9", "auto", true)]
    public async Task AServerMayInsistOnNoneFirst(string software, string transport, bool isReached)
    {
        using var keys = new KeyFolder();
        using var server = new ScriptedServer { Version = $"SSH-2.0-{software}", OnLogin = InsistOnNoneAsync, OnRequest = SucceedAsync };
        var run = await RunAsync(server, transport, ["--connect-timeout", "50", "-i", await keys.GenerateAsync("-t", "ed25519")]);
        Assert.True(run.ExitCode == (isReached ? 0 : 255), run.ToString());
        if (!isReached)
            Assert.Contains("the server ended the connection at the first request of the login: disconnected by the server: none first; use --transport openssh\n", run.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("auto")]
    public async Task AHostKeyThatIsNotProvedIsNeverTriedAgainBySsh(string transport)
    {
        using var server = new ScriptedServer { Signature = static signature => [.. signature[..^1], (byte)(signature[^1] ^ 1)] };
        var run = await RunAsync(server, transport, []);
        Assert.Equal(255, run.ExitCode);
        Assert.Contains("key exchange: the signature of the server's key is wrong\n", run.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, server.Connections);
    }

    private static async Task InsistOnNoneAsync(ScriptedClient client, byte[] message)
    {
        // User, service, method; behind it a boolean, the algorithm and the key.
        var at = 1;
        for (var i = 0; i < 2; i++)
            at += 4 + (int)Wire.UInt32(message, at);
        var isNone = Wire.UInt32(message, at) == 4;
        at += 4 + (int)Wire.UInt32(message, at);
        client.HasAskedNone |= isNone;
        await client.SendAsync(!client.HasAskedNone ? Wire.Message(MessageNumber.Disconnect, 2u, "none first", "")
            : isNone ? Wire.Message(MessageNumber.UserAuthFailure, "publickey", false)
            : message[at] == 0 ? [MessageNumber.UserAuthMethod, .. message[(at + 1)..]]
            : [MessageNumber.UserAuthSuccess]);
    }

    private static async Task SucceedAsync(ScriptedClient client, uint channel, string type)
    {
        if (type == "exec")
            await client.SendAsync(Wire.Success(channel), Wire.ExitStatus(channel, 0), Wire.Close(channel));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Dictionary<string, string?> Environment => new() { ["XDG_RUNTIME_DIR"] = _folder, ["HOME"] = _folder, ["SSH_AUTH_SOCK"] = null };

    /// <summary>Others can write to the directory of the control sockets, so there can be none.</summary>
    private void WantNoMasters()
    {
        var sockets = Directory.CreateDirectory(Path.Combine(_folder, "volley"));
        if (!OperatingSystem.IsWindows())
            sockets.UnixFileMode = (UnixFileMode)0b111_111_111;
    }

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
        RunAsync(server, transport, options, $"me@{server.Address}:{server.Port}");

    private Task<ProgramResult> RunAsync(ScriptedServer server, string transport, IReadOnlyList<string> options, string? target) =>
        ProgramRun.RunAsync(ProgramStart.Volley(Arguments(server, transport, options, target)) with { Environment = Environment }, Soon);

    private string[] Arguments(ScriptedServer server, string transport, IReadOnlyList<string> options) =>
        Arguments(server, transport, options, $"me@{server.Address}:{server.Port}");

    private string[] Arguments(ScriptedServer server, string transport, IReadOnlyList<string> options, string? target) =>
    [
        .. target is null ? Array.Empty<string>() : ["-H", target], "--transport", transport, "-F", "none", "-o", $"UserKnownHostsFile={_folder}/known_hosts",
        "-o", "GlobalKnownHostsFile=/dev/null", .. options, "true",
    ];
}
