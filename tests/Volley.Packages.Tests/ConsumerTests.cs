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

    private async Task RunConsoleAsync(string directory)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart(Path.Combine(directory, "Console"), fleet.SshConfig, "127.0.1.[1-2]"));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("client\n127.0.1.1: native\n127.0.1.2: native\n127.0.1.1: exec\n127.0.1.2: exec\n", result.Stdout);
        Assert.Equal("", result.Stderr);
    }
}
