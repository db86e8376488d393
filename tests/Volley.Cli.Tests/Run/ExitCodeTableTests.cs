using System.Text;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary>The exit code for each end of a node, and its output and messages in every output mode.</summary>
public class ExitCodeTableTests(Fleet fleet)
{
    /// <summary>A name whose resolution fails at once and without a server: its label is too long (RFC 1035 section 2.3.4).</summary>
    private static readonly string NameTooLong = new('x', 64);

    private static readonly int[] Codes = [1, 2, 3, 42, 124, 125, 126, 127, 128, 130, 137, 141, 143, 254, 255];

    private static readonly (string Name, int Number)[] Signals =
    [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("ABRT", 6), ("FPE", 8), ("KILL", 9),
        ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15),
    ];

    public static TheoryData<string, int> ModesAndCodes => VolleyRun.WithModes(Codes);

    public static TheoryData<string, string> ModesAndSignals => VolleyRun.WithModes([.. Signals.Select(signal => signal.Name)]);

    public static TheoryData<string, string> ModesAndOtherSignals => VolleyRun.WithModes("BUS", "XCPU", "SYS", "34");

    /// <summary>auto is the native transport for these hosts.</summary>
    public static TheoryData<string, string> ModesAndTransports => VolleyRun.WithModes("auto", "openssh");

    public static TheoryData<string> Modes => [.. VolleyRun.AllModes];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task SuccessIsZeroWithoutAMessage(string mode)
    {
        var result = await VolleyRun.ExecAsync("n1", "echo before", "--output", mode);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Stderr);
        if (mode == "json")
        {
            await AssertJsonEndAsync(result, "n1", 0, "exit 0", "before\n");
            return;
        }

        Assert.Matches(
            mode switch
            {
                "stream" => "^n1: before\n$",
                "normal" => "^✓ n1 [0-9]+\\.[0-9] s\nbefore\n$",
                _ => "^-+\nn1 \\(1\\)\n-+\nbefore\n$",
            },
            result.Stdout);
    }

    [Theory]
    [MemberData(nameof(ModesAndCodes))]
    public async Task AnExitCodeIsPassedOn(string mode, int code)
    {
        var result = await VolleyRun.ExecAsync("n1", $"echo before; exit {code}", "--output", mode);
        await AssertEndAsync(mode, result, "n1", code, $"exit {code}");
    }

    [Theory]
    [MemberData(nameof(ModesAndSignals))]
    public async Task ASignalOfTheProtocolIs128AndItsNumber(string mode, string signal)
    {
        var result = await VolleyRun.ExecAsync("n1", $"echo before; kill -{signal} $$", "--output", mode);
        await AssertEndAsync(mode, result, "n1", 128 + Signals.Single(s => s.Name == signal).Number, $"killed by signal {signal}");
    }

    [Theory]
    [MemberData(nameof(ModesAndOtherSignals))]
    public async Task AnotherSignalIs255AndKeepsItsName(string mode, string signal)
    {
        var result = await VolleyRun.ExecAsync("n1", $"echo before; kill -{signal} $$", "--output", mode);
        await AssertEndAsync(mode, result, "n1", 255, $"killed by signal {signal}");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AnExitCodeAbove128IsNoSignal(string mode)
    {
        var result = await VolleyRun.ExecAsync("n1", "echo before; exit 137", "--output", mode);
        await AssertEndAsync(mode, result, "n1", 137, "exit 137");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AProgramThatIsNotThereIs127(string mode)
    {
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", "exec", "-H", "n1", "no-such-program");
        await AssertNotStartedAsync(mode, result, 127, "no-such-program: No such file or directory");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AProgramThatMayNotBeRunIs126(string mode)
    {
        using var folder = new ScratchFolder();
        var file = folder.Write("plain", "echo no\n");
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", "exec", "-H", "n1", file);
        await AssertNotStartedAsync(mode, result, 126, $"{file}: Permission denied");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ACommandTimeoutIs124(string mode)
    {
        var result = await VolleyRun.ExecAsync("n1", "echo before; exec sleep 600", "--output", mode, "--timeout", "1.5");
        await AssertEndAsync(mode, result, "n1", 124, "timed out", "longer than 1.5 s");
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task ANameThatIsNotResolvedIs255(string mode, string transport)
    {
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", transport, "-F", fleet.SshConfig, "-H", NameTooLong, "echo", "never");
        await AssertEndAsync(mode, result, NameTooLong, 255, "name not resolved", "Could not resolve hostname", output: "");
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task ARefusedConnectionIs255(string mode, string transport)
    {
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", transport, "-F", fleet.SshConfig, "-p", "1", "-H", "127.0.1.9", "echo", "never");
        await AssertEndAsync(mode, result, "127.0.1.9", 255, "connect failed", "Connection refused", output: "");
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task AKeyThatIsNotAcceptedIs255(string mode, string transport)
    {
        var config = new FleetConfig(fleet) { Identity = await fleet.NewKeyAsync() }.Write();
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", transport, "-F", config, "-H", "127.0.1.1", "echo", "never");
        await AssertEndAsync(mode, result, "127.0.1.1", 255, "authentication failed", "Permission denied", output: "");
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task AChangedHostKeyIs255AndNamesTheLineAndTheRemedy(string mode, string transport)
    {
        using var folder = new ScratchFolder();
        // A key, if not that of a host.
        var known = folder.Write("known_hosts", $"# none\n[127.0.1.2]:{fleet.Port} {File.ReadAllText(fleet.KeyPath + ".pub")}");
        var config = new FleetConfig(fleet) { KnownHosts = known }.Write();
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", transport, "-F", config, "-H", "127.0.1.2", "echo", "never");
        await AssertEndAsync(mode, result, "127.0.1.2", 255, "host key rejected", $"host key changed ({known} line 2)", output: "");
        Assert.Contains("ssh-keygen -f ", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task AnUnknownHostKeyUnderStrictCheckingIs255(string mode, string transport)
    {
        using var folder = new ScratchFolder();
        var config = new FleetConfig(fleet) { KnownHosts = folder["known_hosts"], Lines = ["StrictHostKeyChecking yes"] }.Write();
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", transport, "-F", config, "-H", "127.0.1.3", "echo", "never");
        await AssertEndAsync(mode, result, "127.0.1.3", 255, "host key rejected", "requested strict checking", output: "");
        Assert.False(File.Exists(folder["known_hosts"]));
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task AServerThatNeverAnswersIs255(string mode, string transport)
    {
        using var server = new SilentServer("127.0.1.4");
        var result = await VolleyRun.RunAsync(
            "--output", mode, "--transport", transport, "-F", fleet.SshConfig, "--connect-timeout", "1", "-p", $"{server.Port}", "-H", server.Address, "echo", "never");
        // The limit is noticed by the program or by ssh.
        await AssertEndAsync(mode, result, server.Address, 255, "connect timed out", "", output: "");
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task AConnectionThatIsCutIs255AndKeepsItsOutput(string mode, string transport)
    {
        using var folder = new ScratchFolder();
        using var proxy = new CuttingProxy("127.0.1.5", fleet.Port);
        fleet.TrustPort(proxy.Port);
        var pipe = folder.MakePipe("written");
        // More than all windows and buffers hold, so a part has arrived when the rest is written. Long lines are cheaper.
        await using var run = ProgramRun.Start(VolleyRun.Start(
            "--output", mode, "--transport", transport, "-F", fleet.SshConfig, "-p", $"{proxy.Port}", "-H", proxy.Address,
            $"yes \"$(printf %01000d 0)\" | head -c 28000000; echo >{pipe}; exec sleep 600"));
        await ScratchFolder.ReadPipeAsync(pipe);
        proxy.Cut();
        Assert.Equal(255, await run.WaitForExitAsync());
        Assert.Matches($"(?m)^volley: {proxy.Address}: connection lost: .+$", run.Stderr.Text);
        Assert.Contains($"volley: may still run: {proxy.Address}\n", run.Stderr.Text, StringComparison.Ordinal);
        Assert.EndsWith($"volley: 1 of 1 failed\nconnection lost: {proxy.Address}\n", run.Stderr.Text, StringComparison.Ordinal);
        var lines = VolleyRun.Lines(run.Stdout.Text);
        if (mode == "json")
        {
            var json = await JsonLines.ReadAsync(run.Stdout.Text);
            Assert.Equal("connection_lost", (string)json.Finished(proxy.Address)["outcome"]!);
            lines = [.. VolleyRun.Lines(Encoding.UTF8.GetString(json.Output(proxy.Address, "stdout"))).Select(line => $"{proxy.Address}: {line}")];
        }

        if (mode == "normal")
        {
            Assert.Matches($@"^✗ {proxy.Address} connection lost \d+\.\d s$", lines[0]);
            lines = lines[1..];
        }
        else if (mode == "gather")
        {
            Assert.Equal($"{proxy.Address} (1) connection lost", lines[1]);
            lines = lines[3..];
        }

        Assert.True(lines.Length > 700, $"only {lines.Length} lines");
        // The last line may be a part of one.
        var line = new string('0', 1000);
        Assert.Equal(mode is "stream" or "json" ? $"{proxy.Address}: {line}" : line, Assert.Single(lines[..^1].Distinct()));
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task ACommandTimeoutOverSshIs124AndKeepsItsOutput(string mode, string transport)
    {
        var result = await VolleyRun.RunAsync(
            "--output", mode, "--transport", transport, "-F", fleet.SshConfig, "--timeout", "2", "-H", "127.0.1.6", "echo before; exec sleep 600");
        await AssertEndAsync(mode, result, "127.0.1.6", 124, "timed out", "longer than 2 s");
        Assert.DoesNotContain("may still run", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task ARemoteSignalIs128AndItsNumber(string mode, string transport)
    {
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.1.7", "echo before; kill -TERM $$");
        await AssertEndAsync(mode, result, "127.0.1.7", 143, "killed by signal TERM");
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task ARemoteExitCodeIsPassedOn(string mode, string transport)
    {
        var result = await VolleyRun.RunAsync("--output", mode, "--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.1.8", "echo before; exit 42");
        await AssertEndAsync(mode, result, "127.0.1.8", 42, "exit 42");
    }

    [Theory]
    [MemberData(nameof(ModesAndTransports))]
    public async Task ACommandThatPrintsTheTextOfAFailedLoginHasLoggedIn(string mode, string transport)
    {
        var result = await VolleyRun.RunAsync(
            "--output", mode, "--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.1.8", "echo before; echo 'x@y: Permission denied (publickey).' >&2; exit 255");
        Assert.Equal(255, result.ExitCode);
        Assert.EndsWith("volley: 1 of 1 failed\nexit 255: 127.0.1.8\n", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("authentication", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task EveryCauseIsNamedOnceWithItsNodesFolded(string mode)
    {
        var result = await VolleyRun.ExecAsync(
            "web[1-12]", "case %h in web7|web8|web12) exit 3;; web3) kill -9 $$;; web4) exit 1;; esac", "--output", mode, "--any-failure");
        Assert.Equal(137, result.ExitCode);
        Assert.Equal("volley: 5 of 12 failed\nexit 1: web4\nexit 3: web[7-8,12]\nkilled by signal KILL: web3\n", VolleyRun.WithoutTotals(result.Stderr));
    }

    private static async Task AssertNotStartedAsync(string mode, ProgramResult result, int code, string message)
    {
        Assert.Equal(code, result.ExitCode);
        Assert.EndsWith($"volley: 1 of 1 failed\nexit {code}: n1\n", result.Stderr, StringComparison.Ordinal);
        if (mode == "json")
            Assert.Equal(message + "\n", Encoding.UTF8.GetString((await JsonLines.ReadAsync(result)).Output("n1", "stderr")));
        else if (mode == "stream")
            Assert.StartsWith($"n1: {message}\n", result.Stderr, StringComparison.Ordinal);
        else
            Assert.Matches($@"^{Header(mode, "n1", $"exit {code}")}{Regex.Escape(message)}\n$", result.Stdout);
    }

    private static async Task AssertEndAsync(
        string mode, ProgramResult result, string node, int code, string cause, string? message = null, string output = "before\n")
    {
        Assert.True(code == result.ExitCode, result.ToString());
        var lines = VolleyRun.Lines(result.Stderr);
        var about = lines.Where(line => line.StartsWith($"volley: {node}: ", StringComparison.Ordinal)).ToList();
        if (message is null)
        {
            Assert.Empty(about);
        }
        else
        {
            Assert.StartsWith($"volley: {node}: {cause}: ", Assert.Single(about), StringComparison.Ordinal);
            Assert.Contains(message, about[0], StringComparison.Ordinal);
        }

        Assert.Equal(["volley: 1 of 1 failed", $"{cause}: {node}"], lines[^2..]);
        if (mode == "json")
        {
            await AssertJsonEndAsync(result, node, code, cause, output);
            return;
        }

        Assert.Matches(
            mode != "stream" ? $"^{Header(mode, node, cause)}{output}$" : output.Length == 0 ? "^$" : $"^{Regex.Escape(node)}: {output}$",
            result.Stdout);
    }

    private static string Header(string mode, string node, string cause) => mode == "normal"
        ? $@"✗ {Regex.Escape(node)} {Regex.Escape(cause)} \d+\.\d s\n"
        : $@"-+\n{Regex.Escape(node)} \(1\) {Regex.Escape(cause)}\n-+\n";

    private static async Task AssertJsonEndAsync(ProgramResult result, string node, int code, string cause, string output)
    {
        var json = await JsonLines.ReadAsync(result);
        Assert.Equal(code, (int)json.Finished(node)["code"]!);
        Assert.Equal(cause, (string)json.Finished(node)["cause"]!);
        Assert.Equal(output, Encoding.UTF8.GetString(json.Output(node, "stdout")));
    }
}
