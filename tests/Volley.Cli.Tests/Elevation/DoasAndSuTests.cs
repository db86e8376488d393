using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Elevation;

/// <summary>--doas and --su at real hosts, with opendoas and Debian's su. The password is asked for on a terminal there.</summary>
public sealed class DoasAndSuTests(ElevationFleet hosts) : IClassFixture<ElevationFleet>, IDisposable
{
    private const string Configuration = "/etc/doas.conf";

    private readonly string? _before = File.Exists(Configuration) ? File.ReadAllText(Configuration) : null;

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task DoasAsksOnATerminal(string transport)
    {
        Permit("permit USER as root");
        var run = await hosts.RunAsync(
            "127.0.112.[1-2]", "--transport", transport, "--doas", "--sudo-password-file", hosts.PasswordFile, "-N", "-q", "id -un; echo text >&2");
        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.Equal(["root", "root", "text", "text"], VolleyRun.Lines(run.Stdout).Select(line => line.TrimEnd('\r')).Order());
    }

    [Fact]
    public async Task DoasRefusesAndAllows()
    {
        Permit("permit nopass USER as root");
        var free = await hosts.RunAsync("127.0.112.3", "--doas", "-N", "-q", "id -un");
        Assert.Equal((0, "root\n", ""), (free.ExitCode, free.Stdout, free.Stderr));
        var other = await hosts.RunAsync("127.0.112.3", "--doas=nobody", "--sudo-password-file", hosts.PasswordFile, "id");
        Assert.Contains("doas: not permitted: 127.0.112.3\n", other.Stderr, StringComparison.Ordinal);
        Permit("permit USER as root");
        var wrong = await hosts.RunAsync("127.0.112.[3-5]", "--doas", "--sudo-password-file", hosts.WrongFile, "id");
        Assert.Matches("(?m)^doas: wrong password: 127\\.0\\.112\\.[345]$", wrong.Stderr);
        Assert.Matches("(?m)^doas: password not tried: 127\\.0\\.112\\.\\[", wrong.Stderr);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task SuTakesThePasswordOfTheUser(string transport)
    {
        Permit();
        var right = await hosts.RunAsync(
            "127.0.112.[6-7]", "--transport", transport, $"--su={hosts.User}", "--sudo-password-file", hosts.PasswordFile, "-N", "-q", "--any-failure", "id -un; exit 4");
        Assert.Equal(4, right.ExitCode);
        Assert.Equal([hosts.User, hosts.User], VolleyRun.Lines(right.Stdout).Select(line => line.TrimEnd('\r')));
        var wrong = await hosts.RunAsync("127.0.112.[6-8]", "--transport", transport, $"--su={hosts.User}", "--sudo-password-file", hosts.WrongFile, "id");
        Assert.Matches("(?m)^su: wrong password: 127\\.0\\.112\\.[678]$", wrong.Stderr);
        Assert.Matches("(?m)^su: password not tried: 127\\.0\\.112\\.\\[", wrong.Stderr);
        var none = await hosts.RunAsync("127.0.112.6", "--transport", transport, "--su", "id");
        Assert.Contains("su: password needed: 127.0.112.6\n", none.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--doas")]
    [InlineData("--su=USER")]
    public async Task VariablesAndDirectoriesAreNoOutput(string option)
    {
        Permit("permit USER as root");
        string[] words = [option.Replace("USER", hosts.User, StringComparison.Ordinal), "--sudo-password-file", hosts.PasswordFile, "-N"];
        var large = new string('x', 17_000);
        var run = await hosts.RunAsync(
            "127.0.112.14", [.. words, "--env", "A=se\ncret", "--secret", "A", "--env", $"B={large}", "--workdir", "/usr", "printf %s.%s. ${#A} ${#B}; pwd"]);
        Assert.Equal((0, "7.17000./usr"), (run.ExitCode, run.Stdout.TrimEnd()));
        var missing = await hosts.RunAsync("127.0.112.14", [.. words, "--workdir", "/nowhere", "pwd"]);
        Assert.Equal((255, ""), (missing.ExitCode, missing.Stdout));
        Assert.Contains("there is no directory /nowhere", missing.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--doas")]
    [InlineData("--su=USER")]
    public async Task AStopEndsTheProcesses(string option)
    {
        Permit("permit USER as root");
        var marker = $"85.{Environment.ProcessId}{Random.Shared.Next(1000, 10_000)}";
        await using var run = ProgramRun.Start(hosts.Start(
            "127.0.112.9", option.Replace("USER", hosts.User, StringComparison.Ordinal), "--sudo-password-file", hosts.PasswordFile,
            $"sleep {marker} & setsid sleep {marker} & echo up; wait"));
        await run.ReadOutUntilAsync("up");
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.DoesNotContain("may still run", run.Stderr.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Processes.WithCommandLine($"sleep {marker}"), process => process.CommandLine.StartsWith("sleep", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TheCommandsOfTheGuideRun()
    {
        Permit("permit nopass USER as root");
        hosts.Allow("USER ALL=(ALL:ALL) NOPASSWD: ALL");
        using var folder = new ScratchFolder();
        var place = folder["srv"];
        var config = new FleetConfig(hosts.Fleet) { Lines = ["Host web1\nHostName 127.0.113.1\nHost web2\nHostName 127.0.113.2\nHost web3\nHostName 127.0.113.3\nHost *"] }.Write();
        (string Name, string Text)[] files =
            [("check.sh", "id -un"), ("app.conf", "x"), ("sudo-password", ElevationFleet.Password), ("daemon-password", ElevationFleet.Password)];
        foreach (var (name, text) in files)
            File.SetUnixFileMode(folder.Write(name, text + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var page = (await GuidePage.ReadAsync("root.md")).Text;
        var commands = page.Split('\n').Where(line => line.StartsWith("volley ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(8, commands.Length);
        foreach (var command in commands)
        {
            var line = command["volley ".Length..].Replace("-H ", $"-q -F {config} -H ", StringComparison.Ordinal)
                .Replace("=daemon", $"={hosts.User}", StringComparison.Ordinal).Replace("/srv/app", place, StringComparison.Ordinal);
            var run = await ProgramRun.RunAsync(VolleyRun.Start() with
            {
                Program = "/bin/sh",
                Arguments = ["-c", $"exec \"$0\" {line}", BuiltProgram.Path],
                WorkingDirectory = folder.Path,
            }, TimeSpan.FromSeconds(60));
            Assert.True(run.ExitCode == 0 && run.Stderr.Length == 0, $"{command}: {run}");
            var user = command.Contains("nobody", StringComparison.Ordinal) ? "nobody" : command.Contains("--su=", StringComparison.Ordinal) ? hosts.User : "root";
            Assert.Equal(command.StartsWith("volley push", StringComparison.Ordinal) ? [] : [$"web1: {user}", $"web2: {user}", $"web3: {user}"],
                VolleyRun.Lines(run.Stdout).Select(one => one.TrimEnd('\r')).Order());
        }

        Assert.Equal("x\n", File.ReadAllText(place));
    }

    public void Dispose()
    {
        if (_before is null)
            File.Delete(Configuration);
        else
            File.WriteAllText(Configuration, _before);
    }

    private void Permit(params string[] rules)
    {
        hosts.Allow();
        File.WriteAllLines(Configuration, rules.Select(rule => rule.Replace("USER", hosts.User, StringComparison.Ordinal)));
    }
}
