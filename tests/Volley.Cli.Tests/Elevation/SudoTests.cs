using System.Text;
using System.Text.Json;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Elevation;

/// <summary>--sudo at real hosts, with Debian's sudo.</summary>
public sealed class SudoTests(ElevationFleet hosts) : IClassFixture<ElevationFleet>
{
    private const string WithPassword = "USER ALL=(ALL:ALL) ALL";
    private const string WithoutPassword = "USER ALL=(ALL:ALL) NOPASSWD: ALL";

    public static TheoryData<string> Transports => ["native", "openssh", "auto"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task TheCommandRunsAsRootAndNothingOfTheDialogueIsShown(string transport)
    {
        hosts.Allow("Defaults:USER lecture=always", WithPassword);
        var run = await hosts.RunAsync(
            "127.0.110.[1-3]", "--transport", transport, "--sudo", "--sudo-password-file", hosts.PasswordFile, "-q", "--any-failure", "id -un; echo text >&2; exit 3");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal(["127.0.110.1: root", "127.0.110.2: root", "127.0.110.3: root"], VolleyRun.Lines(run.Stdout).Order());
        Assert.Equal(["127.0.110.1: text", "127.0.110.2: text", "127.0.110.3: text"], VolleyRun.Lines(run.Stderr).Order());
    }

    [Theory]
    [InlineData(WithPassword)]
    [InlineData(WithoutPassword)]
    public async Task TheInputIsThatOfTheCommandAlone(string rule)
    {
        hosts.Allow(rule);
        var input = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"line {number}\n"));
        var run = await ProgramRun.RunAsync(
            hosts.Start("127.0.110.4", "--sudo", "--sudo-password-file", hosts.PasswordFile, "-N", "-q", "--stdin", "cat; id -un").WithInput(input), TimeSpan.FromSeconds(60));
        Assert.Equal((0, input + "root\n", ""), (run.ExitCode, run.Stdout, run.Stderr));

