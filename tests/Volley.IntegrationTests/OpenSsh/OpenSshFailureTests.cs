using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>Failures of masters, told from ssh's own messages.</summary>
public class OpenSshFailureTests(Fleet fleet) : FailureContract(fleet, Masters)
{
    private readonly Fleet _fleet = fleet;

    [Fact]
    public async Task SshsOwnWordsAreKept()
    {
        var host = new Target(Fleet.Address(3_200));
        var denied = await RunAsync(
            new SshOptions { ConfigFile = _fleet.SshConfig }, new Target(host.Name) { User = "nobody" }, "true");
        Assert.StartsWith($"nobody@{host.Name}: Permission denied (publickey", denied.Result.Message, StringComparison.Ordinal);
        using var server = new SilentServer(host.Name);
        // With a default that nobody would wait for.
        var options = new SshOptions { ConfigFile = _fleet.Config("ConnectTimeout 1") };
        var silent = await RunAsync(options, host with { Port = server.Port }, "true", tune: plan => plan with { ConnectTimeout = TimeSpan.FromHours(1) });
        Assert.Equal("Connection timed out during banner exchange", silent.Result.Message);
    }
}

/// <summary>Failures of an ssh for each command.</summary>
public class OpenSshPlainFailureTests(Fleet fleet) : FailureContract(fleet, PlainSsh)
{
    /// <summary>Ssh's own words: what it was sending just then may have had nobody to take it.</summary>
    protected override string WordsOfAKilledServer => "closed|Broken pipe|reset";
}
