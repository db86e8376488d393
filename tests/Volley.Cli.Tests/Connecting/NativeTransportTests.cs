using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>--transport native, on the built program.</summary>
public sealed class NativeTransportTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task HostsAreReachedWithoutAnySsh()
    {
        var result = await ProgramRun.RunAsync(["-H", "127.0.86.[1-20]", "-F", fleet.SshConfig, "--transport", "native", "--output", "stream", "echo in; exit 3"], new Dictionary<string, string?> { ["PATH"] = "/nowhere" }, limit: Limit);
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(
            Enumerable.Range(1, 20).Select(i => $"127.0.86.{i}: in").Order(StringComparer.Ordinal),
            result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("epoll", "0")]
    [InlineData("platform", "0")]
    [InlineData("platform", "1")]
    public async Task HostsAreReachedOverEachConnector(string sockets, string isInline)
    {
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start("-H", "127.0.86.[40-59]", "-F", fleet.SshConfig, "--transport", "native", "-N", "--output", "stream", "head -c 1000000 /dev/zero; exit 3")
                .WithVariable("VOLLEY_SOCKETS", sockets).WithVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", isInline));
        Assert.Equal((3, 20_000_000), (result.ExitCode, result.Stdout.Length - 20));
    }

    [Fact]
    public async Task VerboseSaysTheTransportAndTheConnection()
    {
        var result = await RunAsync("127.0.86.21", "-v", "true");
        Assert.Contains("volley: 127.0.86.21: transport native: requested\n", result.Stderr, StringComparison.Ordinal);
        Assert.Matches(@"volley: 127\.0\.86\.21: transport native: connected to OpenSSH_\S+ .*\([^)]*ssh-ed25519[^)]*\)\n", result.Stderr);
    }

    [Fact]
    public async Task APingConnectsAndRunsNothing()
    {
        var result = await ProgramRun.RunAsync(["ping", "-H", "127.0.86.[22-24]", "-F", fleet.SshConfig, "--transport", "native"], limit: Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Fact]
    public async Task ATerminalAndVariablesReachTheCommand()
    {
        var result = await RunAsync("127.0.86.25", "--tty", "--env", "VOLLEY_X=a b", "-N", "test -t 0 && echo $VOLLEY_X");
        Assert.Equal("a b\n", result.Stdout.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task StandardInputReachesEveryHost()
    {
        var result = await ProgramRun.RunAsync(
            ["-H", "127.0.86.[26-28]", "-F", fleet.SshConfig, "--transport", "native", "--stdin", "-N", "--output", "stream", "cat"], stdin: "line\n", limit: Limit);
        Assert.Equal("line\nline\nline\n", result.Stdout);
    }

    [Fact]
    public async Task AHostThatIsDoneIsLeftAtOnceUnlessItComesAgain()
    {
        // The second host waits until the server of the first has ended; where the first comes again, that one serves it.
        const string Line = "f=$HOME/server; if test -e $f; then i=0; while kill -0 $(cat $f) && test $((i += 1)) -lt 100; do sleep 0.1; done 2>/dev/null; echo $i; fi; echo $PPID >$f";
        var left = await RunAsync("127.0.86.30,127.0.86.31", "--parallel", "1", "-N", Line);
        Assert.InRange(int.Parse(left.Stdout, CultureInfo.InvariantCulture), 0, 99);

        var again = await RunAsync("127.0.86.32,127.0.86.33,127.0.86.32", "--parallel", "1", "-N", "echo $PPID");
        var servers = again.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(servers[0], servers[2]);
        Assert.NotEqual(servers[0], servers[1]);
    }

    [Fact]
    public async Task AChangedKeyIsToldInOneLine()
    {
        var key = await fleet.NewKeyAsync();
        var words = File.ReadAllText(key + ".pub").Split(' ');
        var known = Path.Combine(fleet.Folder, "known_changed");
        File.WriteAllText(known, $"[127.0.86.29]:{fleet.Port} {words[0]} {words[1]}\n");
        var result = await RunAsync("127.0.86.29", "-o", $"UserKnownHostsFile={known}", "echo in");
        Assert.Equal((255, ""), (result.ExitCode, result.Stdout));
        Assert.StartsWith(
            $"volley: 127.0.86.29: host key rejected: host key changed ({known} line 1); if the change is expected, remove the old one with: ssh-keygen -f \"{known}\" -R \"[127.0.86.29]:{fleet.Port}\"\n",
            result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConfigurationThatIsNoneIsAUsageError()
    {
        var config = Path.Combine(fleet.Folder, "bad_config");
        File.WriteAllText(config, "Port none\n");
        var result = await ProgramRun.RunAsync(["-H", "n1", "-F", config, "--transport", "native", "true"]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{config} line 1", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APassphraseIsAskedForOnceBeforeTheFanOut()
    {
        var key = await fleet.NewEncryptedKeyAsync("secret");
        await using var program = PtyProgram.Start(ProgramStart.Volley(
            "--output", "stream", "-N", "-H", "127.0.86.[30-39]", "-F", fleet.SshConfig, "-i", key, "-o", "IdentityFile=none", "--transport", "native", "echo in"));
        await program.ReadUntilAsync($"Enter passphrase for key '{key}': ");
        program.Type("wrong\n");
        await program.ReadUntilAsync($"Bad passphrase, try again '{key}': ");
        program.Type("secret\n");
        Assert.Equal(0, await program.WaitForExitAsync(Limit));
        Assert.EndsWith(string.Concat(Enumerable.Repeat("in\r\n", 10)), program.Transcript, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithFewDescriptorsFewerHostsRunAtOnceAndAllOfThemRun()
    {
        var result = await ProgramRun.RunAsync(
            ProgramStart.Shell($"ulimit -n 120; exec {BuiltProgram.Path} --output stream --parallel 60 --transport native -F {fleet.SshConfig} -H 127.0.86.[40-99] 'echo in'"), Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(60, result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("only 120 files may be open at once", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128, "", 29)]
    // Ten that ssh connects to, should they come together: ten files each, and five for each of their masters once it is idle.
    [InlineData(256, "TCPKeepAlive no", 32)]
    public async Task HostsThatNeedNoSshNeedFewDescriptors(int files, string line, int atOnce)
    {
        // One of the ten has no algorithm that is ours.
        string[] lines = line.Length == 0 ? [] : ["Host 127.0.89.20? !127.0.89.209", line, "Host 127.0.89.209", "KexAlgorithms diffie-hellman-group14-sha256", "Host *"];
        var config = new FleetConfig(fleet) { Lines = lines }.Write();
        var result = await ProgramRun.RunAsync(
            ProgramStart.Shell($"ulimit -n {files}; exec {BuiltProgram.Path} --output stream --connect-timeout 50 -F {config} -H 127.0.89.[150-209] 'echo in'"), Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 60, result.ToString());
        Assert.StartsWith($"volley: warning: only {files} files may be open at once, so {atOnce} hosts run at once, not 60; ", result.Stderr, StringComparison.Ordinal);
    }

    /// <summary>Where GSSAPI is allowed, keys are tried first, natively; only a host for which there are none is ssh's from the beginning.</summary>
    [Theory]
    [InlineData(true, 60)]
    [InlineData(false, 32)]
    public async Task HostsThatSshMayLogInToNeedFewDescriptorsWhereThereIsAKey(bool hasKey, int atOnce)
    {
        var config = new FleetConfig(fleet) { Identity = hasKey ? fleet.KeyPath : null, Lines = ["Host 127.0.90.20?", "GSSAPIAuthentication yes", "Host *"] }.Write();
        var start = ProgramStart.Shell($"ulimit -n 256; exec {BuiltProgram.Path} --output stream --connect-timeout 50 -F {config} -H 127.0.90.[150-209] 'echo in'");
        var result = await ProgramRun.RunAsync(start.WithVariable("KRB5CCNAME", "FILE:/nowhere/tickets").WithVariable("SSH_AUTH_SOCK", null), Limit);
        Assert.Equal(hasKey ? 0 : 255, result.ExitCode);
        var warning = $"volley: warning: only 256 files may be open at once, so {atOnce} hosts run at once, not 60; ";
        Assert.Equal(hasKey ? "" : warning, result.Stderr[..Math.Min(result.Stderr.Length, warning.Length)]);
    }

    [Fact]
    public async Task TwoRunsThatMeetManyNewHostsAtOnceRecordEachOnce()
    {
        var known = Path.Combine(fleet.Folder, "known_two_runs");
        Task<ProgramResult> Run() => RunAsync("127.0.87.[1-60]", "-o", $"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=accept-new", "--connect-timeout", "50", "true");
        foreach (var result in await Task.WhenAll(Run(), Run()))
            Assert.True(result.ExitCode == 0, result.ToString());
        var names = File.ReadLines(known).Select(line => line.Split(' ')[0]).ToList();
        Assert.Equal((60, 60), (names.Count, names.Distinct().Count()));
    }

    [Fact]
    public async Task ConnectionsThatAServerDropsWhileItIsBusyAreTriedAgainUnasked()
    {
        await using var busy = await Fleet.StartAsync("MaxStartups=2:100:2");
        var result = await ProgramRun.RunAsync(
            ["--output", "stream", "-H", "127.0.88.[1-40]", "-F", busy.SshConfig, "--transport", "native", "--connect-timeout", "50", "-v", "echo in"],
            limit: TimeSpan.FromSeconds(120));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(40, result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("the server is busy, retry in ", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-p 1", "connect to host 127.0.86.101 port 1: Connection refused")]
    [InlineData("-l nobody", "Permission denied (the server takes publickey)")]
    [InlineData("-o ProxyCommand=false", "the native transport does not support the configuration: ProxyCommand at ")]
    [InlineData("-J 127.0.86.102:1", "jump host 127.0.86.102:1: connect to host 127.0.86.102 port 1: Connection refused")]
    [InlineData("-p 1 --retries 1 -v", "retry 1 of 1")]
    [InlineData("-J nobody@127.0.86.103", "jump host nobody@127.0.86.103: Permission denied")]
    public async Task OptionsReachTheTransport(string options, string message)
    {
        var result = await RunAsync("127.0.86.101", [.. options.Split(' '), "true"]);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AJumpHostIsPassed()
    {
        var result = await RunAsync("127.0.86.104", "-J", "127.0.86.105,127.0.86.106", "-N", "set -- $SSH_CONNECTION; echo $3");
        Assert.Equal((0, "127.0.86.104\n"), (result.ExitCode, result.Stdout));
    }

    [Fact]
    public async Task NewConnectionsAreSpreadByTheRate()
    {
        var result = await RunAsync("127.0.86.[107-112]", "--connect-rate", "5", "true");
        Assert.Equal(0, result.ExitCode);
        Assert.True(result.Elapsed >= TimeSpan.FromSeconds(0.9), $"{result.Elapsed}");
    }

    private Task<ProgramResult> RunAsync(string hosts, params string[] arguments) =>
        ProgramRun.RunAsync(["--output", "stream", "-H", hosts, "-F", fleet.SshConfig, "--transport", "native", .. arguments], limit: Limit);
}