        // Nothing is written to the input of a command that began without a question.
        var none = await hosts.RunAsync("127.0.110.4", "--sudo", "--sudo-password-file", hosts.PasswordFile, "-N", "-q", "cat; id -un");
        Assert.Equal((0, "root\n"), (none.ExitCode, none.Stdout));
    }

    [Fact]
    public async Task AScriptGetsItsArgumentsAndItsInterpreter()
    {
        hosts.Allow(WithPassword);
        foreach (var first in new[] { "", "#!/bin/bash\n" })
        {
            var script = hosts.Write("script", first + "echo \"$1|$2\"; id -un; cat");
            var run = await hosts.RunAsync("127.0.110.5", "--sudo", "--sudo-password-file", hosts.PasswordFile, "-N", "-q", "--script", script, "--", "a b", "c'd");
            Assert.Equal((0, "a b|c'd\nroot\n", ""), (run.ExitCode, run.Stdout, run.Stderr));
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task FilesAreThoseOfRoot(string transport)
    {
        hosts.Allow(WithPassword);
        var data = hosts.Write("data", "content");
        var place = Directory.CreateTempSubdirectory("volley-root-");
        string[] common = ["-F", hosts.Fleet.SshConfig, "-H", "127.0.110.6", "--transport", transport, "--sudo", "--sudo-password-file", hosts.PasswordFile, "-q"];
        try
        {
            // The directory is closed to the user who logs in.
            var push = await VolleyRun.RunAsync(["push", .. common, data, $"{place.FullName}/pushed"]);
            Assert.True(push is { ExitCode: 0, Stderr: "" }, push.ToString());
            Assert.Equal("content\n", File.ReadAllText($"{place.FullName}/pushed"));
            var pull = await VolleyRun.RunAsync(["pull", .. common, $"{place.FullName}/pushed", $"{place.FullName}/pulled"]);
            Assert.True(pull is { ExitCode: 0, Stderr: "" }, pull.ToString());
            Assert.Equal("content\n", File.ReadAllText($"{place.FullName}/pulled/127.0.110.6/pushed"));
            var sync = await VolleyRun.RunAsync(["sync", .. common, $"{place.FullName}/pulled/", $"{place.FullName}/synced"]);
            Assert.True(sync is { ExitCode: 0, Stderr: "" }, sync.ToString());
            Assert.Equal("content\n", File.ReadAllText($"{place.FullName}/synced/127.0.110.6/pushed"));
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task AWrongPasswordIsTriedOnceForAllHosts()
    {
        hosts.Allow(WithPassword);
        var run = await hosts.RunAsync("127.0.110.[11-15]", "--sudo", "--sudo-password-file", hosts.WrongFile, "--retries", "3", "id");
        Assert.Equal((255, ""), (run.ExitCode, run.Stdout));
        Assert.Equal(1, hosts.CountInLog("incorrect password attempt"));
        Assert.Matches("(?m)^sudo: wrong password: 127\\.0\\.110\\.1[1-5]$", run.Stderr);
        Assert.Matches("(?m)^sudo: password not tried: 127\\.0\\.110\\.\\[1[0-9,-]+\\]$", run.Stderr);
        Assert.DoesNotContain("may still run", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheFirstFailureIsThatOfTheHostThatRefusedThePassword()
    {
        hosts.Allow(WithPassword);
        var run = await hosts.RunAsync("127.0.110.[41-48]", "-k", "--sudo", "--sudo-password-file", hosts.WrongFile, "id");
        Assert.Equal(255, run.ExitCode);
        Assert.Matches("(?m)^\\[fail-fast\\] 127\\.0\\.110\\.4[1-8]: sudo: wrong password", run.Stderr);
        Assert.Matches("(?m)^sudo: wrong password: 127\\.0\\.110\\.4[1-8]$", run.Stderr);
    }

    [Fact]
    public async Task ManyHostsGetThePasswordOnceOneHasAcceptedIt()
    {
        hosts.Allow(WithPassword);
        var run = await hosts.RunAsync("127.0.110.[101-150]", "--sudo", "--sudo-password-file", hosts.PasswordFile, "-q", "id -un");
        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.Equal(50, VolleyRun.Lines(run.Stdout).Count(line => line.EndsWith(": root", StringComparison.Ordinal)));
    }

    /// <summary>The home directory is that of the user who runs the command or the server of a copy.</summary>
    [Fact]
    public async Task TheHomeDirectoryIsThatOfTheUser()
    {
        hosts.Allow(WithPassword);
        string[] common = ["-F", hosts.Fleet.SshConfig, "-H", "127.0.110.26", "--sudo", "--sudo-password-file", hosts.PasswordFile, "-q"];
        var name = $"volley-home-{Environment.ProcessId}-{Random.Shared.Next(1000, 10_000)}";
        var home = Path.Combine("/root", name);
        try
        {
            var push = await VolleyRun.RunAsync(["push", .. common, "--mkdir", hosts.Write("data", "content"), $"~/{name}/pushed"]);
            Assert.True(push is { ExitCode: 0, Stderr: "" }, push.ToString());
            Assert.Equal("content\n", File.ReadAllText($"{home}/pushed"));
            foreach (var path in new[] { $"~/{name}", $"~root/{name}" })
                Assert.Equal($"{home}\n", (await VolleyRun.RunAsync([.. common, "-N", "--workdir", path, "pwd"])).Stdout);
            var login = await hosts.RunAsync("127.0.110.26", "-N", "-q", "--workdir", "~", "pwd; echo ~");
            Assert.True(VolleyRun.Lines(login.Stdout) is [var place, var own] && place == own && place != "/root", login.ToString());
        }
        finally
        {
            if (Directory.Exists(home))
                Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public async Task RootHasTheForwardedAgent()
    {
        var socket = hosts.Fleet.NewPath("agent");
        await using var agent = ProgramRun.Start(new ProgramStart("ssh-agent", "-D", "-a", socket));
        await agent.ReadOutUntilAsync("SSH_AUTH_SOCK");
        const string list = "echo \"[${SSH_AUTH_SOCK:+agent}]\"; ssh-add -l; true";
        foreach (var rule in new[] { WithPassword, WithoutPassword })
        {
            hosts.Allow(rule);
            var run = await ProgramRun.RunAsync(
                hosts.Start("127.0.110.27", "-A", "--sudo", "--sudo-password-file", hosts.PasswordFile, "-N", "-q", "--stdin", list).WithInput("")
                    .WithVariable("SSH_AUTH_SOCK", socket), TimeSpan.FromSeconds(60));
            Assert.Equal((0, "[agent]\nThe agent has no identities.\n"), (run.ExitCode, run.Stdout));
        }

        var other = await ProgramRun.RunAsync(
            hosts.Start("127.0.110.27", "-A", "--sudo=nobody", "-N", list).WithVariable("SSH_AUTH_SOCK", socket), TimeSpan.FromSeconds(60));
        Assert.StartsWith("[]\n", other.Stdout, StringComparison.Ordinal);
        Assert.Contains("-A has no effect with --sudo=nobody: the socket of the agent is open only to", other.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EachCauseHasItsName()
    {
        hosts.Allow();
        await CheckAsync("not permitted", "is not in the sudoers file");
        var push = await VolleyRun.RunAsync(
            "push", "-F", hosts.Fleet.SshConfig, "-H", "127.0.110.16", "--sudo", "--sudo-password-file", hosts.PasswordFile, hosts.PasswordFile, "/nowhere/file");
        Assert.NotEqual(0, push.ExitCode);
        Assert.Contains("sudo: not permitted: 127.0.110.16\n", push.Stderr, StringComparison.Ordinal);
        hosts.Allow("USER ALL=(ALL:ALL) /bin/true");
        await CheckAsync("not permitted", "is not allowed to execute");
        hosts.Allow("Defaults:USER requiretty", WithPassword);
        await CheckAsync("terminal required", "use --tty");
        var onTerminal = await hosts.RunAsync("127.0.110.16", "--tty", "--sudo", "--sudo-password-file", hosts.PasswordFile, "-N", "-q", "id -un");
        Assert.Equal((0, "root"), (onTerminal.ExitCode, onTerminal.Stdout.TrimEnd()));
        var copy = await VolleyRun.RunAsync(
            "push", "-F", hosts.Fleet.SshConfig, "-H", "127.0.110.16", "--sudo", "--sudo-password-file", hosts.PasswordFile, hosts.PasswordFile, "/nowhere/file");
        Assert.Contains(
            "over which no files can be copied; copy without --sudo, and move the files by a command with --sudo --tty", copy.Stderr, StringComparison.Ordinal);
        hosts.Allow(WithPassword);
        await CheckAsync("unknown user", "nosuchuser", "--sudo=nosuchuser");
        var none = await hosts.RunAsync("127.0.110.16", "--sudo", "id");
        Assert.Contains("sudo: password needed: 127.0.110.16\n", none.Stderr, StringComparison.Ordinal);
        Assert.Contains("--sudo-password-file", none.Stderr, StringComparison.Ordinal);
        // The log of sudo is the only place that has the command.
        Assert.Equal(0, hosts.CountInLog("incorrect password attempt"));
    }

    [Fact]
    public async Task ACauseIsInTheJsonOutput()
    {
        hosts.Allow();
        var run = await hosts.RunAsync("127.0.110.17", "--sudo", "--sudo-password-file", hosts.PasswordFile, "--output", "json", "id");
        var finished = VolleyRun.Lines(run.Stdout).Select(line => JsonDocument.Parse(line).RootElement).Single(one => one.GetProperty("event").GetString() == "finished");
        Assert.Equal("elevation_failed", finished.GetProperty("outcome").GetString());
        Assert.Contains("sudo: not permitted", finished.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACachedLoginNeedsNoPassword()
    {
        hosts.Allow("Defaults:USER timestamp_type=global", WithPassword);
        Assert.Equal(0, (await hosts.RunAsync("127.0.110.18", "--sudo", "--sudo-password-file", hosts.PasswordFile, "true")).ExitCode);
        var run = await ProgramRun.RunAsync(hosts.Start("127.0.110.18", "--sudo=nobody", "-N", "-q", "--stdin", "id -un; cat").WithInput("text\n"));
        Assert.Equal((0, "nobody\ntext\n"), (run.ExitCode, run.Stdout));
        await hosts.RunAsync("127.0.110.18", "sudo -K");
    }

    [Theory]
    [InlineData("native", "!use_pty", WithPassword)]
    [InlineData("native", "use_pty", WithPassword)]
    [InlineData("openssh", "use_pty", WithoutPassword)]
    [InlineData("native", "use_pty", WithPassword, "--tty")]
    [InlineData("native", "!use_pty", WithPassword, "--tty")]
    public async Task AStopEndsTheProcessesOfRoot(string transport, string setting, string rule, params string[] options)
    {
        hosts.Allow($"Defaults:USER {setting}", rule);
        var marker = $"84.{Environment.ProcessId}{Random.Shared.Next(1000, 10_000)}";
        await using var run = ProgramRun.Start(hosts.Start(
            "127.0.110.19", ["--transport", transport, "--sudo", "--sudo-password-file", hosts.PasswordFile, .. options, $"sleep {marker} & setsid sleep {marker} & echo up; wait"]));
        await run.ReadOutUntilAsync("up");
        // Passwords are looked for while the command runs.
        Assert.All(Processes.Living(), process => Assert.DoesNotContain(ElevationFleet.Password, ReadAll(process.Id), StringComparison.Ordinal));
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.DoesNotContain("may still run", run.Stderr.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Processes.WithCommandLine($"sleep {marker}"), process => process.CommandLine.StartsWith("sleep", StringComparison.Ordinal));
    }

    [Fact]
    public async Task APasswordIsTypedOnceAndStoredNowhere()
    {
        hosts.Allow(WithPassword);
        using var folder = new ScratchFolder();
        var go = Path.Combine(hosts.Fleet.Folder, "go");
        var start = hosts.Start("127.0.110.[21-23]", "--sudo", "-vv", "-N", $"id -un; test -e {go}")
            .WithVariable("VOLLEY_NO_JOURNAL", null).WithVariable("XDG_STATE_HOME", folder.Path);
        await RunTypingAsync(start, 1);
        var files = Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Select(File.ReadAllText).ToArray();
        Assert.Contains(files, text => text.Contains("--sudo=root", StringComparison.Ordinal));
        Assert.DoesNotContain(files, text => text.Contains(ElevationFleet.Password, StringComparison.Ordinal));

        // A repeated run becomes root, too, and asks again.
        File.WriteAllText(go, "");
        await RunTypingAsync(start with { Arguments = ["retry", "last"] }, 0);
    }

    private static async Task RunTypingAsync(ProgramStart start, int code)
    {
        await using var run = PtyProgram.Start(start);
        await run.ReadUntilAsync("sudo password for the hosts (Enter if none is needed): ");
        run.Type(ElevationFleet.Password + "\r");
        Assert.Equal(code, await run.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(3, run.Transcript.Split("root\r\n").Length - 1);
        Assert.DoesNotContain(ElevationFleet.Password, run.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostWithAChangedKeyGetsNoPassword()
    {
        hosts.Allow(WithPassword);
        var known = hosts.Write("changed", $"[127.0.110.24]:{hosts.Fleet.Port} {string.Join(' ', File.ReadAllText(hosts.Fleet.KeyPath + ".pub").Split(' ')[..2])}");
        var config = new FleetConfig(hosts.Fleet) { KnownHosts = known, Lines = ["StrictHostKeyChecking no"] }.Write();
        foreach (var transport in new[] { "native", "openssh" })
        {
            var run = await VolleyRun.RunAsync("-F", config, "-H", "127.0.110.24", "--transport", transport, "--sudo", "--sudo-password-file", hosts.PasswordFile, "id");
            Assert.Equal(255, run.ExitCode);
            Assert.Contains("sudo: no password for a changed host key: 127.0.110.24\n", run.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task APasswordComesFromAProgram()
    {
        hosts.Allow(WithPassword);
        var run = await hosts.RunAsync("127.0.110.25", "--sudo", "--sudo-password-command", $"cat {hosts.PasswordFile}", "-N", "-q", "id -un");
        Assert.Equal((0, "root\n", ""), (run.ExitCode, run.Stdout, run.Stderr));
        await RefusedAsync("127.0.110.25", "--sudo-password-command: false exited with code 1", "--sudo", "--sudo-password-command", "false", "id");
        await RefusedAsync("127.0.110.25", "printed no password", "--sudo", "--sudo-password-command", "true", "id");
        var open = hosts.Write("open", ElevationFleet.Password);
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await RefusedAsync("127.0.110.25", $"run: chmod 600 {open}", "--sudo", "--sudo-password-file", open, "id");
        await RefusedAsync("127.0.110.25", "no password in its first line", "--sudo", "--sudo-password-file", hosts.Write("empty", ""), "id");
    }

    private async Task RefusedAsync(string host, string message, params IReadOnlyList<string> arguments)
    {
        var run = await hosts.RunAsync(host, arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Stdout));
        Assert.Contains(message, run.Stderr, StringComparison.Ordinal);
    }

    private async Task CheckAsync(string cause, string message, string option = "--sudo")
    {
        var run = await hosts.RunAsync("127.0.110.16", option, "--sudo-password-file", hosts.PasswordFile, "id");
        Assert.Equal((255, ""), (run.ExitCode, run.Stdout));
        Assert.Contains($"\nsudo: {cause}: 127.0.110.16\n", run.Stderr, StringComparison.Ordinal);
        Assert.Contains(message, run.Stderr, StringComparison.Ordinal);
    }

    private static string ReadAll(int process)
    {
        var text = new StringBuilder();
        foreach (var name in new[] { "cmdline", "environ" })
        {
            try
            {
                text.Append(File.ReadAllText($"/proc/{process}/{name}"));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // The process has ended.
            }
        }

        return text.ToString();
    }
}
