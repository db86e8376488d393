using Xunit;

namespace Volley.Cli.Tests.Relays;

/// <summary>The options of relays: what they refuse before anything is contacted, and where the configuration sends hosts.</summary>
public sealed class RelayOptionTests : IDisposable
{
    private const string Server = "--server nats://127.0.0.1:1 --insecure";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Refused => new()
    {
        { "--via g -H a true", "no server of relays; name it with --server tls://HOST:PORT, or in the configuration: server: tls://HOST:PORT" },
        { "--via g --server tls://x -H a true", "relays run signed jobs only; name your key with --sign-with KEY, for example --sign-with ~/.ssh/id_ed25519.pub" },
        { "--via g/h -H a true", "--via takes the name of a group of relays, KEY=VALUE for a label, auto, all or local:N, not 'g/h'; names have letters, digits, - and _" },
        { "--via local:0 -H a true", "--via takes local:N with 1 to 64 relays on this machine, not 'local:0'" },
        { "--lease 10 -H a true", "--lease requires --via, which names relays" },
        { "--server tls://x -H a true", "--server requires --via, which names relays" },
        { "--via g --lease 2 -H a true", "--lease takes a time of at least 5 seconds, or none, not '2'" },
        { "--via g --relay-buffer 5 -H a true", "--relay-buffer takes a number of bytes of at least 1M, such as 512M, not '5'" },
        { "--via local:2 --server x -H a true", "--server is for relays elsewhere; --via local:N has a server and a key of its own" },
        { "--via local:2 --lease none -H a true", "--lease is for relays that outlive volley; those of --via local:N end with it" },
        { $"--via g {Server} -i /dev/null -H a true", "-i can't be used with --via: each relay logs in with its own keys; set them up there: volley relay -i FILE" },
        { $"--via g {Server} -F /dev/null -H a true", "-F can't be used with --via: each relay uses its own ssh configuration; set it there: volley relay -F FILE" },
        { $"--via g {Server} --keep 1m -H a true", "--keep can't be used with --via: each relay keeps connections by its own ssh configuration" },
        { $"--via g {Server} --barrier --then x -H a true", "--barrier can't be used with --via: relays do not wait for each other; run the steps one after the other with volley" },
        { $"--via g {Server} --transport exec -H a echo 50%% %n", "%n can't be used with --via: a relay counts its own hosts; use $VOLLEY_RANK" },
        { $"push --via g {Server} -H a /dev/null /tmp", "push can't go through relays; connect to the hosts directly: leave --via out, or add --no-via" },
        { $"--via g {Server} --nats-user me -H a true", "--nats-user and --nats-password-file belong together; give both" },
        { $"--via g {Server} --tls-key /dev/null -H a true", "--tls-cert and --tls-key belong together; give both" },
        { $"--via g {Server} --nats-creds /dev/null --nats-nkey /dev/null -H a true", "--nats-creds and --nats-nkey are mutually exclusive: both are credentials for the server" },
        { "relays --server nats://x", "'nats://x' has no TLS; write tls://, or allow a connection without it explicitly" },
        { "--via g --server tls://x --sign-with /nonexistent -H a true", "--sign-with /nonexistent: /nonexistent: no such file" },
        { $"--via auto {Server} -H a,b true", "--via auto: the configuration names no relay for a,b; state relay: NAME for its cluster, or the attribute relay, or use --via NAME" },
        { "relay --server tls://x", "a relay has a group; name it with --group NAME" },
        { "relay --server tls://x --group all", "--group takes a name of letters, digits, - and _, other than auto and all, not 'all'" },
        { "relay --server tls://x --group g", "a relay runs signed jobs only; name the keys that may sign with --allowed-signers FILE" },
        { "relay --server tls://x --group g --label x", "--label takes KEY=VALUE of letters, digits, - and _, not 'x'" },
        { "relay --server tls://x --group g --allowed-signers /nonexistent", "--allowed-signers /nonexistent: No such file or directory" },
        { $"relay {Server} --group g extra", "unexpected 'extra'; relay takes options only: see volley relay --help" },
        { $"runs {Server} extra", "unexpected 'extra'; runs takes options only: see volley runs --help" },
        { $"attach {Server}", "attach takes a run; list them with: volley runs" },
        { $"attach {Server} 12", "'12' is no run: 12 digits and letters were expected; list the runs with: volley runs" },
        { $"attach {Server} 0123456789ab --parallel 3", "attach takes no --parallel: it continues a run as it was started, with outputs of its own" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task OneMessageSaysWhatIsWrong(string line, string message)
    {
        var result = await VolleyRun.RunAsync(line.Split(' '));
        Assert.Equal((2, "", $"volley: {message}\n"), (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Theory]
    [InlineData("--nats-creds")]
    [InlineData("--nats-nkey")]
    [InlineData("--nats-token-file")]
    [InlineData("--nats-user=me --nats-password-file")]
    [InlineData("--tls-cert=/dev/null --tls-key")]
    public async Task AFileWithASecretThatOthersCanReadIsRefused(string option)
    {
        var file = _folder.Write("secret", "text\n");
        File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100);
        var result = await VolleyRun.RunAsync(["relays", "--server", "tls://127.0.0.1:1", .. option.Split(' '), file]);
        var name = option.Split(' ')[^1];
        Assert.Equal((2, $"volley: {name} {file}: others may read it; run: chmod 600 {file}\n"), (result.ExitCode, result.Stderr));
    }

    [Fact]
    public async Task TheConfigurationNamesTheRelaysOfEachHost()
    {
        var config = _folder.Write("config.yaml", """
            defaults: {via: auto, server: 'tls://127.0.0.1:1', sign-with: key}
            clusters:
              c1: {nodes: [a, {host: b, attributes: {relay: site=x}}], relay: rack1}
              c2: {nodes: [c], relay: all}
              bad: {nodes: [d], relay: 'not a name'}
            """);
        var plan = await VolleyRun.RunAsync("--config", config, "-C", "c1", "-C", "c2", "--dry-run", "true");
        Assert.Equal(0, plan.ExitCode);
        Assert.EndsWith(
            "a  auto  via relays of group:rack1\nb  auto  via relays of label:site=x\nc  auto  via relays of all\n", plan.Stdout, StringComparison.Ordinal);
        var bad = await VolleyRun.RunAsync("--config", config, "-C", "bad", "true");
        Assert.Equal((2, "volley: --via auto: the relay of d is 'not a name'; the name of a group, KEY=VALUE or all was expected\n"), (bad.ExitCode, bad.Stderr));
        // What a file or a variable states for runs without relays does not apply to this one, and the other way round.
        var direct = await VolleyRun.ExecAsync("a", "echo direct", "--config", config, "--no-via");
        Assert.Equal((0, "a: direct\n"), (direct.ExitCode, direct.Stdout));
    }
}
