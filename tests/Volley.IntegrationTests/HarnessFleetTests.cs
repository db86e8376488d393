using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

public class HarnessFleetTests(Fleet fleet)
{
    [Theory]
    [InlineData(0)]
    [InlineData(251)]
    public async Task EveryAddressIsAHost(int n)
    {
        var address = Fleet.Address(n);
        var result = await ProgramRun.RunAsync(new ProgramStart("ssh", "-F", fleet.SshConfig, address, "echo $SSH_CONNECTION"));
        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith($" {address} {fleet.Port}\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void AddressesAreDistinctAndOrdered()
    {
        Assert.Equal("127.0.1.1", Fleet.Address(0));
        Assert.Equal("127.0.2.1", Fleet.Address(250));
        Assert.Equal("127.1.1.1", Fleet.Address(62_500));
        Assert.Equal(65_000, Fleet.Addresses(65_000).Distinct().Count());
    }

    [Fact]
    public async Task AnotherUserIsRefused()
    {
        var result = await ProgramRun.RunAsync(
            new ProgramStart("ssh", "-F", fleet.SshConfig, "-l", "nobody", "-o", "BatchMode=yes", Fleet.Address(1), "true"));
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("Permission denied", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StopLeavesNoUserAndNoProcess()
    {
        var marker = $"60{Environment.ProcessId}.25";
        var special = await Fleet.StartAsync("MaxSessions=1");
        var (user, server, folder) = (special.User, special.ServerProcessId, special.Folder);
        // One that sshd would end with the connection, and one that has left its session.
        await using var ssh = ProgramRun.Start(new ProgramStart("ssh", "-F", special.SshConfig, Fleet.Address(2),
            $"setsid sleep {marker} >/dev/null 2>&1 </dev/null & echo up; exec sleep {marker}"));
        await ssh.ReadOutUntilAsync("up\n");

        await special.DisposeAsync();

        Assert.Equal(255, await ssh.WaitForExitAsync());
        Assert.DoesNotContain(Processes.Living(), process => process.CommandLine == $"sleep {marker}");
        Assert.False(Processes.IsAlive(server));
        Assert.False(Directory.Exists(folder));
        if (user != Environment.UserName)
            Assert.DoesNotContain(File.ReadLines("/etc/passwd"), line => line.StartsWith(user + ":", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SpecialOptionsWinOverTheDefaults()
    {
        await using var special = await Fleet.StartAsync("ForceCommand=echo forced");
        var result = await ProgramRun.RunAsync(new ProgramStart("ssh", "-F", special.SshConfig, Fleet.Address(0), "echo asked"));
        Assert.Equal("forced\n", result.Stdout);
    }

    [Fact]
    public async Task AnOptionThatSshdRefusesIsNamed()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Fleet.StartAsync("NoSuchKeyword=1"));
        Assert.Contains("NoSuchKeyword", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RemoteProcessesAreFoundByTheirCommandLine()
    {
        var marker = $"61{Environment.ProcessId}.5";
        await using var ssh = ProgramRun.Start(
            new ProgramStart("ssh", "-F", fleet.SshConfig, Fleet.Address(3), $"echo up; exec sleep {marker}"));
        await ssh.ReadOutUntilAsync("up\n");
        // The shell said "up" just before it became sleep.
        var process = Assert.Single(fleet.RemoteProcesses(marker));

        ssh.Signal(Signals.Kill);
        await ssh.WaitForExitAsync();
        // Without a terminal sshd lets the command run on: only we can end it.
        Assert.Equal(process.Id, Assert.Single(await fleet.RemoteProcessesAfterAsync(marker, TimeSpan.FromMilliseconds(50))).Id);

        using var killer = System.Diagnostics.Process.Start("kill", [$"{process.Id}"]);
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(marker, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task ACutConnectionEndsSsh()
    {
        using var proxy = new CuttingProxy("127.0.1.9", fleet.Port);
        fleet.TrustPort(proxy.Port);
        await using var ssh = ProgramRun.Start(new ProgramStart(
            "ssh", "-F", fleet.SshConfig, "-p", $"{proxy.Port}", proxy.Address, "echo up; exec sleep 600"));
        await ssh.ReadOutUntilAsync("up\n");
        proxy.Cut();
        Assert.Equal(255, await ssh.WaitForExitAsync());
    }

    [Fact]
    public async Task ASilentServerRunsIntoTheConnectTimeout()
    {
        using var server = new SilentServer("127.0.1.10");
        var running = ProgramRun.RunAsync(new ProgramStart(
            "ssh", "-F", fleet.SshConfig, "-o", "ConnectTimeout=1", "-p", $"{server.Port}", server.Address, "true"));
        await server.WaitForConnectionAsync();
        var result = await running;
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("timed out", result.Stderr, StringComparison.Ordinal);
    }
}
