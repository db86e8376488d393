using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>--env sets variables of the command, whatever the server allows.</summary>
public sealed class EnvironmentTests(Fleet fleet)
{
    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task VariablesArriveAsTheyAre(string transport)
    {
        const string Value = " it's \"2\" \\ $HOME\n`id` é=x ";
        var result = await VolleyRun.RunAsync(
            "--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.11.1", "-N", "--env", $"VOLLEY_A={Value}", "--env=VOLLEY_B=", "printf '%s|%s' \"$VOLLEY_A\" \"${VOLLEY_B-unset}\"");
        Assert.Equal($"{Value}|", result.Stdout);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task OnesThatTheServerDoesNotAllowArrive(string transport)
    {
        var result = await VolleyRun.RunAsync("--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.11.2", "-N", "--env", "OTHER=1", "echo \"${OTHER-unset}\"");
        Assert.Equal("1\n", result.Stdout);
    }

    [Fact]
    public async Task OfSeveralValuesTheLastCounts()
    {
        var result = await VolleyRun.RunAsync("--transport", "exec", "-H", "a", "--env", "A=1", "--env", "A=2", "sh", "-c", "echo $A");
        Assert.Equal("a: 2\n", result.Stdout);
    }

    [Fact]
    public async Task ALocalProcessHasThemToo()
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Start(
            "--transport", "exec", "-H", "a", "--env", "VOLLEY_A=new", "sh", "-c", "echo $VOLLEY_A $VOLLEY_B; env | grep -c ^VOLLEY_A=")
            .WithVariable("VOLLEY_A", "old").WithVariable("VOLLEY_B", "kept"));
        Assert.Equal("a: new kept\na: 1\n", result.Stdout);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task AScriptHasThemToo(string transport)
    {
        using var folder = new ScratchFolder();
        var script = folder.Write("script", "echo $VOLLEY_A $1\n");
        var result = await VolleyRun.RunAsync("--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.11.3", "--env", "VOLLEY_A=1", "--script", script, "two");
        Assert.Equal("127.0.11.3: 1 two\n", result.Stdout);
    }
}
