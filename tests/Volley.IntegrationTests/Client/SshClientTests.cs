using System.Text;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Client;

/// <summary>The front door of the SSH library, at a real sshd.</summary>
public class SshClientTests(Fleet fleet) : ClientScene(fleet)
{
    /// <summary>The number of the first host, which differs where connections are counted.</summary>
    protected virtual int First => 26_000;

    [Fact]
    public async Task AnAliasRunsCommands()
    {
        await using var client = await SshClient.ConnectAsync("web", Options($"HostName {Fleet.Address(First)}\nSetEnv LC_ONE=1"));
        var result = await client.RunAsync("cat; echo $LC_ONE >&2; exit 5", new() { Input = "some input\n"u8.ToArray() });
        Assert.Equal((5, "some input\n", "1\n"), (result.ExitStatus.ExitCode, result.Stdout, result.Stderr));
        // A channel for each command, as many as there are.
        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => client.RunAsync($"echo {i}")));
        Assert.Equal(["0\n", "1\n", "2\n", "3\n", "4\n"], results.Select(one => one.Stdout));
    }

    [Fact]
    public async Task JumpHostsAreConnectedToFirst()
    {
        string gate = Fleet.Address(First + 1), inner = Fleet.Address(First + 2), web = Fleet.Address(First + 3);
        await using var client = await SshClient.ConnectAsync("web", Options($"""
            Host web
            HostName {web}
            ProxyJump {gate},{inner}
            Host *
            """));
        Assert.Contains($" {web} ", (await client.RunAsync("echo $SSH_CONNECTION")).Stdout, StringComparison.Ordinal);
        Assert.All([gate, inner, web], host => Assert.Equal(1, Fleet.Connections(host)));
    }

    [Fact]
    public async Task AStreamGoesThroughTheHost()
    {
        await using var client = await SshClient.ConnectAsync(Fleet.Address(First + 4), Options());
        await using var stream = await client.OpenTcpConnectionAsync(Fleet.Address(First + 5), Fleet.Port);
        var greeting = new byte[8];
        await stream.ReadExactlyAsync(greeting);
        Assert.Equal("SSH-2.0-", Encoding.ASCII.GetString(greeting));
    }

    [Fact]
    public async Task AnotherHostKeyIsRefused()
    {
        var key = File.ReadAllText(await Fleet.NewKeyAsync() + ".pub").Split(' ');
        var known = Fleet.Write("known", $"[127.*]:{Fleet.Port} {key[0]} {key[1]}\n");
        var failure = await FailAsync(Fleet.Address(First + 6), Options(knownHosts: known));
        Assert.Equal(SshFailure.HostKeyRejected, failure.Failure);
        Assert.StartsWith($"host key changed ({known} line 1)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARefusedLoginOfAJumpHostIsNamed()
    {
        var gate = $"nobody@{Fleet.Address(First + 7)}";
        var failure = await FailAsync(Fleet.Address(First + 8), Options() with { Overrides = new() { ProxyJump = gate } });
        Assert.Equal((SshFailure.AuthenticationFailed, true), (failure.Failure, failure.IsAuthenticating));
        Assert.StartsWith($"jump host {gate}: Permission denied", failure.Message, StringComparison.Ordinal);
        Assert.Contains(Fleet.KeyPath, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostBehindAJumpHostCountsTowardsTheTimeout()
    {
        using var silent = new SilentServer(Fleet.Address(First + 9));
        var options = Options() with { Overrides = new() { ProxyJump = Fleet.Address(First + 10), Port = silent.Port }, ConnectTimeout = TimeSpan.FromSeconds(3) };
        var connecting = SshClient.ConnectAsync(silent.Address, options);
        await silent.WaitForConnectionAsync();
        var failure = await Assert.ThrowsAsync<SshException>(() => connecting);
        Assert.Equal((SshFailure.TimedOut, "not connected after 3 s"), (failure.Failure, failure.Message));
    }

    private static Task<SshException> FailAsync(string host, SshClientOptions options) => Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync(host, options));
}
