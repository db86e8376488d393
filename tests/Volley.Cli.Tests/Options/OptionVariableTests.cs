using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Xunit;

namespace Volley.Cli.Tests.Options;

/// <summary>The keys and variables that options have, as their declarations state.</summary>
public class OptionVariableTests
{
    private static readonly IReadOnlyList<Option> All = new RunOptions().All;

    [Theory]
    [InlineData("--parallel", "parallel", "VOLLEY_PARALLEL", "--no-parallel")]
    [InlineData("--connect-timeout", "connect-timeout", "VOLLEY_CONNECT_TIMEOUT", "--no-connect-timeout")]
    [InlineData("--no-reuse", "no-reuse", "VOLLEY_NO_REUSE", "--reuse")]
    [InlineData("-g", "gather", "VOLLEY_GATHER", "--no-gather")]
    [InlineData("-o", "ssh-option", null, "--no-ssh-option")]
    [InlineData("--script", "script", null, "--no-script")]
    [InlineData("--password", "password", null, "--no-password")]
    [InlineData("--overwrite", "overwrite", null, "--no-overwrite")]
    [InlineData("--profile", null, "VOLLEY_PROFILE", "--no-profile")]
    [InlineData("--help", null, null, null)]
    public void AnOptionIsDeclaredWithWhereItCanBeSet(string name, string? key, string? variable, string? negation)
    {
        var option = Assert.Single(All, option => option.Names.Contains(name));
        Assert.Equal((key, variable, negation), (option.Key, option.Variable, option.Negation));
    }

    [Theory]
    [InlineData("--host")]
    [InlineData("--rank")]
    [InlineData("--size")]
    [InlineData("--main")]
    [InlineData("--run")]
    [InlineData("--attr-rack")]
    [InlineData("--sockets")]
    [InlineData("--askpass")]
    [InlineData("--command")]
    public void AVariableThatARunSetsIsNoOption(string name) => Assert.Null(new Flag(name) { Help = "" }.Variable);

    [Fact]
    public void EveryKeyVariableAndNegationMeansOneOption()
    {
        Assert.Equal(All.Select(option => option.Key).OfType<string>().Distinct(), All.Select(option => option.Key).OfType<string>());
        Assert.Equal(All.Select(option => option.Variable).OfType<string>().Distinct(), All.Select(option => option.Variable).OfType<string>());
        var names = All.SelectMany(option => option.Names).ToHashSet();
        Assert.DoesNotContain(All.Select(option => option.Negation).OfType<string>(), names.Contains);
    }

    [Fact]
    public void EveryOptionButTheSelectingOnesHasAKey() =>
        Assert.Equal(["--why", "--changes", "--delete", "--forward-agent", "--insecure", "--config", "--profile", "--help", "--version"], All.Where(option => option.Key is null).Select(option => option.Name));
}
