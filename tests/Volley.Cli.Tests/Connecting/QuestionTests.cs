using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>--ask and volley connect: one-time codes of a real sshd with PAM, on a terminal and without.</summary>
public sealed class QuestionTests(PamFleet shared) : IClassFixture<PamFleet>, IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private Fleet _fleet = null!;
    private KeptRuns _runs = null!;

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(shared.Fleet is not null, "only root can start an sshd with a service of PAM");
        _fleet = shared.Fleet;
        _runs = new KeptRuns(_fleet);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null)
            await _runs.DisposeAsync();
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task CodesAreAskedForHostAfterHost(string transport)
    {
        await using var program = PtyProgram.Start(_runs.StartOn("127.77.1.[1-3]", "--ask", "--transport", transport, "-N", "--output", "stream", "echo in"));
        var seen = "";
        for (var i = 1; i <= 3; i++)
        {
            seen = await ReadQuestionAsync(program);
            program.Type(PamFleet.Code + "\r");
        }

        Assert.Equal(0, await program.WaitForExitAsync(Limit));
        Assert.Equal(3, Count(program.Transcript, "in\r\n"));
        Assert.DoesNotContain(PamFleet.Code, program.Transcript, StringComparison.Ordinal);
        // What a host writes stays text, and each of its lines has its name.
        Assert.DoesNotContain("\e]0;", seen, StringComparison.Ordinal);
        if (transport == "native")
        {
            Assert.Matches(@"127\.77\.1\.\d: \^\[\]0;title\^GTwo factors\r\n127\.77\.1\.\d: other: hand over your code\r\n127\.77\.1\.\d: Verification code: ", seen);
        }
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AWrongCodeIsAskedForAgainAndFailsOneHostOnly(string transport)
    {
        await using var program = PtyProgram.Start(_runs.StartOn(
            "127.77.2.[1-3]", "--ask", "--transport", transport, "--parallel", "1", "--connect-timeout", "30", "-N", "echo in"));
        for (var i = 0; i < 3; i++)
        {
            await program.ReadUntilAsync("127.77.2.1: Verification code: ", Limit);
            program.Type("000000\r");
        }

        await program.ReadUntilAsync("127.77.2.2: Verification code: ", Limit);
        program.Type("000000\r");
        await program.ReadUntilAsync("127.77.2.2: Verification code: ", Limit);
        program.Type(PamFleet.Code + "\r");
        await program.ReadUntilAsync("127.77.2.3: Verification code: ", Limit);
        program.Type(PamFleet.Code + "\r");
        Assert.Equal(255, await program.WaitForExitAsync(Limit));
        Assert.Equal(2, Count(program.Transcript, "in\r\n"));
        Assert.Contains("authentication failed", program.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task WithoutATerminalTheHostFailsAndNamesTheQuestion(string transport)
    {
        var result = await _runs.RunOnAsync("127.77.3.1", "--ask", "--transport", transport, "true");
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("no answer to \"Verification code:\"", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("volley connect -H HOST", result.Stderr, StringComparison.Ordinal);
        result = await _runs.RunOnAsync("127.77.3.2", "--transport", transport, "true");
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("; answer its questions on a terminal: volley connect -H HOST, or --ask", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheConnectTimeoutDoesNotRunWhileTheUserThinks()
    {
        await using var program = PtyProgram.Start(_runs.StartOn("127.77.4.1", "--ask", "--connect-timeout", "3", "-o", "ConnectTimeout=3", "echo in"));
        await program.ReadUntilAsync("Verification code: ");
        // The time is the condition: it is longer than the timeout.
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        program.Type(PamFleet.Code + "\r");
        Assert.Equal(0, await program.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task ControlCDeclinesAndTheRunEnds()
    {
        await using var program = PtyProgram.Start(_runs.StartOn("127.77.5.[1-2]", "--ask", "true"));
        await program.ReadUntilAsync("Verification code: ");
        program.Type(PtyProgram.ControlC);
        Assert.Equal(255, await program.WaitForExitAsync(Limit));
        Assert.Equal(1, Count(program.Transcript, "Verification code: "));
    }

    [Fact]
    public async Task ConnectLogsInOnceForTheDay()
    {
        await using (var connect = PtyProgram.Start(_runs.Start("connect", "-F", _fleet.SshConfig, "-H", "127.77.6.[1-2]")))
        {
            for (var i = 1; i <= 2; i++)
            {
                await ReadQuestionAsync(connect);
                connect.Type(PamFleet.Code + "\r");
            }

            Assert.Equal(0, await connect.WaitForExitAsync(Limit));
        }

        var kept = await _runs.ListAsync();
        Assert.Equal(2, kept.Count);
        Assert.All(kept, fields => Assert.InRange(int.Parse(fields[3], System.Globalization.CultureInfo.InvariantCulture), 23 * 3600, 24 * 3600));
        var run = await _runs.RunOnAsync("127.77.6.[1-2]", "-N", "--output", "stream", "echo in");
        Assert.Equal((0, "in\nin\n"), (run.ExitCode, run.Stdout));
        Assert.Equal(0, (await _runs.RunAsync("connections", "--close")).ExitCode);
        Assert.Empty(await _runs.ListAsync());
    }

    /// <summary>Logins, runs that share the connections, and their end, as on the page: hosts that ask, and hosts behind a bastion that asks.</summary>
    [Fact]
    public async Task TheCommandsOfTheGuideWorkInTheirOrder()
    {
        string[] lines =
        [
            .. Enumerable.Range(1, 3).SelectMany(i => new[] { $"Host db{i}", $"HostName 127.77.9.{i}", $"Host web{i}", $"HostName 127.0.77.{i}" }),
            "Host bastion", "HostName 127.77.9.9", "Host *",
        ];
        var config = new FleetConfig(_fleet) { Lines = lines }.Write();
        var commands = (await GuidePage.ReadAsync("logins.md")).Text.Split('\n').Where(line => line.StartsWith("volley ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(8, commands.Length);
        foreach (var command in commands)
        {
            ProgramStart Start() => GuidePage.Start(_runs.Start().WithVariable("VOLLEY_SSH_CONFIG", config), command);
            if (command.Contains(" connect ", StringComparison.Ordinal) || command.Contains("--ask", StringComparison.Ordinal))
            {
                await using var program = PtyProgram.Start(Start());
                for (var questions = command.Contains("bastion", StringComparison.Ordinal) ? 1 : 3; questions > 0; questions--)
                {
                    await ReadQuestionAsync(program);
                    program.Type(PamFleet.Code + "\r");
                }

                Assert.Equal(0, await program.WaitForExitAsync(Limit));
                continue;
            }

            // Two at once have the connections of the one before.
            var isRun = command.EndsWith("uptime", StringComparison.Ordinal);
            var results = await Task.WhenAll(Enumerable.Range(0, isRun ? 2 : 1).Select(_ => ProgramRun.RunAsync(Start(), Limit)));
            Assert.All(results, result => Assert.True(result.ExitCode == 0, $"{command}: {result}"));
            if (isRun)
                Assert.All(results, result => Assert.Equal(3, VolleyRun.Lines(result.Stdout).Length));
        }

        Assert.Empty(await _runs.ListAsync());
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task ABastionAsksOnceAndItsTargetsNothing(string transport)
    {
        await using var program = PtyProgram.Start(_runs.StartOn(
            "127.0.7.[1-3]", "-J", $"{_fleet.User}@127.77.7.1:{_fleet.Port}", "--ask", "--transport", transport, "-N", "--output", "stream", "echo in"));
        await program.ReadUntilAsync("Verification code: ");
        program.Type(PamFleet.Code + "\r");
        Assert.Equal(0, await program.WaitForExitAsync(Limit));
        Assert.Equal(1, Count(program.Transcript, "Verification code: "));
        Assert.Equal(3, Count(program.Transcript, "in\r\n"));
    }

    [Fact]
    public async Task ThereIsNoPlaceForQuestionsBesideTheTerminalUi()
    {
        var result = await _runs.RunOnAsync("a", "--ask", "--tui", "true");
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("log in before the run: volley connect -H HOSTS", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("exec")]
    public async Task ConnectNeedsATransportThatKeepsConnections(string transport)
    {
        var result = await _runs.RunAsync("connect", "--transport", transport, "-H", "a");
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Contains($"connect keeps connections open, which --transport {transport} does not support", result.Stderr, StringComparison.Ordinal);
    }

    private static Task<string> ReadQuestionAsync(PtyProgram program) => program.ReadUntilAsync("Verification code: ", Limit);

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
