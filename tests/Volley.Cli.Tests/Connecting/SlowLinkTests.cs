using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>A link that is full: output that is still under way when the exit status has come is received whole.</summary>
public sealed class SlowLinkTests
{
    /// <summary>How long the link takes for the output, in seconds; the long run is far over any clock that might end the wait.</summary>
    private static readonly int Seconds = TestRun.IsLong ? 40 : 2;

    // Its own network, with a link of 1 Mbit/s in which 400 KB wait, and a fleet that is only there.
    private const string Script = """
        set -u
        fleet=$1 folder=$2
        shift 2
        # sshd trusts no directory that all users can write to.
        chmod 711 "$folder"
        ip link set lo mtu 1500 up || exit 90
        "$fleet" start "$folder" >/dev/null || exit 91
        trap '"$fleet" stop "$folder"' EXIT
        tc qdisc add dev lo root tbf rate 1mbit burst 16kb latency 3s || exit 92
        "$@"
        """;

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task OutputOverAFullLinkIsWhole(string transport)
    {
        var probe = await ProgramRun.RunAsync(new ProgramStart("unshare", "-n", "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "1mbit", "burst", "16kb", "latency", "1s"));
        if (probe.ExitCode != 0)
            Assert.Skip($"a link can't be made slow here: {probe.Stderr}");

        using var folder = new ScratchFolder();
        var bytes = Seconds * 125_000 / 3;
        var result = await ProgramRun.RunAsync(
            new ProgramStart(
                "unshare",
                ["-n", "sh", "-c", Script, "sh", Path.Combine(Repository.Root, "tests", "fleet"), folder.Path, BuiltProgram.Path,
                "--transport", transport, "-F", Path.Combine(folder.Path, "ssh_config"), "-H", "127.0.98.[1-3]", "-N", "--output", "stream", $"head -c {bytes} /dev/zero | tr '\\0' a"]),
            TimeSpan.FromSeconds(60 + (Seconds * 10)));
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        Assert.Equal(bytes * 3, result.Stdout.Count(letter => letter == 'a'));
    }
}
