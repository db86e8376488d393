using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Rollouts;

/// <summary><c>volley reboot</c> and <c>volley wait-for</c> of the built program, on a real sshd.</summary>
/// <remarks>The boot id is a file that the reboot command replaces before it kills the server of its connection.</remarks>
public sealed class RebootProgramTests(Fleet fleet) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task HostsAreRebootedInBatchesTheCanaryFirst(string transport)
    {
        var id = WriteBootId();
        var hosts = string.Join(',', Fleet.Addresses(3));
        var result = await RunAsync(
            "reboot", "--yes", "--output", "stream", "--transport", transport, "-F", fleet.SshConfig, "-H", hosts, "--canary", Fleet.Address(2), "--interval", "20ms",
            "--boot-id-file", id, "--reboot-command", $"echo next >> {id}; kill -9 $PPID", "--check", $"grep -q next {id}");
        Assert.Equal((0, ""), (result.ExitCode, string.Join('\n', VolleyRun.Lines(result.Stderr).Where(line => !line.StartsWith("volley: batch ", StringComparison.Ordinal)))));
        Assert.Equal([2, 0, 1], VolleyRun.Lines(result.Stdout).Select(line => Array.IndexOf([.. Fleet.Addresses(3)], line[..line.IndexOf(':', StringComparison.Ordinal)])));
        Assert.All(VolleyRun.Lines(result.Stdout), line => Assert.Contains(": up again after ", line, StringComparison.Ordinal));
        Assert.Equal("first\nnext\nnext\nnext\n", await File.ReadAllTextAsync(id, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AHostThatIsNotUpAgainStopsTheRest()
    {
        var id = WriteBootId();
        var result = await RunAsync(
            "reboot", "--yes", "-F", fleet.SshConfig, "-H", string.Join(',', Fleet.Addresses(2)), "--timeout", "2s", "--interval", "20ms",
            "--boot-id-file", id, "--reboot-command", "true");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("no new boot id after 2 s; the last attempt: it still has the old boot id", result.Stderr, StringComparison.Ordinal);
        Assert.Contains($"volley: untouched (1): {Fleet.Address(1)}\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnreachableHostStopsTheRest()
    {
        var id = WriteBootId();
        var result = await RunAsync(
            "reboot", "--yes", "-F", fleet.SshConfig, "-H", $"{Fleet.Address(0)},127.0.0.1:1,{Fleet.Address(1)}", "--batch-size", "1", "--interval", "20ms",
            "--boot-id-file", id, "--reboot-command", $"echo next >> {id}");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("volley: 1 host can't be reached, more than --max-unreachable allows (0)", result.Stderr, StringComparison.Ordinal);
        Assert.Contains($"volley: untouched (1): {Fleet.Address(1)}\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThisMachineIsNotRebooted()
    {
        var marker = _folder["rebooted"];
        var result = await RunAsync("reboot", "--yes", "-F", fleet.SshConfig, "-H", Fleet.Address(0), "--reboot-command", $"touch {marker}");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("refused: it has the boot id of this machine, and was not rebooted", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(marker));
        var local = await RunAsync("reboot", "--yes", "--transport", "exec", "-H", "a", "--reboot-command", $"touch {marker}");
        Assert.Equal((2, "volley: reboot reaches hosts over SSH; --transport exec would reboot this machine\n"), (local.ExitCode, local.Stderr));
        Assert.False(File.Exists(marker));
    }

    [Fact]
    public async Task JumpHostsInUseAreRefused()
    {
        var config = _folder.Write("config", "Host gate\n  HostName 192.0.2.1\nHost inner\n  HostName 192.0.2.2\n  ProxyJump gate\n");
        var result = await RunAsync("reboot", "--yes", "-F", config, "-H", "inner,gate");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("other hosts are reached through gate; reboot it in a run of its own, and leave it out here: -x gate", result.Stderr, StringComparison.Ordinal);
        var proxy = _folder.Write("proxy", "Host gate\n  HostName 192.0.2.1\nHost inner\n  HostName 192.0.2.2\n  ProxyCommand ssh -p 22 -W %h:%p ops@gate\n");
        var refused = await RunAsync("reboot", "--yes", "-F", proxy, "-H", "inner,gate");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("other hosts are reached through gate; ", refused.Stderr, StringComparison.Ordinal);
        // Another server on the machine of the jump host goes down with it.
        var other = await RunAsync("reboot", "--yes", "-F", config, "-H", "inner,192.0.2.1:2222");
        Assert.Contains("other hosts are reached through 192.0.2.1; ", other.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reboot needs a terminal to ask on, and there is none; to run without the question: --yes", "reboot", "-H", "a")]
    [InlineData("reboot takes no command: unexpected 'now'", "reboot", "--yes", "-H", "a", "now")]
    [InlineData("reboot takes no --stdin: it has no effect there", "reboot", "--yes", "--stdin", "-H", "a")]
    [InlineData("wait-for takes no --ok-codes", "wait-for", "--ok-codes", "0", "-H", "a")]
    [InlineData("wait-for takes a time for --timeout, not a multiple of the median", "wait-for", "--timeout", "5x", "-H", "a")]
    [InlineData("wait-for takes no --max-fail: all its hosts are tried until the time limit", "wait-for", "--max-fail", "0", "-H", "a")]
    [InlineData("wait-for takes no --batch-size", "wait-for", "--batch-size", "1", "-H", "a")]
    [InlineData("wait-for takes no --fail-fast", "wait-for", "-k", "-H", "a")]
    [InlineData("--interval is an option of volley reboot and wait-for", "--interval", "1", "-H", "a", "true")]
    [InlineData("--reboot-command is an option of volley reboot", "wait-for", "--reboot-command", "x", "-H", "a")]
    public async Task BadUsesAreRefused(string message, params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWaitEndsWhenTheCommandSucceeds()
    {
        var ready = _folder["ready"];
        var attempts = _folder["attempts"];
        File.WriteAllText(attempts, "");
        File.SetUnixFileMode(attempts, (UnixFileMode)0b110_110_110);
        await using var run = ProgramRun.Start(VolleyRun.Start(
            "wait-for", "-F", fleet.SshConfig, "-H", Fleet.Address(0), "--interval", "20ms", $"echo x >> {attempts}; test -e {ready}"));
        while (new FileInfo(attempts).Length < 4)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        File.WriteAllText(ready, "");
        Assert.Equal(0, await run.WaitForExitAsync(TimeSpan.FromSeconds(90)));
        Assert.Equal("", run.Stdout.Text);
        // One line, however many attempts fail in the same way.
        Assert.Equal($"volley: {Fleet.Address(0)}: exit 1; tried again every 0.02 s\n", run.Stderr.Text);
    }

    [Fact]
    public async Task TheCommandOfAWaitHasTheVariables()
    {
        var result = await RunAsync("wait-for", "-F", fleet.SshConfig, "-H", Fleet.Address(0), "--timeout", "60", $"test \"$VOLLEY_HOST\" = {Fleet.Address(0)} || echo $VOLLEY_HOST >&2");
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        var failed = await RunAsync("wait-for", "-F", fleet.SshConfig, "-H", Fleet.Address(0), "--timeout", "2", "test -z \"$VOLLEY_HOST\"");
        Assert.Equal(1, failed.ExitCode);
    }

    [Fact]
    public async Task AWaitNamesACommandThatHasNotEnded()
    {
        var result = await RunAsync("wait-for", "-F", fleet.SshConfig, "-H", Fleet.Address(0), "--timeout", "3", "sleep 100");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("not ready; the last attempt: the command has not ended", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWaitForALoginEndsOnceTheHostAnswers()
    {
        await using var run = ProgramRun.Start(VolleyRun.Start(
            "wait-for", "-F", fleet.SshConfig, "-H", "127.0.0.1:1", "--timeout", "1"));
        Assert.Equal(1, await run.WaitForExitAsync(TimeSpan.FromSeconds(90)));
        Assert.Contains("not ready; the last attempt: ", run.Stderr.Text, StringComparison.Ordinal);
        var reached = await RunAsync("wait-for", "-F", fleet.SshConfig, "-H", string.Join(',', Fleet.Addresses(2)));
        Assert.Equal((0, ""), (reached.ExitCode, reached.Stdout));
    }

    private static Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) => ProgramRun.RunAsync(VolleyRun.Start(arguments), TimeSpan.FromSeconds(90));

    /// <summary>Writes a boot id that the user of the fleet can replace.</summary>
    private string WriteBootId()
    {
        var path = _folder.Write("boot_id", "first\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
        return path;
    }
}
