using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>--transport auto, the default, on the built program: each host by the way that serves it, and -v says which and why.</summary>
public sealed class AutoTransportTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData]
    [InlineData("--transport", "auto")]
    public async Task PlainHostsAreReachedOnAMachineWithoutSsh(params string[] options)
    {
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start([.. options, "-F", fleet.SshConfig, "-H", "127.0.90.[1-20]", "echo in; exit 3"]).WithVariable("PATH", "/nowhere"), Limit);
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(
            Enumerable.Range(1, 20).Select(i => $"127.0.90.{i}: in").Order(StringComparer.Ordinal), VolleyRun.Lines(result.Stdout).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task EachHostTakesItsOwnWayAndSaysWhy()
    {
        var config = new FleetConfig(fleet) { Lines = ["Host 127.0.90.22", "TCPKeepAlive no", "Host *"] }.Write();
        var result = await VolleyRun.RunAsync("-F", config, "-H", "127.0.90.[21-22]", "-v", "--any-failure", "echo in");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("volley: 127.0.90.21: transport native: ssh_config asks for nothing beyond it\n", result.Stderr, StringComparison.Ordinal);
        Assert.Contains($"volley: 127.0.90.22: transport openssh: the native transport does not support the configuration: TCPKeepAlive at {config} line 2\n", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley: 127.0.90.22: transport openssh: a new master at ", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.90.21: transport openssh", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.90.22: transport native", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerWithoutModernAlgorithmsIsLeftToSsh()
    {
        await using var weak = await Fleet.StartAsync("KexAlgorithms=diffie-hellman-group14-sha256");
        var result = await VolleyRun.RunAsync("-F", weak.SshConfig, "-H", "127.0.90.23", "-v", "echo in");
        Assert.Equal((0, "127.0.90.23: in\n"), (result.ExitCode, result.Stdout));
        Assert.Contains(
            "volley: 127.0.90.23: transport openssh: no common key exchange: the server has diffie-hellman-group14-sha256", result.Stderr, StringComparison.Ordinal);
        // A transport chosen by name has no fallback.
        var native = await VolleyRun.RunAsync("-F", weak.SshConfig, "-H", "127.0.90.23", "--transport", "native", "echo in");
        Assert.Equal((255, ""), (native.ExitCode, native.Stdout));
        Assert.Contains("; use --transport openssh\n", native.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARefusedLoginIsNotTriedByTheOtherTransport()
    {
        var result = await VolleyRun.RunAsync("-F", new FleetConfig(fleet) { Identity = await fleet.NewKeyAsync() }.Write(), "-H", "127.0.90.25", "-v", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.DoesNotContain("transport openssh", result.Stderr, StringComparison.Ordinal);
        Assert.Single(File.ReadLines(fleet.ServerLog), line => line.Contains(" on 127.0.90.25 port ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task APingNeedsNoCommandWhateverTheTransport(string transport)
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Start("ping", "--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.90.[26-30],127.0.90.31:1"), Limit);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("connect failed: 127.0.90.31\n", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task StandardInputReachesEveryHostWhateverTheTransport(string transport)
    {
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start("--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.90.[32-34]", "--stdin", "-N", "cat; exit 4").WithInput("line\n"), Limit);
        Assert.Equal((4, "line\nline\nline\n"), (result.ExitCode, result.Stdout));
    }
}
