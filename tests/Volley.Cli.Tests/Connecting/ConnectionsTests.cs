using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary><c>volley connections</c> lists what --keep left open, and ends it.</summary>
public sealed class ConnectionsTests(Fleet fleet) : IAsyncDisposable
{
    private readonly KeptRuns _runs = new(fleet);

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task NothingIsAnEmptyList()
    {
        foreach (var line in new string[][] { ["connections"], ["connections", "--close"] })
        {
            var result = await _runs.RunAsync(line);
            Assert.Equal((0, "", ""), (result.ExitCode, result.Stdout, result.Stderr));
        }

        var named = await _runs.RunAsync("connections", "--close", "web[1-3]");
        Assert.Equal((0, "", "volley: there is no open connection to these hosts\n"), (named.ExitCode, named.Stdout, named.Stderr));
    }

    [Fact]
    public async Task APipeGetsFieldsBetweenTabs()
    {
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.6.2,127.0.6.1", "--keep", "2m", "true")).ExitCode);
        Assert.Equal(0, (await _runs.RunOnAsync($"{fleet.User}@127.0.6.1:{fleet.Port}", "--keep", "1h30m", "true")).ExitCode);
        var list = await _runs.ListAsync();
        Assert.Equal(["127.0.6.1", $"{fleet.User}@127.0.6.1:{fleet.Port}", "127.0.6.2"], list.Select(fields => fields[0]));
        foreach (var fields in list)
        {
            Assert.Equal(6, fields.Length);
            Assert.InRange(int.Parse(fields[1], CultureInfo.InvariantCulture), 0, 60);
            Assert.Matches("^(idle|in use)$", fields[4]);
            Assert.True(File.Exists(fields[5]), fields[5]);
        }

        Assert.InRange(int.Parse(list[0][3], CultureInfo.InvariantCulture), 60, 120);
        Assert.InRange(int.Parse(list[1][3], CultureInfo.InvariantCulture), 5300, 5400);
    }

    [Fact]
    public async Task ATerminalGetsATable()
    {
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.6.3", "--keep", "10m", "true")).ExitCode);
        await using var program = PtyProgram.Start(_runs.Start("connections"));
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Matches(@"^HOST       AGE  USERS  LEFT   +STATE\r\n127\.0\.6\.3  \d+s +\d      \d+m\d\ds  (idle|in use)\r\n$", program.Transcript);
    }

    [Fact]
    public async Task TheNamedOnesAreEnded()
    {
        Assert.Equal(0, (await _runs.RunOnAsync("127.0.6.[4-7]", "--keep", "1m", "true")).ExitCode);
        Assert.Equal(0, (await _runs.RunAsync("connections", "--close", "127.0.6.[4-5],nobody@127.0.6.6")).ExitCode);
        // A name of someone else's login is not meant, and neither is another port.
        Assert.Equal(0, (await _runs.RunAsync("connections", "--close=127.0.6.7:1")).ExitCode);
        Assert.Equal(["127.0.6.6", "127.0.6.7"], (await _runs.ListAsync()).Select(fields => fields[0]));
        Assert.Equal(0, (await _runs.RunAsync("connections", "--close")).ExitCode);
        Assert.Empty(await _runs.ListAsync());
        Assert.All(Directory.EnumerateFiles(_runs.Sockets), file => Assert.Equal("lock", Path.GetFileName(file)));
    }

    [Theory]
    [InlineData("127.0.6.8 true", "unexpected '127.0.6.8'; to close its connection: volley connections --close 127.0.6.8")]
    [InlineData("--close a b", "unexpected 'b'; separate hosts with commas: volley connections --close HOST,HOST")]
    [InlineData("--close --force", "unknown option --force; see volley --help")]
    [InlineData("--dry-run", "--dry-run is for --close")]
    [InlineData("--close=", "--close takes a host list, or no value for all hosts")]
    [InlineData("--closed", "unknown option --closed; did you mean --close? Or see volley --help")]
    public async Task WhatHasNoPlaceIsRefused(string line, string message)
    {
        var result = await _runs.RunAsync(["connections", .. line.Split(' ')]);
        Assert.Equal((2, "", $"volley: {message}\n"), (result.ExitCode, result.Stdout, result.Stderr));
    }
}
