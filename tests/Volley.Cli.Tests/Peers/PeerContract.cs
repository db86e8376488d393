using System.Globalization;
using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Peers;

/// <summary>What holds for every server, on every transport: each test is a run over all of them at once.</summary>
public abstract class PeerContract(PeerScene scene)
{
    private const int Megabyte = 1 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    public static readonly TheoryData<string> Transports = ["native", "openssh", "auto"];

    [Theory]
    [MemberData(nameof(Transports))]
    public Task StreamsAndTheExitCodeArrive(string transport) => ExpectAsync(
        transport, Peers(transport, PeerAbilities.Streams), ["--stdin"], "cat; echo err >&2; exit 7", _ => "in\n|err\n|exit 7", input: "in\n");

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task AMegabyteArrives(string transport)
    {
        // More than a channel's first window.
        var peers = Peers(transport);
        var result = await VolleyAsync(transport, peers, [], $"head -c {Megabyte} /dev/zero | tr '\\0' x");
        var lines = await JsonLines.ReadAsync(result);
        foreach (var peer in peers)
        {
            var output = lines.Output(peer.Host, "stdout");
            Assert.True(
                output.Length == Megabyte && !output.AsSpan().ContainsAnyExcept((byte)'x') && End(lines, peer.Host) == "exit 0",
                $"{peer.Host}: {output.Length} bytes, {End(lines, peer.Host)}\n{result.Stderr}");
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public Task TheSignalThatEndedACommandIsTold(string transport) => ExpectAsync(
        transport, Peers(transport, PeerAbilities.ExitCodes), [], "kill -TERM $$", peer => peer.Has(PeerAbilities.ExitSignals) ? "||signal TERM" : "||exit 143");

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task AHostThatIsListedOftenRunsEachCommandOnce(string transport)
    {
        var times = TestRun.IsLong ? 20 : 8;
        var peers = Peers(transport);
        var ran = scene.NewSharedFile();
        var result = await VolleyAsync(
            transport, [.. peers.SelectMany(peer => Enumerable.Repeat(peer, times))], ["--parallel", "500"], $"echo in; echo x >>{ran}; exit 4");
        var lines = await JsonLines.ReadAsync(result);
        var wrong = new List<string>();
        foreach (var peer in peers)
        {
            var code = peer.Has(PeerAbilities.ExitCodes) ? "exit 4" : "exit 0";
            wrong.AddRange(Enumerable.Range(1, times).Select(n => n == 1 ? peer.Host : $"{peer.Host}#{n}")
                .Where(node => Text(lines, node, "stdout") != "in\n" || End(lines, node) != code)
                .Select(node => $"{node}: {Text(lines, node, "stdout")}{End(lines, node)}"));
        }

        Assert.True(wrong.Count == 0, $"{string.Join('\n', wrong)}\n{result.Stderr}");
        Assert.Equal(peers.Count * times, File.ReadLines(ran).Count());
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public Task AnRsaKeyIsAccepted(string transport) => ExpectAsync(
        transport, Peers(transport, PeerAbilities.RsaKeys), ["-F", scene.RsaConfig], "echo in", _ => "in\n||exit 0");

    [Fact]
    public Task ASilentCommandIsNotTakenForADeadOne() => Task.WhenAll(((string[])["native", "openssh"]).Select(transport => ExpectAsync(
        transport, Peers(transport), ["--server-alive-interval", "1", "--server-alive-count-max", "3"], "sleep 5; echo in", _ => "in\n||exit 0")));

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AStopLeavesNothingUnmentioned(string transport)
    {
        var peers = Peers(transport, PeerAbilities.Streams);
        await using var run = ProgramRun.Start(Start(transport, peers, [], "echo $$; exec sleep 600"));
        for (var i = 0; i < peers.Count; i++)
            await run.ReadOutUntilAsync("\"event\":\"output\"", Limit);
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync(Limit));
        var lines = await JsonLines.ReadAsync(run.Stdout.Text);
        foreach (var peer in peers)
        {
            var end = lines.Finished(peer.Host);
            Assert.Equal("canceled", (string)end["outcome"]!);
            var process = int.Parse(Text(lines, peer.Host, "stdout"), CultureInfo.InvariantCulture);
            // A server that passes no signals on may end the command once its channel is closed.
            if (!(bool)end["may_still_run"]!)
                Assert.True(Processes.Find(process) is null, $"{peer.Host}: process {process} runs\n{run.Stderr.Text}");
        }
    }

    /// <summary>The servers that have some abilities and that a transport can talk to.</summary>
    private IReadOnlyList<Peer> Peers(string transport, PeerAbilities abilities = PeerAbilities.None)
    {
        Assert.SkipUnless(scene.IsWanted, "runs with ./test --long only");
        return [.. scene.Peers.Where(peer => peer.Has(transport == "native" ? abilities | PeerAbilities.NativeAlgorithms : abilities))];
    }

    /// <summary>Runs a command everywhere, and expects of each host: standard output, standard error and the end, with bars between them.</summary>
    private async Task ExpectAsync(
        string transport, IReadOnlyList<Peer> peers, IReadOnlyList<string> options, string line, Func<Peer, string> expected, string? input = null)
    {
        var result = await VolleyAsync(transport, peers, options, line, input);
        var lines = await JsonLines.ReadAsync(result);
        var outcomes = peers.Select(peer => $"{peer.Host}: {Text(lines, peer.Host, "stdout")}|{Text(lines, peer.Host, "stderr")}|{End(lines, peer.Host)}");
        Assert.True(peers.Select(peer => $"{peer.Host}: {expected(peer)}").SequenceEqual(outcomes), $"{string.Join('\n', outcomes)}\n{result.Stderr}");
    }

    private static Task<ProgramResult> RunAsync(ProgramStart start) => ProgramRun.RunAsync(start, Limit);

    private Task<ProgramResult> VolleyAsync(string transport, IReadOnlyList<Peer> peers, IReadOnlyList<string> options, string line, string? input = null)
    {
        var start = Start(transport, peers, options, line);
        return RunAsync(input is null ? start : start.WithInput(input));
    }

    private ProgramStart Start(string transport, IReadOnlyList<Peer> peers, IReadOnlyList<string> options, string line) => VolleyRun.Start(
    [
        "--transport", transport, .. options.Contains("-F") ? (string[])[] : ["-F", scene.Config],
        "--connect-timeout", "60", "--output", "json", "-H", string.Join(',', peers.Select(peer => peer.Host)), .. options, line,
    ]);

    private static string Text(JsonLines lines, string node, string stream) => Encoding.UTF8.GetString(lines.Output(node, stream));

    private static string End(JsonLines lines, string node)
    {
        var end = lines.Finished(node);
        return (string)end["outcome"]! switch
        {
            "exited" => $"exit {end["exit_code"]}",
            "signaled" => $"signal {end["signal"]}",
            var other => $"{other}: {end["message"]}",
        };
    }
}
