using Xunit;

namespace Volley.Cli.Tests;

public class SmokeTests
{
    [Fact]
    public void Runs() => Assert.True(true);
}
