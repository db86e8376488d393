using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>GSSAPI and host-based logins on the built program: only ssh can try them, and native's keys come first.</summary>
public sealed class OtherLoginTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task RefusedKeysAreFollowedBySsh()
    {
        await using var open = await Fleet.StartAsync("GSSAPIAuthentication=yes", "HostbasedAuthentication=yes");
        var key = await fleet.NewKeyAsync();
        foreach (var (directive, host) in new[] { ("GSSAPIAuthentication", "127.0.142.1"), ("HostbasedAuthentication", "127.0.142.2") })
        {
            var config = new FleetConfig(open) { Identity = key, Lines = [$"{directive} yes"] }.Write();
            var result = await RunAsync(config, host, "true");
            Assert.Equal(255, result.ExitCode);
            Assert.Contains($"volley: {host}: transport native: ssh_config asks for nothing beyond it\n", result.Stderr, StringComparison.Ordinal);
            Assert.Matches($"volley: {host}: transport openssh: Permission denied .*; only ssh can try {directive} at {config} line 1\n", result.Stderr);
            Assert.Equal(2, Connections(open, host));
        }

        // Not where the configuration excludes it.
        var without = new FleetConfig(open) { Identity = key, Lines = ["GSSAPIAuthentication yes", "HostbasedAuthentication yes", "PreferredAuthentications publickey"] }.Write();
        Assert.Equal(255, (await RunAsync(without, "127.0.142.3", "true")).ExitCode);
        Assert.Equal(1, Connections(open, "127.0.142.3"));
    }

    [Fact]
    public async Task AServerThatTakesKeysAloneIsNotTriedTwice()
    {
        var config = new FleetConfig(fleet) { Identity = await fleet.NewKeyAsync(), Lines = ["GSSAPIAuthentication yes", "HostbasedAuthentication yes"] }.Write();
        var result = await RunAsync(config, "127.0.142.7", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.DoesNotContain("ssh can try", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, Connections(fleet, "127.0.142.7"));
    }

    [Fact]
    public async Task WhereThereIsNoKeyToTrySshIsTheFirst()
    {
        var config = new FleetConfig(fleet) { Identity = null, Lines = ["GSSAPIAuthentication yes"] }.Write();
        var result = await RunAsync(config, "127.0.142.4", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.Contains(
            $"volley: 127.0.142.4: transport openssh: there is no key to try, and only ssh can try GSSAPIAuthentication at {config} line 1\n", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, Connections(fleet, "127.0.142.4"));
    }

    /// <summary>ssh tries other ways before the keys, so a server that counts refused keys has not counted them yet.</summary>
    [Fact]
    public async Task AServerThatAllowsFewAttemptsIsFollowedBySshToo()
    {
        var host = SpecialHosts.WithTries(1, 1);
        var config = new FleetConfig(fleet) { Identity = await fleet.NewKeyAsync(), Lines = ["GSSAPIAuthentication yes"] }.Write();
        Assert.Equal(255, (await RunAsync(config, host, "true")).ExitCode);
        Assert.Equal(2, Connections(fleet, host));
    }

    [Fact]
    public async Task AHostThatTrustsThisOneIsReachedBySsh()
    {
        Assert.SkipUnless(Environment.UserName == "root" && Directory.Exists("/etc/ssh"), "only root can mount a file system");
        await using var trusting = await Fleet.StartAsync("HostbasedAuthentication=yes", "IgnoreRhosts=no", "HostbasedUsesNameFromPacketOnly=yes");
        var key = await fleet.NewKeyAsync();
        var config = new FleetConfig(trusting) { Identity = key, Lines = ["HostbasedAuthentication yes"] }.Write();
        // The key of this machine is one of the test's, which the fleet's user trusts; ssh-keysign reads it and the system's file. ssh names
        // this machine by the address that it connects from.
        var home = Path.Combine(trusting.Folder, "home");
        var script = $"set -e; mkdir -p {home}/.ssh; echo \"localhost $(id -un)\" >{home}/.shosts; echo \"localhost $(cat {key}.pub)\" >{home}/.ssh/known_hosts; "
            + $"chown -R {trusting.User} {home}; mount -t tmpfs none /etc/ssh; echo EnableSSHKeysign yes >/etc/ssh/ssh_config; "
            + $"install -m 600 {key} /etc/ssh/ssh_host_ed25519_key; install -m 644 {key}.pub /etc/ssh/ssh_host_ed25519_key.pub; "
            + $"exec {BuiltProgram.Path} --output stream -N -F {config} -H 127.0.142.6 -v 'echo in'";
        var result = await ProgramRun.RunAsync(new ProgramStart("unshare", "-m", "/bin/sh", "-c", script), Limit);
        Assert.True((result.ExitCode, result.Stdout) == (0, "in\n"), $"{result}\n{await File.ReadAllTextAsync(trusting.ServerLog, TestContext.Current.CancellationToken)}");
        Assert.Contains("transport openssh: Permission denied ", result.Stderr, StringComparison.Ordinal);
        Assert.Contains(File.ReadLines(trusting.ServerLog), line => line.StartsWith("Accepted hostbased ", StringComparison.Ordinal));
    }

    // Where KRB5CCNAME is set, there may be a ticket.
    private static Task<ProgramResult> RunAsync(string config, string host, string command) =>
        ProgramRun.RunAsync(VolleyRun.Start("--output", "stream", "-F", config, "-H", host, "-v", command).WithVariable("KRB5CCNAME", "FILE:/nowhere/tickets"), Limit);

    private static int Connections(Fleet fleet, string host) =>
        File.ReadLines(fleet.ServerLog).Count(line => line.StartsWith("Connection from ", StringComparison.Ordinal) && line.Contains($" on {host} port ", StringComparison.Ordinal));
}
