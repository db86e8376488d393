using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Options;

/// <summary>Every option changes something that can be seen. Those that are about ssh are in <see cref="Configuration.ConfigContract"/>.</summary>
public sealed class OptionTests(Fleet fleet) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task HostsMayBeGivenOftenAndInEveryForm()
    {
        var file = _folder.Write("hosts", "f1, f[2-3] # comment\n\nf4\n");
        var result = await ProgramRun.RunAsync(VolleyRun.Start(
            "-H", "a[1-2],b", "--hosts", $"^{file}", "--hosts=c[01-02]", "-He", "-H", "-", "--parallel", "1", "--transport", "exec", "-N", "echo", "%h")
            .WithInput("s1 s2\n"));
        Assert.Equal("a1\na2\nb\nf1\nf2\nf3\nf4\nc01\nc02\ne\ns1\ns2\n", result.Stdout);
    }

    [Fact]
    public async Task HostsOnStandardInputLeaveTheCommandNone()
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Exec("-", "cat; echo %h").WithInput("a\n"));
        Assert.Equal("a: a\n", result.Stdout);
    }

    [Theory]
    [InlineData("-x n2,n[4-5]", "n1 n3")]
    [InlineData("--exclude n1 --exclude n2", "n3 n4 n5")]
    [InlineData("--filter n[13]", "")]
    [InlineData("--filter n?", "n1 n2 n3 n4 n5")]
    [InlineData("--filter n", "")]
    [InlineData("--filter *5", "n5")]
    public async Task TheSelectionIsNarrowed(string options, string left)
    {
        var result = await VolleyRun.ExecAsync("n[1-5]", "echo %h", [.. options.Split(' '), "-N", "--parallel", "1"]);
        Assert.Equal(left.Split(' ', StringSplitOptions.RemoveEmptyEntries), VolleyRun.Lines(result.Stdout));
    }

    [Fact]
    public async Task NoMoreThanTheLimitRunAtOnce()
    {
        var seat = Directory.CreateDirectory(_folder["seats"]).FullName;
        foreach (var limit in new[] { 1, 3 })
        {
            var result = await VolleyRun.ExecAsync(
                "n[1-20]", $"mkdir {seat}/%n && ls {seat} | wc -l; rmdir {seat}/%n", "-N", "--parallel", $"{limit}");
            Assert.Equal(0, result.ExitCode);
            var together = VolleyRun.Lines(result.Stdout).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(20, together.Count);
            Assert.True(together.Max() <= limit, $"{together.Max()} at once");
        }
    }

    [Fact]
    public async Task AsManyAsTheLimitRunAtOnce()
    {
        // Neither can end before the other has begun.
        var pipe = _folder.MakePipe("pipe");
        var result = await VolleyRun.ExecAsync("a,b", $"case %h in a) echo met >{pipe};; b) cat {pipe};; esac", "--parallel", "2");
        Assert.Equal("b: met\n", result.Stdout);
    }

    [Fact]
    public async Task TheTimeoutEndsTheCommandAndZeroDoesNot()
    {
        var none = await VolleyRun.ExecAsync("a", "echo done", "--timeout", "0");
        Assert.Equal(0, none.ExitCode);
        var some = await VolleyRun.ExecAsync("a", "exec sleep 600", "--timeout=0.2");
        Assert.Equal(124, some.ExitCode);
        Assert.Contains("longer than 0.2 s", some.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheConnectTimeoutIsNotThatOfTheCommand()
    {
        var result = await VolleyRun.RunAsync("-F", fleet.SshConfig, "-H", "127.0.2.1", "--connect-timeout", "2", "sleep 2.5; echo done");
        Assert.Equal("127.0.2.1: done\n", result.Stdout);
    }

    [Fact]
    public async Task ExecSubstitutesInEveryWord()
    {
        var result = await VolleyRun.RunAsync(
            "--transport", "exec", "--parallel", "1", "-N", "-l", "me", "-H", "a,you@b:22,[::1]", "echo", "%h/%u/%n", "100%%", "%x", "%", "%%h");
        Assert.Equal("a/me/0 100% %x % %h\nb/you/1 100% %x % %h\n::1/me/2 100% %x % %h\n", result.Stdout);
    }

    [Fact]
    public async Task ExecStartsNoShell()
    {
        var result = await VolleyRun.RunAsync("--transport", "exec", "-H", "a", "echo", "$HOME;  two  blanks", "*");
        Assert.Equal("a: $HOME;  two  blanks *\n", result.Stdout);
    }

    [Fact]
    public async Task TheWordsOfARemoteCommandAreJoinedAsSshDoes()
    {
        var result = await VolleyRun.RunAsync("-F", fleet.SshConfig, "-H", "127.0.2.6", "echo", "a  b", "$((1+2))", "%h");
        Assert.Equal("127.0.2.6: a b 3 %h\n", result.Stdout);
    }

    [Theory]
    [InlineData("exec", "transport exec: requested")]
    [InlineData("openssh", "transport openssh: requested")]
    [InlineData("native", "transport native: requested")]
    [InlineData("auto", "transport native: ssh_config asks for nothing beyond it")]
    public async Task TheTransportIsChosenAndNamed(string transport, string said)
    {
        var result = await VolleyRun.RunAsync(
            [.. VolleyRun.Over(transport, fleet), "-v", "-H", "127.0.2.7", "sh", "-c", "'echo $SSH_CONNECTION'"]);
        Assert.Contains($"volley: 127.0.2.7: {said}\n", result.Stderr, StringComparison.Ordinal);
        if (transport != "exec")
            Assert.EndsWith($" 127.0.2.7 {fleet.Port}\n", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openssh", "ssh: Authenticated to 127.0.2.8", "argv: ")]
    [InlineData("auto", "transport native: connected to OpenSSH_", "login: ")]
    public async Task VerbosityShowsMessagesAndTwiceMoreOfThem(string transport, string message, string detail)
    {
        string[] command = ["-F", fleet.SshConfig, "--transport", transport, "-H", "127.0.2.8", "true"];
        var none = await VolleyRun.RunAsync(command);
        Assert.Equal("", none.Stderr);
        var once = await VolleyRun.RunAsync(["-v", .. command]);
        Assert.Contains($"volley: 127.0.2.8: {message}", once.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain($"volley: 127.0.2.8: {detail}", once.Stderr, StringComparison.Ordinal);
        foreach (var twice in new[] { ["-vv"], new[] { "-v", "-v" } })
        {
            var result = await VolleyRun.RunAsync([.. twice, .. command]);
            Assert.Contains($"volley: 127.0.2.8: {detail}", result.Stderr, StringComparison.Ordinal);
            Assert.Contains($"volley: 127.0.2.8: {message}", result.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TheOutputModeIsChosen()
    {
        Assert.Equal("a: x\n", (await VolleyRun.ExecAsync("a", "echo x")).Stdout);
        Assert.Equal("a: x\n", (await VolleyRun.ExecAsync("a", "echo x", "--output", "stream")).Stdout);
        Assert.StartsWith("✓ a ", (await VolleyRun.ExecAsync("a", "echo x", "--output=normal")).Stdout, StringComparison.Ordinal);
        foreach (var options in new[] { ["-g"], ["--output", "gather"], new[] { "-g", "--output=gather" } })
            Assert.StartsWith("---------------\na (1)\n", (await VolleyRun.ExecAsync("a", "echo x", options)).Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-N", "stream")]
    [InlineData("--no-prefix", "normal")]
    [InlineData("-N", "gather")]
    public async Task NamesAreLeftOut(string option, string mode) =>
        Assert.Equal("x\n", (await VolleyRun.ExecAsync("a", "echo x", option, "--output", mode)).Stdout);

    [Fact]
    public async Task ColoursInAPipeAreAskedFor()
    {
        const string Line = "echo x; echo y >&2";
        foreach (var plain in new[] { Array.Empty<string>(), ["--color", "auto"], ["--color", "never"] })
        {
            var result = await VolleyRun.ExecAsync("a", Line, plain);
            Assert.Equal("a: x\n", result.Stdout);
            Assert.Equal("a: y\n", result.Stderr);
        }

        var colored = await VolleyRun.ExecAsync("a", Line, "--color", "always");
        Assert.Equal("\e[36ma\e[0m: x\n", colored.Stdout);
        Assert.Equal("\e[31ma\e[0m: y\n", colored.Stderr);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("NO_COLOR", "1", false)]
    [InlineData("NO_COLOR", "", true)]
    [InlineData("TERM", "dumb", false)]
    public async Task ColoursOnATerminalAreUsual(string? variable, string? value, bool expected)
    {
        var start = VolleyRun.Exec("a", "echo x", "--output", "stream");
        if (variable is not null)
            start = start.WithVariable(variable, value);
        await using var program = PtyProgram.Start(start);
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal(expected ? "\e[36ma\e[0m: x\r\n" : "a: x\r\n", program.Transcript);
    }

    [Fact]
    public async Task ColoursOnATerminalCanBeTurnedOff()
    {
        await using var program = PtyProgram.Start(VolleyRun.Exec("a", "echo x; exit 1", "--color", "never", "--progress", "never"));
        Assert.Equal(1, await program.WaitForExitAsync());
        Assert.DoesNotContain("\e", program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheOptionForColoursGoesBeforeTheVariable()
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Exec("a", "echo x", "--color=always").WithVariable("NO_COLOR", "1"));
        Assert.Equal("\e[36ma\e[0m: x\n", result.Stdout);
    }

    [Fact]
    public async Task ProgressInAPipeIsAskedFor()
    {
        foreach (var mode in VolleyRun.Modes)
        {
            var always = await VolleyRun.ExecAsync("n[1-20]", "exit 0", "--output", mode, "--progress", "always");
            Assert.Equal([.. Enumerable.Range(1, 10).Select(i => $"volley: {2 * i} of 20 done, 0 failed")], VolleyRun.Lines(VolleyRun.WithoutTotals(always.Stderr)));
            foreach (var option in new[] { "auto", "never" })
                Assert.Equal("", (await VolleyRun.ExecAsync("n[1-20]", "exit 0", "--output", mode, "--progress", option)).Stderr);
        }
    }

    [Fact]
    public async Task QuietLeavesErrorsOnly()
    {
        var result = await VolleyRun.RunAsync(
            "-q", "--progress", "always", "-F", fleet.SshConfig, "-p", "1", "-H", "127.0.2.9,127.0.2.10", "true");
        Assert.Equal(255, result.ExitCode);
        var lines = VolleyRun.Lines(result.Stderr);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"^volley: 127\.0\.2\.\d+: connect failed: ", line));
    }

    [Theory]
    [InlineData("-kN")]
    [InlineData("-Nk")]
    [InlineData("-kNH a --parallel 1")]
    public async Task LettersMayBeBundled(string options)
    {
        var hosts = options.Contains('H', StringComparison.Ordinal) ? [] : new[] { "-H", "a", "--parallel", "1" };
        var result = await VolleyRun.RunAsync(
            [.. options.Split(' '), .. hosts, "-H", "b", "--transport", "exec", "sh", "-c", "echo x; exit 4"]);
        Assert.Equal("x\n", result.Stdout);
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("[fail-fast] a: exit 4; stopping 0 running, 1 queued\n", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-H a --transport exec echo -H b --parallel 0 -- -t", "a: -H b --parallel 0 -- -t")]
    [InlineData("-H a --transport exec -- echo -- --help", "a: -- --help")]
    [InlineData("run -H a --transport=exec echo ping --version", "a: ping --version")]
    [InlineData("-Ha --transport exec echo @file", "a: @file")]
    [InlineData("-H a --transport exec echo [suggest:1]", "a: [suggest:1]")]
    public async Task OptionsEndAtTheFirstWordOfTheCommand(string line, string output)
    {
        var result = await VolleyRun.RunAsync(line.Split(' '));
        Assert.Equal(output + "\n", result.Stdout);
    }

    [Theory]
    [InlineData("127.0.2.11,127.0.2.12", 0, 2)]
    [InlineData("127.0.2.11,127.0.2.12:1", 1, 1)]
    [InlineData("127.0.2.11:1,127.0.2.12:1", 255, 0)]
    public async Task PingTellsWhoIsReached(string hosts, int code, int reached)
    {
        foreach (var mode in VolleyRun.Modes)
        {
            var result = await VolleyRun.RunAsync("ping", "-F", fleet.SshConfig, "--output", mode, "-H", hosts);
            Assert.Equal(code, result.ExitCode);
            var lines = VolleyRun.Lines(result.Stdout);
            Assert.Equal(
                reached,
                mode == "gather"
                    ? lines.Where(line => line.EndsWith(')')).Sum(line => line[^2] - '0')
                    : lines.Count(line => line.Contains(": reached in ", StringComparison.Ordinal) || line[0] == '✓'));
            Assert.Equal(2 - reached, VolleyRun.Lines(result.Stderr).Count(line => line.Contains(": connect failed: ", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task PingRunsNothing()
    {
        // Any command would leave the mark.
        await using var special = await Fleet.StartAsync($"ForceCommand=touch {_folder["ran"]}");
        Assert.Equal(0, (await VolleyRun.RunAsync("ping", "-F", special.SshConfig, "-H", "127.0.2.13")).ExitCode);
        Assert.False(File.Exists(_folder["ran"]));
        await VolleyRun.RunAsync("-F", special.SshConfig, "-H", "127.0.2.13", "true");
        Assert.True(File.Exists(_folder["ran"]));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("run --version")]
    [InlineData("-H a --version echo")]
    public async Task TheVersionIsOneLine(string line)
    {
        var result = await VolleyRun.RunAsync(line.Split(' '));
        Assert.Matches(@"^volley \d+\.\d+\.\d+\n$", result.Stdout);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    [InlineData("run --help")]
    [InlineData("ping -h")]
    [InlineData("completion --help")]
    [InlineData("-H a --help echo")]
    public async Task TheHelpIsOnStandardOutput(string line)
    {
        var result = await VolleyRun.RunAsync(line.Split(' '));
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Stderr);
        Assert.StartsWith("volley: run a command on many hosts at once over SSH\n\nUsage:\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryExampleOfTheHelpIsUnderstood()
    {
        var help = await VolleyRun.RunAsync("--help");
        var examples = VolleyRun.Lines(help.Stdout).SkipWhile(line => line != "Examples:").Skip(1).TakeWhile(line => line.Length > 0).ToList();
        Assert.Equal(11, examples.Count);
        _folder.Write("hosts.txt", "a\n");
        _folder.Write("check.sh", "exit 0\n");
        _folder.Write("app.conf", "");
        Directory.CreateDirectory(_folder["certs"]);
        _folder.Write("config.yaml", "clusters: {web: {nodes: [{host: web1, attributes: {rack: r1}}]}}\n");
        foreach (var example in examples)
        {
            // What stands for the connection ends at once, so nobody is contacted.
            var verb = example.Trim().Split(' ') is [_, ("push" or "pull") and var first, ..] ? $"{first} " : "";
            var line = example.Trim().Replace(
                $"volley {verb}", $"'{BuiltProgram.Path}' {verb}--config config.yaml -F none -p 1 -o ProxyCommand=false ", StringComparison.Ordinal);
            // A journal of its own, in which the last run is that of the example before.
            var result = await ProgramRun.RunAsync(ProgramStart.Shell(line).WithVariable("XDG_STATE_HOME", _folder["state"]) with { WorkingDirectory = _folder.Path });
            var expected = line.Contains("--dry-run", StringComparison.Ordinal) ? 0 : verb.Length > 0 ? 1 : 255;
            Assert.True(result.ExitCode == expected, $"{line}\n{result}");
        }
    }
}
