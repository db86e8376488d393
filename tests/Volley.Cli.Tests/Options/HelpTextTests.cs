using Volley.Cli.Options;
using Xunit;

namespace Volley.Cli.Tests.Options;

public class HelpTextTests
{
    private static readonly string[] Lines = HelpText.For(new RunOptions()).Split('\n');

    [Fact]
    public void EveryOptionIsListedWithAllItsNames()
    {
        foreach (var option in new RunOptions().All)
        {
            foreach (var name in option.Names)
                Assert.Contains(Lines, line => line.StartsWith("  ", StringComparison.Ordinal) && line.Split(' ', ',', '[').Contains(name) && line.Contains(option.Help, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void DescriptionsStandInOneColumn() =>
        Assert.All(
            Lines.Where(line => line.TrimStart().StartsWith('-')),
            line => Assert.True(line[33] == ' ' && line[34] != ' ', line));

    [Fact]
    public void EveryLetterMeansOneOption()
    {
        var names = new RunOptions().All.SelectMany(option => option.Names).ToList();
        Assert.Equal(names.Distinct(), names);
    }
}
