using Volley.Testing;
using Xunit;

namespace Volley.Packages.Tests;

/// <summary>Programs that have nothing but the packages, built without a warning.</summary>
public sealed class ConsumerTests(PackageFeed feed, Fleet fleet)
{
    [Fact]
    public async Task AConsoleProgramRuns() => await RunConsoleAsync(await feed.PublishAsync("Console", "console"));

    [Fact]
    public async Task ATrimmedProgramRuns() =>
        await RunConsoleAsync(await feed.PublishAsync("Console", "trimmed", "-p:PublishTrimmed=true", "--self-contained", "--use-current-runtime"));

    [Fact]
    public async Task ANativeProgramRuns()
    {
        Assert.SkipUnless(TestRun.IsLong, "the native compiler takes most of a minute");
        await RunConsoleAsync(await feed.PublishAsync("Console", "native", "-p:PublishAot=true", "--use-current-runtime"));
    }

    [Fact]
    public async Task AWebProgramSendsTheEventsOfRuns()
    {
        var directory = await feed.PublishAsync("Web", "web");
        await using var server = ProgramRun.Start(
            new ProgramStart(Path.Combine(directory, "Web"), "--urls", "http://127.0.0.1:0", "--SshConfig", fleet.SshConfig));
        const string Listening = "Now listening on: ";
        var log = await server.ReadOutUntilAsync("Application started");
        var start = log.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length;
        var address = log[start..log.IndexOf('\n', start)].Trim();

        using var client = new HttpClient { BaseAddress = new Uri(address) };
        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(
            number => client.GetStringAsync(new Uri($"/run?hosts=127.0.1.[1-2]&command=echo%20{number}%3B%20exit%20{number}", UriKind.Relative))));

        for (var number = 0; number < runs.Length; number++)
        {
            var cause = number == 0 ? "exit 0" : $"exit {number}";
            foreach (var host in new[] { "127.0.1.1", "127.0.1.2" })
            {
                Assert.Contains($"event: line\ndata: {host}: {number}\n", runs[number], StringComparison.Ordinal);
                Assert.Contains($"event: finished\ndata: {host}: {cause}\n", runs[number], StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task ThePasswordReachesSshInTheDotnetHostOrTheProgramSaysWhatIsMissing()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a user a password");
        await using var server = await Fleet.StartAsync("PasswordAuthentication=yes");
        var hash = await ProgramRun.RunAsync(new ProgramStart("openssl", "passwd", "-6", "-stdin").WithInput("secret word\n"));
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("/usr/sbin/usermod", "-p", hash.Stdout.Trim(), server.User))).ExitCode);
        var config = server.Write("password_config", $"""
            Host *
                Port {server.Port}
                User {server.User}
                IdentityFile none
                PubkeyAuthentication no
                UserKnownHostsFile {server.KnownHosts}
                GlobalKnownHostsFile /dev/null
                ConnectTimeout 60

            """);
        var directory = await feed.PublishAsync("Console", "password");
        var start = new ProgramStart("dotnet", Path.Combine(directory, "Console.dll"), config, "127.0.1.[1-2]").WithVariable("CONSUMER_PASSWORD", "secret word");
        var result = await ProgramRun.RunAsync(start);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("127.0.1.1: openssh\n127.0.1.2: openssh\n", result.Stdout);

        // Without the answer ssh would run the program again, and that would start ssh again.
        result = await ProgramRun.RunAsync(start.WithVariable("CONSUMER_FORGETS", "1"));
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("begin its Main with: if (OpenSsh.TryAnswerPrompt(args, out var exitCode)) return exitCode;", result.Stderr, StringComparison.Ordinal);

        var host = Path.Combine(directory, "Console");
        File.Delete(host);
        result = await ProgramRun.RunAsync(start);
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains($"{host} does not exist; build it with UseAppHost, or set SshOptions.AskpassProgram", result.Stderr, StringComparison.Ordinal);
    }

    private async Task RunConsoleAsync(string directory)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart(Path.Combine(directory, "Console"), fleet.SshConfig, "127.0.1.[1-2]"));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("client\n127.0.1.1: native\n127.0.1.2: native\n127.0.1.1: exec\n127.0.1.2: exec\n", result.Stdout);
        Assert.Equal("", result.Stderr);
    }
}
