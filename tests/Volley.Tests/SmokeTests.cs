using Xunit;

namespace Volley.Tests;

public class SmokeTests
{
    [Fact]
    public void Runs() => Assert.True(true);
}
