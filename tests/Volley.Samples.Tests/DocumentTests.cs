using Xunit;

namespace Volley.Samples.Tests;

/// <summary>The documents show the code that is compiled and run here. With VOLLEY_ACCEPT=1 they are written anew.</summary>
public class DocumentTests
{
    [Fact]
    public void EveryBlockIsARegionOfASample()
    {
        if (Environment.GetEnvironmentVariable("VOLLEY_ACCEPT") is not null)
            SampleFiles.Documents.ToList().ForEach(SampleFiles.Accept);
        Assert.All(SampleFiles.Documents.SelectMany(SampleFiles.Blocks), block =>
        {
            Assert.True(SampleFiles.Regions.TryGetValue(block.Region, out var region), $"{block.Document}: no region '{block.Region}'");
            Assert.Equal(region.Code, block.Code);
            Assert.Subset(region.Usings.ToHashSet(), block.Usings.ToHashSet());
        });
    }

    [Fact]
    public void EveryRegionIsShown()
    {
        var shown = SampleFiles.Documents.SelectMany(SampleFiles.Blocks).Select(block => block.Region).ToHashSet();
        Assert.Superset(SampleFiles.Regions.Keys.ToHashSet(), shown);
    }
}
